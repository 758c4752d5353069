// UTF-8 validation by vectors of 32 bytes, of text as it stands or as it is being unmasked.
// Does not know the grammar (utf8_pairs.hpp does) nor whether the processor can run it.
#include "wire/utf8_vector.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstdint>

#include "wire/cpu.hpp"
#include "wire/mask_short.hpp"
#include "wire/utf8_pairs.hpp"

namespace adieu::inline v1::wire::avx2 {
namespace {

ADIEU_TARGET_AVX2 inline __m256i load(const std::byte* from) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

ADIEU_TARGET_AVX2 inline void store(std::byte* to, __m256i vector) noexcept {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), vector);
}

ADIEU_TARGET_AVX2 inline __m256i every_byte(unsigned value) noexcept {
  return _mm256_set1_epi8(static_cast<char>(value));
}

ADIEU_TARGET_AVX2 inline bool is_ascii(__m256i block) noexcept {
  return _mm256_movemask_epi8(block) == 0;
}

ADIEU_TARGET_AVX2 inline bool is_zero(__m256i block) noexcept {
  return _mm256_testz_si256(block, block) != 0;
}

// --- loading less than a vector without touching a byte beyond it ---

// Read from n bytes in, as a selection for a shuffle: moves a vector n bytes down.
alignas(32) constexpr std::uint8_t move_down[32] = {
    0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   15,
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};

// For size < 16. Two words overlap where they must; there they agree, so OR puts them together.
ADIEU_TARGET_AVX2 inline __m128i load_below_16(const std::byte* from, std::size_t size) noexcept {
  if (size > 8) {
    const auto first = load_word<std::uint64_t>(from);
    const auto last  = load_word<std::uint64_t>(from + size - 8) >> 8 * (16 - size);
    return _mm_set_epi64x(static_cast<long long>(last), static_cast<long long>(first));
  }
  std::uint64_t all = 0;
  if (size >= 4) {
    const std::uint64_t last = load_word<std::uint32_t>(from + size - 4);
    all                      = load_word<std::uint32_t>(from) | last << 8 * (size - 4);
  } else if (size > 0) {
    const auto middle = std::to_integer<std::uint64_t>(from[size / 2]);
    const auto last   = std::to_integer<std::uint64_t>(from[size - 1]);
    all =
        std::to_integer<std::uint64_t>(from[0]) | middle << 8 * (size / 2) | last << 8 * (size - 1);
  }
  return _mm_cvtsi64_si128(static_cast<long long>(all));
}

// For size < 32: the bytes and then zeros.
ADIEU_TARGET_AVX2 inline __m256i load_some(const std::byte* from, std::size_t size) noexcept {
  if (size < 16) return _mm256_zextsi128_si256(load_below_16(from, size));
  const auto* selection = reinterpret_cast<const __m128i*>(move_down + (32 - size));
  const __m128i last = _mm_shuffle_epi8(load_vector(from + size - 16), _mm_loadu_si128(selection));
  return _mm256_set_m128i(last, load_vector(from));
}

// --- where the text comes from ---

struct plain_text {
  const std::byte* data;

  ADIEU_TARGET_AVX2 __m256i block(std::size_t at) const noexcept { return load(data + at); }

  // The last bytes, fewer than a vector, and zeros behind them.
  ADIEU_TARGET_AVX2 __m256i some(std::size_t at, std::size_t size) const noexcept {
    return load_some(data + at, size);
  }

  bool rest_is_ascii(std::size_t at, std::size_t size) const noexcept {
    return is_ascii_short(data + at, size);
  }
};

// Unmasked in place as it is read. The key need not be rotated: offsets are multiples of 32.
struct masked_text {
  std::byte* data;
  mask_key key;

  ADIEU_TARGET_AVX2 __m256i unmask(__m256i block) const noexcept {
    return _mm256_xor_si256(block, _mm256_set1_epi32(static_cast<int>(key)));
  }

  ADIEU_TARGET_AVX2 __m256i block(std::size_t at) const noexcept {
    const __m256i text = unmask(load(data + at));
    store(data + at, text);
    return text;
  }

  // Loaded before it is unmasked in memory: to load what was just stored in other portions stalls.
  ADIEU_TARGET_AVX2 __m256i some(std::size_t at, std::size_t size) const noexcept {
    const __m256i positions =
        _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                         21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
    const __m256i wanted = _mm256_cmpgt_epi8(every_byte(static_cast<unsigned>(size)), positions);
    const __m256i text   = _mm256_and_si256(unmask(load_some(data + at, size)), wanted);
    copy_masked_short(data + at, data + at, size, key);
    return text;
  }

