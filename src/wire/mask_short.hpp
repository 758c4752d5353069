// Masking a short payload without a loop: its first and its last words are loaded, which overlap
// if the size asks for it, and only when all are in registers is anything stored. In between it
// may be asked whether they are ASCII. Knows nothing of UTF-8 beyond that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "wire/mask_key.hpp"

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace adieu::inline v1::wire {

// The longest payload that the functions ending in _short take.
#if defined(__x86_64__)
inline constexpr std::size_t short_payload = 64;
#else
inline constexpr std::size_t short_payload = 16;
#endif

// `to` and `from` are the same place or do not overlap.
inline void copy_masked_short(std::byte* to, const std::byte* from, std::size_t size,
                              mask_key key) noexcept;

// Unmasks in place if the result is ASCII; if it would not be, `data` stays as it was.
inline bool unmask_ascii_short(std::byte* data, std::size_t size, mask_key key) noexcept;

inline bool is_ascii_short(const std::byte* data, std::size_t size) noexcept;

// --- how it is done ---

inline constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;

template <class Word>
Word load_word(const std::byte* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// For sizeof(Word) <= size <= 2 * sizeof(Word).
template <class Word>
struct masked_pair {
  Word first, last;

  masked_pair(const std::byte* from, std::size_t size, mask_key key) noexcept
      : first(load_word<Word>(from) ^ repeated(key)),
        last(load_word<Word>(from + size - sizeof(Word)) ^ repeated(rotated(key, size))) {}

  static Word repeated(mask_key key) noexcept {
    return key * static_cast<Word>(0x1'0000'0001);  // once or twice in a word
  }

  bool is_ascii() const noexcept { return ((first | last) & static_cast<Word>(high_bits)) == 0; }

  void store(std::byte* to, std::size_t size) const noexcept {
    std::memcpy(to, &first, sizeof first);
    std::memcpy(to + size - sizeof last, &last, sizeof last);
  }
};

// For 1 <= size <= 3: the first, the middle and the last byte, two of which may be the same.
struct masked_bytes {
  std::byte first, middle, last;

  masked_bytes(const std::byte* from, std::size_t size, mask_key key) noexcept {
    std::byte bytes[sizeof key];
    std::memcpy(bytes, &key, sizeof key);
    first  = from[0] ^ bytes[0];
    middle = from[size / 2] ^ bytes[size / 2];
    last   = from[size - 1] ^ bytes[size - 1];
  }

  bool is_ascii() const noexcept {
    return ((first | middle | last) & std::byte{0x80}) == std::byte{};
  }

  void store(std::byte* to, std::size_t size) const noexcept {
    to[0]        = first;
    to[size / 2] = middle;
    to[size - 1] = last;
  }
};

#if defined(__x86_64__)

inline __m128i load_vector(const std::byte* from) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

inline void store_vector(std::byte* to, __m128i vector) noexcept {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), vector);
}

inline __m128i xor_key(__m128i vector, mask_key key) noexcept {
  return _mm_xor_si128(vector, _mm_set1_epi32(static_cast<int>(key)));
}

// For 16 <= size <= 32.
struct masked_two_vectors {
  __m128i first, last;

  masked_two_vectors(const std::byte* from, std::size_t size, mask_key key) noexcept
      : first(xor_key(load_vector(from), key)),
        last(xor_key(load_vector(from + size - 16), rotated(key, size))) {}

  bool is_ascii() const noexcept { return _mm_movemask_epi8(_mm_or_si128(first, last)) == 0; }

  void store(std::byte* to, std::size_t size) const noexcept {
    store_vector(to, first);
    store_vector(to + size - 16, last);
  }
};

// For 32 <= size <= 64.
struct masked_four_vectors {
  __m128i first, second, third, last;

  masked_four_vectors(const std::byte* from, std::size_t size, mask_key key) noexcept
      : first(xor_key(load_vector(from), key)),
        second(xor_key(load_vector(from + 16), key)),
        third(xor_key(load_vector(from + size - 32), rotated(key, size))),
        last(xor_key(load_vector(from + size - 16), rotated(key, size))) {}

  bool is_ascii() const noexcept {
    return _mm_movemask_epi8(
               _mm_or_si128(_mm_or_si128(first, second), _mm_or_si128(third, last))) == 0;
  }

  void store(std::byte* to, std::size_t size) const noexcept {
    store_vector(to, first);
    store_vector(to + 16, second);
    store_vector(to + size - 32, third);
    store_vector(to + size - 16, last);
  }
};

#endif

// Calls `use` with the words that a payload of this size consists of; with none if it is empty.
template <class Use>
inline bool with_masked_words(const std::byte* from, std::size_t size, mask_key key,
                              Use use) noexcept {
#if defined(__x86_64__)
  if (size > 32) return use(masked_four_vectors(from, size, key));
  if (size >= 16) return use(masked_two_vectors(from, size, key));
#endif
  if (size >= 8) return use(masked_pair<std::uint64_t>(from, size, key));
  if (size >= 4) return use(masked_pair<std::uint32_t>(from, size, key));
  return size == 0 || use(masked_bytes(from, size, key));
}

inline void copy_masked_short(std::byte* to, const std::byte* from, std::size_t size,
                              mask_key key) noexcept {
  with_masked_words(from, size, key, [=](const auto& words) {
    words.store(to, size);
    return true;
  });
}

inline bool unmask_ascii_short(std::byte* data, std::size_t size, mask_key key) noexcept {
  return with_masked_words(data, size, key, [=](const auto& words) {
    if (!words.is_ascii()) return false;
    words.store(data, size);
    return true;
  });
}

inline bool is_ascii_short(const std::byte* data, std::size_t size) noexcept {
  constexpr mask_key none = 0;
  return with_masked_words(data, size, none, [](const auto& words) { return words.is_ascii(); });
}

}  // namespace adieu::inline v1::wire
