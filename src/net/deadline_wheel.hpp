// All deadlines of a loop in one structure: a wheel of slots, each a list of those that fall due in
// that slice of time (or a whole turn of the wheel later). A deadline costs three words where it is
// kept, moving it later costs nothing. Knows no clock: time is an argument.
#pragma once

#include "net/turn_time.hpp"
#include "protocol/time.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace adieu::inline v1::net {

class deadline_wheel {
 public:
  using time = protocol::time;

  /// Something that has a deadline. Its owner calls schedule() whenever that may have come nearer.
  class entry {
   public:
    virtual void due(time now) = 0;  // its deadline, or a moment before it; schedule() again

   protected:
    ~entry() = default;

   private:
    friend class deadline_wheel;
    entry* next_       = nullptr;
    entry* prev_       = nullptr;
    std::int64_t tick_ = none;
  };

  /// Calls due() not before `at` and at most two slices after it. Later than before: kept as it
  /// is; due() will come early and may schedule again. `never`: taken out.
  void schedule(entry& e, time at) noexcept;
  void cancel(entry& e) noexcept;
  /// Calls due() for all whose time has come, as long as there is `left`. If there is none any
  /// more, or one throws, the next call goes on with the rest.
  void advance(time now, turn_time* left = nullptr);
  /// When advance() has to be called next; `never` if nothing is scheduled.
  time next(time now) noexcept;
  /// Not later than that, and at hand. `never` only if nothing is scheduled.
  time soonest() const noexcept { return size_ == 0 ? protocol::never : time(slice * soonest_); }

  static constexpr std::chrono::milliseconds slice{8};

 private:
  static constexpr std::int64_t none   = -1;
  static constexpr std::int64_t firing = -2;
  static constexpr std::size_t slots   = 1024;  // one turn: 8.2 s

  static std::int64_t tick_of(time at) noexcept { return at.time_since_epoch() / slice + 1; }
  static std::size_t slot_of(std::int64_t tick) noexcept {
    return static_cast<std::size_t>(tick) % slots;
  }
  void insert(entry& e, std::int64_t tick) noexcept;
  void link(entry& e, std::size_t slot) noexcept;
  void collect(std::size_t slot, std::int64_t until);
  bool tell(time now, turn_time* left);

  // The last one holds those whose due() is about to be called.
  std::array<entry*, slots + 1> slots_{};
  std::array<std::uint64_t, slots / 64> occupied_{};
  std::int64_t current_ = 0;  // all ticks up to this one are done
  std::int64_t soonest_ = 0;  // no entry's tick is before it
  std::size_t size_     = 0;
};

}  // namespace adieu::inline v1::net
