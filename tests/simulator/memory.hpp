// How much memory a machine holds: every allocation made while one of its calls runs counts for
// it. Knows no machine, only the two ends of the life that this thread lives.
#pragma once

#include <cstddef>
#include <cstdint>

// ThreadSanitizer has a new of its own: nothing is weighed with it.
#if defined(__SANITIZE_THREAD__)
#define SIMULATOR_WEIGHS 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SIMULATOR_WEIGHS 0
#endif
#endif
#ifndef SIMULATOR_WEIGHS
#define SIMULATOR_WEIGHS 1
#endif

namespace simulator {

/// While one lives, this thread's allocations count for that end.
class memory_of {
 public:
  explicit memory_of(std::size_t end) noexcept : before_(current) {
    if (SIMULATOR_WEIGHS) current = &held[end];
  }
  ~memory_of() { current = before_; }
  memory_of(const memory_of&)            = delete;
  memory_of& operator=(const memory_of&) = delete;

  static thread_local std::int64_t held[2];
  static thread_local std::int64_t* current;

 private:
  std::int64_t* before_;
};

}  // namespace simulator
