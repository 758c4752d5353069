// Which version of UTF-8 validation runs, and how a text in pieces is brought before one that only
// knows whole texts: the few bytes of sequences that are cut in two go through the automaton, what
// lies between them is a whole text. Does not know how the versions work.
#include "wire/utf8.hpp"

#include "wire/cpu.hpp"
#include "wire/mask.hpp"
#include "wire/utf8_scalar.hpp"
#include "wire/utf8_vector.hpp"

namespace adieu::inline v1::wire {
namespace {

// How many bytes at the end begin a sequence that goes on in the next piece.
std::size_t unfinished_below_mask(const std::byte* data, std::size_t size, mask_key key) noexcept {
  std::byte end[3];
  const std::size_t length = size < 3 ? size : 3;
  copy_masked_short(end, data + size - length, length, rotated(key, size - length));
  return utf8_unfinished(end, length);
}

}  // namespace

bool is_utf8_long(const std::byte* data, std::size_t size) noexcept {
#if defined(__x86_64__)
  if (has_avx2()) return avx2::is_utf8(data, size);
#endif
  return scalar::is_utf8(data, size);
}

bool unmask_utf8_whole_long(std::byte* data, std::size_t size, mask_key key) noexcept {
#if defined(__x86_64__)
  if (has_avx2()) return avx2::unmask_utf8(data, size, key);
#endif
  apply_mask(data, size, key);
  return scalar::is_utf8(data, size);
}

bool utf8_feed_long(utf8_state& state, const std::byte* data, std::size_t size) noexcept {
  std::size_t begin = 0;
  while (begin < size && !state.complete()) {
    if (!scalar::utf8_feed(state, data + begin, 1)) return false;
    ++begin;
  }
  if (!state.complete()) return state.value != utf8_refused;
  const std::size_t end = size - utf8_unfinished(data + begin, size - begin);
  if (!is_utf8_long(data + begin, end - begin)) {
    state.value = utf8_refused;
    return false;
  }
  return scalar::utf8_feed(state, data + end, size - end);
}

bool unmask_utf8_long(utf8_state& state, std::byte* data, std::size_t size, mask_key key) noexcept {
  std::size_t begin = 0;
  for (; begin < size && !state.complete(); ++begin) {
    apply_mask(data + begin, 1, rotated(key, begin));
    if (!scalar::utf8_feed(state, data + begin, 1)) return false;
  }
  if (!state.complete()) return state.value != utf8_refused;
  data += begin;
  size -= begin;
  key                     = rotated(key, begin);
  const std::size_t whole = size - unfinished_below_mask(data, size, key);
  if (!unmask_utf8_whole_long(data, whole, key)) {
    state.value = utf8_refused;
    return false;
  }
  apply_mask(data + whole, size - whole, rotated(key, whole));
  return scalar::utf8_feed(state, data + whole, size - whole);
}

}  // namespace adieu::inline v1::wire
