// How long this machine has slept. steady_clock does not count that time on Linux, so no deadline
// passes meanwhile; but the peers' deadlines do. Knows no connection.
#pragma once

#include <chrono>

namespace adieu::inline v1::net {

/// Since it was started. 0 where the system does not tell. Tests put another clock in its place.
extern std::chrono::nanoseconds (*time_asleep)() noexcept;

}  // namespace adieu::inline v1::net
