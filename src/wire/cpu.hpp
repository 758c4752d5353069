// What the processor can do beyond the baseline it was compiled for, asked once at run time.
// Knows nothing of what the answer is used for.
#pragma once

// A function so marked may use AVX2 whatever the compiler's flags are, and must be called only
// where has_avx2() is true.
#if defined(__x86_64__)
#define ADIEU_TARGET_AVX2 __attribute__((target("avx2")))
#endif

namespace adieu::inline v1::wire {

#if defined(__x86_64__)
inline bool ask_for_avx2() noexcept {
  __builtin_cpu_init();  // we may run before the compiler's own start-up code has
  return __builtin_cpu_supports("avx2") != 0;
}

// False until static initialization has come by, so whoever asks too early gets the baseline.
inline const bool avx2_is_there = ask_for_avx2();

inline bool has_avx2() noexcept { return avx2_is_there; }
#else
inline bool has_avx2() noexcept { return false; }
#endif

}  // namespace adieu::inline v1::wire
