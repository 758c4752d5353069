// pthread_atfork(), registered once.
#include "net/fork_count.hpp"

#include <pthread.h>

namespace adieu::inline v1::net {

std::atomic<std::uint32_t> forks_so_far{0};

void count_forks() noexcept {
  static const int registered = ::pthread_atfork(
      nullptr, nullptr, [] { forks_so_far.fetch_add(1, std::memory_order_relaxed); });
  static_cast<void>(registered);
}

}  // namespace adieu::inline v1::net
