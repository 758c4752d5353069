// The four things that a run can measure. Each fills a report; none knows how it is printed.
#pragma once

#include <cstdint>

#include "options.hpp"

namespace load {

struct report {
  /// Messages, connections, closings or cycles, after the mode.
  std::uint64_t count = 0;
  /// The server's CPU time in nanoseconds, or the growth of its memory in bytes.
  double server_total   = 0;
  std::uint64_t wall_ns = 0;
  /// Of wall_ns, what the generator did not spend on looking for work.
  std::uint64_t busy_ns = 0;
  /// The generator's CPU time. It never sleeps, so less than wall_ns means that something else ran
  /// on its core.
  std::uint64_t generator_ns = 0;
};

/// CPU time per message echoed.
report run_echo(const options& o);
/// Memory per connection that has echoed one message and is idle.
report run_memory(const options& o);
/// CPU time per closing when all connections close at once.
report run_closing(const options& o);
/// CPU time per connection that is made, opened and closed again.
report run_cycle(const options& o);

}  // namespace load
