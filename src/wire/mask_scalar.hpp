// Masking in portable C++, a word at a time: the reference that the vector code is tested against,
// and what runs where there is none. Does not know which of them runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "wire/mask_key.hpp"

namespace adieu::inline v1::wire::scalar {

// `to` and `from` are the same place or do not overlap.
inline void copy_masked(std::byte* to, const std::byte* from, std::size_t size,
                        mask_key key) noexcept {
  const std::uint64_t twice = key * std::uint64_t{0x1'0000'0001};
  std::size_t at            = 0;
  for (; size - at >= sizeof twice; at += sizeof twice) {
    std::uint64_t word;
    std::memcpy(&word, from + at, sizeof word);
    word ^= twice;
    std::memcpy(to + at, &word, sizeof word);
  }
  std::byte bytes[sizeof key];
  std::memcpy(bytes, &key, sizeof key);
  for (; at < size; ++at) to[at] = from[at] ^ bytes[at % sizeof key];
}

}  // namespace adieu::inline v1::wire::scalar
