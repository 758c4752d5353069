// By how much each connection's keepalive differs from what was asked for, so that ten thousand
// that have opened together do not ping together. Knows no clock.
#pragma once

#include "protocol/mask_keys.hpp"
#include "protocol/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace adieu::inline v1::protocol {

class jitter {
 public:
  explicit jitter(random_source& source) noexcept : source_(source) {}

  /// For tests that foretell times: no interval differs.
  void turn_off() noexcept { is_off_ = true; }

  /// What a connection keeps. Without randomness it is `none`.
  std::uint8_t next() noexcept {
    if (is_off_) return none;
    if (left_ == 0) {
      if (!source_.fill(bytes_)) return none;
      left_ = bytes_.size();
    }
    return std::to_integer<std::uint8_t>(bytes_[--left_]);
  }

  /// The interval for who has kept that: up to a tenth shorter or longer.
  static constexpr duration applied(std::uint8_t kept, duration interval) noexcept {
    return interval + interval / 1280 * (static_cast<int>(kept) - none);
  }

  static constexpr std::uint8_t none = 128;

 private:
  random_source& source_;
  std::array<std::byte, 64> bytes_ = {};
  std::size_t left_                = 0;
  bool is_off_                     = false;
};

}  // namespace adieu::inline v1::protocol
