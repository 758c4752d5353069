// What the kernel tells of the bytes that it was given: TCP_INFO and SIOCOUTQ, where there are
// such. Knows no connection.
#pragma once

#include "protocol/peer_watch.hpp"

#include <cstdint>
#include <optional>

namespace adieu::inline v1::net {

/// One system call. Nothing is known of a socket that is not TCP, and on other systems than Linux.
protocol::transport_look look_at_transport(int descriptor) noexcept;
/// Bytes that the kernel took and the peer's has not acknowledged; after a reset too.
std::optional<std::uint64_t> unacknowledged_bytes(int descriptor) noexcept;
/// Linux: TCP gives up, with ETIMEDOUT, when nothing is acknowledged for so long, or the peer's
/// window stays closed. Elsewhere nothing happens.
void set_user_timeout(int descriptor, unsigned milliseconds) noexcept;

}  // namespace adieu::inline v1::net
