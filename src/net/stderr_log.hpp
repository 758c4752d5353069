// The log as lines on a descriptor: limited, never waited for, and what is missing is told. Any
// thread. Knows no hook and no clock.
#pragma once

#include "net/log_limit.hpp"

#include <adieu/log.hpp>

#include <atomic>
#include <cstddef>
#include <sys/types.h>

namespace adieu::inline v1::net {

class stderr_log {
 public:
  constexpr explicit stderr_log(int descriptor) noexcept : descriptor_(descriptor) {}

  void write(const log_entry& entry, log_limit::time now) noexcept;

 private:
  class turn;
  void write_line(const log_entry& entry, log_limit::verdict asked) noexcept;

  const int descriptor_;
  std::atomic<pid_t> held_by_{0};         // the process whose thread is within write()
  std::atomic<std::uint64_t> missed_{0};  // lines of those who found it held
  log_limit limit_;
  bool cut_ = false;  // the last line was written in part
};

}  // namespace adieu::inline v1::net
