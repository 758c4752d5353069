// Chance, from a seed: the same seed, the same throws, on every machine. (SplitMix64, Steele, Lea
// and Flood 2014: one addition and a few shifts a throw.) Or from bytes that say what is thrown, so
// that a fuzzer can steer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace simulator {

class dice {
 public:
  explicit dice(std::uint64_t seed = 0) noexcept : state_(seed) { next(); }
  /// Once the bytes are over the throws are those of a seed. They must outlive the dice.
  explicit dice(std::span<const std::uint8_t> told) noexcept : dice() { told_ = told; }

  std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z               = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z               = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  /// 0 to n - 1; 0 for n = 0.
  std::uint32_t below(std::uint32_t n) noexcept {
    if (!told_.empty()) [[unlikely]]
      return told_below(n);
    return static_cast<std::uint32_t>((next() >> 32) * n >> 32);
  }
  bool one_in(std::uint32_t n) noexcept { return below(n) == 0; }
  bool percent(std::uint32_t p) noexcept { return below(100) < p; }
  template <typename T, std::size_t N>
  T of(const T (&any)[N]) noexcept {
    return any[below(static_cast<std::uint32_t>(N))];
  }

 private:
  // From as few bytes as say it.
  std::uint32_t told_below(std::uint32_t n) noexcept {
    std::uint64_t value = 0, of = 1;
    for (; of < n && !told_.empty(); of <<= 8, told_ = told_.subspan(1))
      value = value << 8 | told_[0];
    return static_cast<std::uint32_t>(value * n / of);
  }

  std::uint64_t state_;
  std::span<const std::uint8_t> told_;
};

}  // namespace simulator
