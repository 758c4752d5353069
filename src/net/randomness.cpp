// getrandom(2), and a count of forks.
#include "net/randomness.hpp"

#include <atomic>
#include <cerrno>
#include <pthread.h>
#include <sys/random.h>

namespace adieu::inline v1::net {
namespace {

std::atomic<std::uint32_t> forks{0};

}  // namespace

system_randomness::system_randomness() {
  static const int registered =
      ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
  static_cast<void>(registered);
}

bool system_randomness::fill(std::span<std::byte> to) noexcept {
  while (!to.empty()) {
    const ssize_t n = ::getrandom(to.data(), to.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to = to.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

std::uint32_t system_randomness::epoch() const noexcept {
  return forks.load(std::memory_order_relaxed);
}

}  // namespace adieu::inline v1::net
