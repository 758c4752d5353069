// UTF-8 validation in portable C++, byte by byte without branches, and past ASCII in larger steps:
// the reference that the vector code is tested against, and what runs where there is none.
// Does not know which of them runs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/mask_short.hpp"
#include "wire/utf8_state.hpp"

namespace adieu::inline v1::wire::scalar {

inline std::uint64_t utf8_steps(std::uint64_t state, const std::byte* data,
                                std::size_t size) noexcept {
  for (std::size_t at = 0; at < size; ++at) state = utf8_step(state, data[at]);
  return state & 63;
}

// False at the first byte that no valid text could have there, also if the sequence is cut off by
// the end of `data`.
inline bool utf8_feed(utf8_state& state, const std::byte* data, std::size_t size) noexcept {
  constexpr std::size_t block = 32;  // small enough to find ASCII, large enough to pay the branch
  std::uint64_t value         = state.value;
  std::size_t at              = 0;
  for (; size - at >= block; at += block) {
    std::uint64_t all = 0;
    for (std::size_t n = 0; n < block; n += 8) all |= load_word<std::uint64_t>(data + at + n);
    if (value == 0 && (all & high_bits) == 0) continue;
    value = utf8_steps(value, data + at, block);
    if (value == utf8_refused) break;
  }
  if (value != utf8_refused) value = utf8_steps(value, data + at, size - at);
  state.value = static_cast<std::uint32_t>(value);
  return value != utf8_refused;
}

// A whole text.
inline bool is_utf8(const std::byte* data, std::size_t size) noexcept {
  utf8_state state;
  return scalar::utf8_feed(state, data, size) && state.complete();
}

}  // namespace adieu::inline v1::wire::scalar
