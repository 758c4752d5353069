// The host that a client asks for in its ClientHello (SNI). OpenSSL tells it too, but not of one
// that resumes by TLS 1.2: there it tells the host of the session. [RFC 6066 3] Knows no
// connection.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace adieu::inline v1::net {

/// `records` are all that a client has said, and OpenSSL has understood it. "" if it asks for none.
std::string host_asked_for(std::span<const std::byte> records);

}  // namespace adieu::inline v1::net
