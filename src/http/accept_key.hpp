// The key that a client sends in its opening and what a server makes of it [RFC 6455 4.1, 4.2.2].
// It does not know where they stand in a head, nor where random bytes come from.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace adieu::inline v1::http {

// The value of Sec-WebSocket-Key for these bytes: 24 characters.
std::string encode_key(const std::array<std::byte, 16>& bytes);

// Whether this is 16 bytes in base64. Stray bits behind the last byte are not looked at, which RFC
// 4648 (section 3.5) leaves to the decoder: the key is never decoded, only hashed as it is written.
bool is_opening_key(std::string_view key);

// The value of Sec-WebSocket-Accept that answers this key.
std::string accept_key(std::string_view key);

}  // namespace adieu::inline v1::http
