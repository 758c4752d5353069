// CLOCK_BOOTTIME counts what CLOCK_MONOTONIC leaves out.
#include "net/time_asleep.hpp"

#include <ctime>

namespace adieu::inline v1::net {
namespace {

[[maybe_unused]] std::chrono::nanoseconds read(clockid_t clock) noexcept {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::chrono::nanoseconds by_the_system() noexcept {
#ifdef CLOCK_BOOTTIME
  return read(CLOCK_BOOTTIME) - read(CLOCK_MONOTONIC);
#else
  return {};
#endif
}

}  // namespace

std::chrono::nanoseconds (*time_asleep)() noexcept = by_the_system;

}  // namespace adieu::inline v1::net
