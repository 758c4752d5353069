// What something costs: CPU time of this thread, and memory. Times are never compared with a clock
// but with each other: of sixteen times as much work, whether it is sixteen times as expensive or
// more. Knows nothing of WebSocket.
#pragma once

#include "simulator/memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace adieu::tests {

template <typename Work>
std::chrono::nanoseconds cpu_time_of(Work work) {
  const auto now = [] {
    timespec t;
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  };
  const auto before = now();
  work();
  return now() - before;
}

/// The least of three: the first run also pays for memory that is new to the process, which costs
/// many times as much on some machines. The later ones find it again, for it is kept.
template <typename Work>
std::chrono::nanoseconds least_cpu_time_of(Work work) {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
  return std::min({cpu_time_of(work), cpu_time_of(work), cpu_time_of(work)});
}

/// `work(n)` costs at most in proportion to n. Sixteen times the work may cost 64 times as much:
/// quadratic work would cost 256 times.
template <typename Work>
void expect_linear(std::size_t n, Work work) {
  using namespace std::chrono_literals;
  const auto small = std::max<std::chrono::nanoseconds>(least_cpu_time_of([&] { work(n); }), 200us);
  const auto large = least_cpu_time_of([&] { work(16 * n); });
  EXPECT_LE(large.count(), 64 * small.count())
      << n << " cost " << small.count() << " ns, sixteen times as many " << large.count() << " ns";
}

/// Counts what is allocated while one of its weighing() lives. One at a time.
class scale {
 public:
  scale() noexcept : before_(simulator::memory_of::held[0]) {}

  [[nodiscard]] static simulator::memory_of weighing() noexcept { return simulator::memory_of(0); }
  /// For what the test itself allocates meanwhile.
  [[nodiscard]] static simulator::memory_of aside() noexcept { return simulator::memory_of(1); }

  /// Bytes held now, and at most so far as somebody looked.
  std::int64_t held() noexcept {
    const std::int64_t now = simulator::memory_of::held[0] - before_;
    most_                  = std::max(most_, now);
    return now;
  }
  std::int64_t most() noexcept { return held(), most_; }

 private:
  std::int64_t before_;
  std::int64_t most_ = 0;
};

}  // namespace adieu::tests
