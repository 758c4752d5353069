// Randomness that is the same in every run. Knows nothing else.
#pragma once

#include "protocol/mask_keys.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace adieu::tests {

/// splitmix64.
class seeded_chance final : public protocol::random_source {
 public:
  explicit seeded_chance(std::uint64_t seed) : state_(seed) {}

  bool fill(std::span<std::byte> to) noexcept override {
    for (std::size_t i = 0; i < to.size(); ++i) {
      if (i % 8 == 0) word_ = next();
      to[i] = static_cast<std::byte>(word_ >> i % 8 * 8);
    }
    return true;
  }

 private:
  std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z               = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z               = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

  std::uint64_t state_;
  std::uint64_t word_ = 0;
};

}  // namespace adieu::tests
