// Masking and unmasking of payload [RFC 6455 §5.3], which are one and the same operation.
// Short payloads are done on the spot; longer ones by the widest vectors that the processor has.
// Does not know what a frame is.
#pragma once

#include <cstddef>

#include "wire/mask_key.hpp"
#include "wire/mask_short.hpp"

namespace adieu::inline v1::wire {

// For any size, but meant for those above short_payload.
void copy_masked_long(std::byte* to, const std::byte* from, std::size_t size,
                      mask_key key) noexcept;

// `to` and `from` are the same place or do not overlap.
inline void copy_masked(std::byte* to, const std::byte* from, std::size_t size,
                        mask_key key) noexcept {
  if (size <= short_payload) {
    copy_masked_short(to, from, size, key);
  } else {
    copy_masked_long(to, from, size, key);
  }
}

// In place. A payload that comes in pieces is done piece by piece with
// rotated(key, bytes already done).
inline void apply_mask(std::byte* data, std::size_t size, mask_key key) noexcept {
  copy_masked(data, data, size, key);
}

}  // namespace adieu::inline v1::wire
