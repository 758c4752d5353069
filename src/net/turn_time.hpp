// How long a turn of the loop may take before Asio has its turn: its timers, signals and other
// handlers wait meanwhile. Looks at the clock some ten times a millisecond, however much or little
// is done between two looks, so that looking costs nothing. Knows no connection.
#pragma once

#include "protocol/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace adieu::inline v1::net {

class turn_time {
 public:
  using time = protocol::time;

  /// For what is read, and again for what is sent.
  static constexpr std::chrono::microseconds slice{500};

  // What is done between two looks is weighed with these, roughly in quarters of a microsecond.
  static constexpr int a_message  = 1;
  static constexpr int a_call     = 8;    // to a connection: reading, sending, a deadline
  static constexpr int an_opening = 128;  // TLS may have to sign
  static constexpr int of_bytes(std::size_t n) noexcept { return static_cast<int>(n / 2048); }

  void begin(time now) noexcept {
    looked_  = now;
    until_   = now + slice;
    left_    = each_;
    is_over_ = false;
  }
  void allow_another_slice() noexcept {
    until_ += slice;
    is_over_ = is_stopped_ || looked_ >= until_;
  }
  void spend(int weight) noexcept { left_ -= weight; }
  bool is_over() noexcept { return left_ <= 0 ? look(protocol::clock::now()) : is_over_; }
  /// With a clock that was read for another reason.
  bool look(time now) noexcept {
    const auto took = now - looked_;
    if (took > 2 * between_looks)
      each_ = std::max(each_ / 4, 1);
    else if (took < between_looks / 2)
      each_ = std::min(each_ * 2, at_most);
    looked_  = now;
    left_    = each_;
    is_over_ = is_stopped_ || now >= until_;
    return is_over_;
  }
  /// So much can be done until is_over() looks at the clock; at least one thing.
  int until_next_look() const noexcept { return std::max(left_, 1); }

  /// It is over at once, until resume().
  void stop() noexcept { is_stopped_ = is_over_ = true; }
  void resume() noexcept { is_stopped_ = false; }

 private:
  static constexpr std::chrono::microseconds between_looks{50};
  static constexpr int at_most = 256;

  time looked_     = {};
  time until_      = {};
  int each_        = 32;  // done between two looks
  int left_        = 0;
  bool is_over_    = false;
  bool is_stopped_ = false;
};

}  // namespace adieu::inline v1::net
