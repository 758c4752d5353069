// Chance, from a seed: the same seed, the same throws, on every machine. (SplitMix64, Steele, Lea
// and Flood 2014: one addition and a few shifts a throw.)
#pragma once

#include <cstddef>
#include <cstdint>

namespace simulator {

class dice {
 public:
  explicit dice(std::uint64_t seed = 0) noexcept : state_(seed) { next(); }

  std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z               = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z               = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  /// 0 to n - 1; 0 for n = 0.
  std::uint32_t below(std::uint32_t n) noexcept {
    return static_cast<std::uint32_t>((next() >> 32) * n >> 32);
  }
  bool one_in(std::uint32_t n) noexcept { return below(n) == 0; }
  bool percent(std::uint32_t p) noexcept { return below(100) < p; }
  template <typename T, std::size_t N>
  T of(const T (&any)[N]) noexcept {
    return any[below(static_cast<std::uint32_t>(N))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace simulator
