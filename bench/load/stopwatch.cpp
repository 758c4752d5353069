// See stopwatch.hpp.
#include "stopwatch.hpp"

#include <time.h>

namespace load {
namespace {

std::uint64_t own_cpu_time() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(t.tv_nsec);
}

std::uint64_t settled_cpu_time(const server_process& server) {
  server.settle();
  return server.cpu_time();
}

std::uint64_t nanoseconds(polling::clock::duration duration) {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(duration).count());
}

}  // namespace

stopwatch::stopwatch(const server_process& server, const polling& polling)
    : server_(server),
      polling_(polling),
      server_cpu_(settled_cpu_time(server)),
      own_cpu_(own_cpu_time()),
      idle_(polling.idle()),
      start_(polling::clock::now()) {}

void stopwatch::add_to(report& sum, std::uint64_t count) const {
  const auto wall             = polling::clock::now() - start_;
  const std::uint64_t own_cpu = own_cpu_time() - own_cpu_;
  sum.count += count;
  sum.wall_ns += nanoseconds(wall);
  sum.busy_ns += nanoseconds(wall - (polling_.idle() - idle_));
  sum.generator_ns += own_cpu;
  sum.server_total += static_cast<double>(settled_cpu_time(server_) - server_cpu_);
}

}  // namespace load
