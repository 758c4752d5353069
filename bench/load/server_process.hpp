// The server's process from outside: CPU time and memory, from /proc. Knows nothing of what it
// serves.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace load {

class server_process {
 public:
  explicit server_process(pid_t pid) : pid_(pid) {}

  /// Waits until no thread of the server has run for some milliseconds (at most two seconds), so
  /// that the figures below are complete: the kernel brings them up to date when a thread stops.
  void settle() const;

  /// Nanoseconds on a CPU, in user mode and in the kernel, all threads together.
  std::uint64_t cpu_time() const;

  /// Bytes of memory that it alone uses and has written to.
  std::uint64_t private_dirty() const;

 private:
  pid_t pid_;
};

}  // namespace load
