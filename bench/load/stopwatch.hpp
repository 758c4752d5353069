// What one measurement took: the server's CPU time, the wall's, and the generator's own, of which a
// part was spent on looking for work in vain. Knows no protocol.
#pragma once

#include <cstdint>

#include "polling.hpp"
#include "runs.hpp"
#include "server_process.hpp"

namespace load {

class stopwatch {
 public:
  /// Waits until the server is at rest, then starts.
  stopwatch(const server_process& server, const polling& polling);

  /// Stops, and adds what was measured and `count` to the report.
  void add_to(report& sum, std::uint64_t count) const;

 private:
  const server_process& server_;
  const polling& polling_;
  std::uint64_t server_cpu_;
  std::uint64_t own_cpu_;
  polling::clock::duration idle_;
  polling::clock::time_point start_;
};

}  // namespace load
