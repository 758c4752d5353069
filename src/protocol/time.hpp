// Time is an argument: what type it has. Knows no clock's now().
#pragma once

#include <chrono>

namespace adieu::inline v1::protocol {

using clock    = std::chrono::steady_clock;
using time     = clock::time_point;
using duration = clock::duration;

/// The deadline of what has none.
inline constexpr time never = time::max();

}  // namespace adieu::inline v1::protocol
