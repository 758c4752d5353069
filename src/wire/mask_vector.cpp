// Masking of long payloads by vectors of 16 and of 32 bytes. The first and the last vector are
// loaded ahead of everything else and stored after it, and may overlap what lies between them: so
// there is no tail to do byte by byte, and the stores between are aligned.
// Does not know which version a processor can run.
#include "wire/mask_vector.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstdint>

#include "wire/cpu.hpp"
#include "wire/mask_short.hpp"

namespace adieu::inline v1::wire {
namespace {

// How far it is from `address` to the next multiple of `alignment` beyond it.
std::size_t distance_to_aligned(const std::byte* address, std::size_t alignment) noexcept {
  return alignment - reinterpret_cast<std::uintptr_t>(address) % alignment;
}

}  // namespace

void sse2::copy_masked(std::byte* to, const std::byte* from, std::size_t size,
                       mask_key key) noexcept {
  if (size <= short_payload) {
    copy_masked_short(to, from, size, key);
    return;
  }
  const __m128i first = _mm_xor_si128(load_vector(from), _mm_set1_epi32(static_cast<int>(key)));
  const __m128i last  = _mm_xor_si128(load_vector(from + size - 16),
                                      _mm_set1_epi32(static_cast<int>(rotated(key, size))));
  std::size_t at      = distance_to_aligned(to, 16);
  const __m128i keys  = _mm_set1_epi32(static_cast<int>(rotated(key, at)));
  for (; size - at >= 64; at += 64) {
    const __m128i a = _mm_xor_si128(load_vector(from + at), keys);
    const __m128i b = _mm_xor_si128(load_vector(from + at + 16), keys);
    const __m128i c = _mm_xor_si128(load_vector(from + at + 32), keys);
    const __m128i d = _mm_xor_si128(load_vector(from + at + 48), keys);
    store_vector(to + at, a);
    store_vector(to + at + 16, b);
    store_vector(to + at + 32, c);
    store_vector(to + at + 48, d);
  }
  for (; size - at >= 16; at += 16)
    store_vector(to + at, _mm_xor_si128(load_vector(from + at), keys));
  store_vector(to, first);
  store_vector(to + size - 16, last);
}

namespace {

ADIEU_TARGET_AVX2 inline __m256i load(const std::byte* from) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

ADIEU_TARGET_AVX2 inline void store(std::byte* to, __m256i vector) noexcept {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), vector);
}

ADIEU_TARGET_AVX2 inline __m256i repeated(mask_key key) noexcept {
  return _mm256_set1_epi32(static_cast<int>(key));
}

// For 64 <= size <= 128, where the loop below would hardly turn once.
ADIEU_TARGET_AVX2 inline void mask_four(std::byte* to, const std::byte* from, std::size_t size,
                                        mask_key key) noexcept {
  const __m256i keys      = repeated(key);
  const __m256i last_keys = repeated(rotated(key, size));
  const __m256i first     = _mm256_xor_si256(load(from), keys);
  const __m256i second    = _mm256_xor_si256(load(from + 32), keys);
  const __m256i third     = _mm256_xor_si256(load(from + size - 64), last_keys);
  const __m256i fourth    = _mm256_xor_si256(load(from + size - 32), last_keys);
  store(to, first);
  store(to + 32, second);
  store(to + size - 64, third);
  store(to + size - 32, fourth);
}

}  // namespace

ADIEU_TARGET_AVX2 void avx2::copy_masked(std::byte* to, const std::byte* from, std::size_t size,
                                         mask_key key) noexcept {
  if (size <= short_payload) {
    copy_masked_short(to, from, size, key);
    return;
  }
  if (size <= 128) return mask_four(to, from, size, key);
  const __m256i first = _mm256_xor_si256(load(from), repeated(key));
  const __m256i last  = _mm256_xor_si256(load(from + size - 32), repeated(rotated(key, size)));
  std::size_t at      = distance_to_aligned(to, 32);
  const __m256i keys  = repeated(rotated(key, at));
  for (; size - at >= 128; at += 128) {
    const __m256i a = _mm256_xor_si256(load(from + at), keys);
    const __m256i b = _mm256_xor_si256(load(from + at + 32), keys);
    const __m256i c = _mm256_xor_si256(load(from + at + 64), keys);
    const __m256i d = _mm256_xor_si256(load(from + at + 96), keys);
    store(to + at, a);
    store(to + at + 32, b);
    store(to + at + 64, c);
    store(to + at + 96, d);
  }
  for (; size - at >= 32; at += 32) store(to + at, _mm256_xor_si256(load(from + at), keys));
  store(to, first);
  store(to + size - 32, last);
}

}  // namespace adieu::inline v1::wire

#endif
