// Is a text UTF-8 [RFC 6455 §8.1], asked of whole texts and of texts that come in pieces, and
// while it is being unmasked. Short ASCII is answered on the spot.
// Does not know what a message is.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/mask_key.hpp"
#include "wire/mask_short.hpp"
#include "wire/utf8_state.hpp"

namespace adieu::inline v1::wire {

// For any text, without the shortcut for short ASCII.
bool utf8_feed_long(utf8_state& state, const std::byte* data, std::size_t size) noexcept;
bool unmask_utf8_long(utf8_state& state, std::byte* data, std::size_t size, mask_key key) noexcept;
bool is_utf8_long(const std::byte* data, std::size_t size) noexcept;
bool unmask_utf8_whole_long(std::byte* data, std::size_t size, mask_key key) noexcept;

// Feeds the next piece of a text. False at the first byte that no valid text could have, even if
// the sequence it is in goes on in the next piece; after that always false. At the end of the text
// state.complete() tells whether its last sequence came to an end.
inline bool utf8_feed(utf8_state& state, const std::byte* data, std::size_t size) noexcept {
  if (size <= short_payload && state.complete() && is_ascii_short(data, size)) return true;
  return utf8_feed_long(state, data, size);
}

// apply_mask and utf8_feed; the key is that of the first byte of the piece. If false, `data` may be
// left in any state.
inline bool unmask_utf8(utf8_state& state, std::byte* data, std::size_t size,
                        mask_key key) noexcept {
  if (size <= short_payload && state.complete() && unmask_ascii_short(data, size, key)) return true;
  return unmask_utf8_long(state, data, size, key);
}

// A whole text.
inline bool is_utf8(const std::byte* data, std::size_t size) noexcept {
  if (size <= short_payload && is_ascii_short(data, size)) return true;
  return is_utf8_long(data, size);
}

// apply_mask and is_utf8, for a text that lies whole in one frame.
// If false, `data` may be left in any state.
inline bool unmask_utf8_whole(std::byte* data, std::size_t size, mask_key key) noexcept {
  if (size <= short_payload && unmask_ascii_short(data, size, key)) return true;
  return unmask_utf8_whole_long(data, size, key);
}

}  // namespace adieu::inline v1::wire
