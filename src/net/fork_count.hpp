// A count of forks: what a process has made before it was forked is its parent's in the child.
// fork() and what calls it count; vfork() and posix_spawn() do not, whose child runs another
// program at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace adieu::inline v1::net {

/// To be called before the first forks(): from then on they are counted.
void count_forks() noexcept;

extern std::atomic<std::uint32_t> forks_so_far;
/// Another number in every process. No system call.
inline std::uint32_t forks() noexcept { return forks_so_far.load(std::memory_order_relaxed); }

/// For a child: keeps for good what it cannot destroy without changing something of its parent's.
template <typename T>
void keep_for_good(std::unique_ptr<T> what) noexcept {
  struct kept {
    T* what;
    kept* next;
  };
  static kept* all = nullptr;  // so that a leak checker finds them
  if (!what) return;
  if (kept* const one = new (std::nothrow) kept{what.get(), all}) all = one;
  static_cast<void>(what.release());
}

}  // namespace adieu::inline v1::net
