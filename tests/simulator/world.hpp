// What all parts of one life share: its time, its chance, its trace, and the first rule that was
// seen broken.
#pragma once

#include "simulator/dice.hpp"
#include "simulator/trace.hpp"

#include <chrono>
#include <cstdio>

namespace simulator {

using adieu::protocol::duration;
using adieu::protocol::never;
using namespace std::chrono_literals;

struct world {
  time now = trace::epoch;
  dice chance;
  trace told;

  /// The first breach is the one that counts.
  template <typename... Args>
  void breach(who w, const char* format, Args... args) {
    if (breached) return;
    breached      = true;
    breach_of     = w;
    breach_number = told.of();
    if constexpr (sizeof...(args) == 0)
      std::snprintf(what, sizeof what, "%s", format);
    else
      std::snprintf(what, sizeof what, format, args...);
  }

  bool breached          = false;
  who breach_of          = who::both;
  unsigned breach_number = 0;  // which of several clients
  char what[240]         = {};

  void tell(who w, const char* line, std::uint64_t a = 0, std::uint64_t b = 0) {
    told.tell(now, w, line, a, b);
  }
  /// One of these, in milliseconds.
  template <std::size_t N>
  duration ms_of(const int (&any)[N]) {
    return std::chrono::milliseconds(chance.of(any));
  }
};

/// The time of day in a life.
inline std::chrono::system_clock::time_point wall_clock(const world& w) {
  constexpr std::chrono::seconds year_2026{1'767'225'600};
  return std::chrono::system_clock::time_point(
      year_2026 + std::chrono::duration_cast<std::chrono::seconds>(w.now - trace::epoch));
}

}  // namespace simulator
