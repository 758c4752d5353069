// The masking key of a frame [RFC 6455 §5.3] and what it is some bytes further on.
// Does not know where keys come from.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace adieu::inline v1::wire {

// The four bytes as they stand on the wire, in memory order: memcpy from and to the frame's head.
using mask_key = std::uint32_t;

// The key for the byte `n` positions further on.
constexpr mask_key rotated(mask_key key, std::size_t n) noexcept {
  const int bits = static_cast<int>(n % 4) * 8;
  return std::endian::native == std::endian::little ? std::rotr(key, bits) : std::rotl(key, bits);
}

}  // namespace adieu::inline v1::wire