  // If it is, it is unmasked now; if not, it is untouched.
  bool rest_is_ascii(std::size_t at, std::size_t size) const noexcept {
    return unmask_ascii_short(data + at, size, key);
  }
};

// --- the check ---

struct verdict {
  __m256i wrong;       // a byte other than zero is an error found
  __m256i last;        // the block before
  __m256i unfinished;  // other than zero: the block before ends within a sequence
};

ADIEU_TARGET_AVX2 inline __m256i look_up(const nibble_table& table, __m256i nibbles) noexcept {
  const auto* row = reinterpret_cast<const __m128i*>(table.data());
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(row)), nibbles);
}

ADIEU_TARGET_AVX2 inline __m256i upper_nibbles(__m256i bytes) noexcept {
  return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), every_byte(0x0F));
}

// Above zero where the bytes are above the limits.
ADIEU_TARGET_AVX2 inline __m256i beyond(__m256i bytes, __m256i limits) noexcept {
  return _mm256_subs_epu8(bytes, limits);
}

ADIEU_TARGET_AVX2 inline __m256i unfinished_at_end(__m256i block) noexcept {
  constexpr auto any = static_cast<char>(0xFF);
  const __m256i limits =
      _mm256_setr_epi8(any, any, any, any, any, any, any, any, any, any, any, any, any, any, any,
                       any, any, any, any, any, any, any, any, any, any, any, any, any, any,
                       static_cast<char>(0xEF), static_cast<char>(0xDF), static_cast<char>(0xBF));
  return beyond(block, limits);
}

ADIEU_TARGET_AVX2 inline void check(verdict& so_far, __m256i block) noexcept {
  const __m256i across     = _mm256_permute2x128_si256(so_far.last, block, 0x21);
  const __m256i one_back   = _mm256_alignr_epi8(block, across, 15);
  const __m256i two_back   = _mm256_alignr_epi8(block, across, 14);
  const __m256i three_back = _mm256_alignr_epi8(block, across, 13);

  const __m256i by_first =
      _mm256_and_si256(look_up(by_first_upper, upper_nibbles(one_back)),
                       look_up(by_first_lower, _mm256_and_si256(one_back, every_byte(0x0F))));
  const __m256i broken = _mm256_and_si256(by_first, look_up(by_second_upper, upper_nibbles(block)));

  // The sign bit is set where the third or fourth byte of a sequence is due.
  const __m256i third_or_fourth =
      _mm256_or_si256(beyond(two_back, every_byte(0xE0 - two_continuations)),
                      beyond(three_back, every_byte(0xF0 - two_continuations)));
  const __m256i due = _mm256_and_si256(third_or_fourth, every_byte(two_continuations));
  so_far.wrong      = _mm256_or_si256(so_far.wrong, _mm256_xor_si256(broken, due));
  so_far.last       = block;
}

template <class Text>
ADIEU_TARGET_AVX2 inline bool check_all(const Text text, std::size_t size) noexcept {
  const __m256i zero = _mm256_setzero_si256();
  verdict so_far{zero, zero, zero};
  std::size_t at = 0;
  for (; size - at >= 64; at += 64) {
    const __m256i first  = text.block(at);
    const __m256i second = text.block(at + 32);
    if (is_ascii(_mm256_or_si256(first, second))) {
      so_far.wrong      = _mm256_or_si256(so_far.wrong, so_far.unfinished);
      so_far.unfinished = zero;
      so_far.last       = second;
    } else {
      check(so_far, first);
      check(so_far, second);
      so_far.unfinished = unfinished_at_end(second);
    }
  }
  if (text.rest_is_ascii(at, size - at)) {
    so_far.wrong = _mm256_or_si256(so_far.wrong, so_far.unfinished);
    return is_zero(so_far.wrong);
  }
  if (size - at >= 32) {
    check(so_far, text.block(at));
    at += 32;
  }
  // The zeros behind the rest, or a block of nothing else, end whatever sequence is open.
  check(so_far, text.some(at, size - at));
  return is_zero(so_far.wrong);
}

}  // namespace

ADIEU_TARGET_AVX2 bool is_utf8(const std::byte* data, std::size_t size) noexcept {
  return check_all(plain_text{data}, size);
}

ADIEU_TARGET_AVX2 bool unmask_utf8(std::byte* data, std::size_t size, mask_key key) noexcept {
  // In a long text aligned stores pay. Only ASCII may be split off: it leaves no sequence open.
  if (size >= 4096) {
    const std::size_t begin = 32 - reinterpret_cast<std::uintptr_t>(data) % 32;
    if (unmask_ascii_short(data, begin, key))
      return check_all(masked_text{data + begin, rotated(key, begin)}, size - begin);
  }
  return check_all(masked_text{data, key}, size);
}

}  // namespace adieu::inline v1::wire::avx2

#endif
