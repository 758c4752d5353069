// getrandom(2), and the count of forks.
#include "net/randomness.hpp"

#include "net/fork_count.hpp"

#include <cerrno>
#include <sys/random.h>

namespace adieu::inline v1::net {

system_randomness::system_randomness() { count_forks(); }

bool system_randomness::fill(std::span<std::byte> to) noexcept {
  while (!to.empty()) {
    const ssize_t n = ::getrandom(to.data(), to.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to = to.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

std::uint32_t system_randomness::epoch() const noexcept { return forks(); }

}  // namespace adieu::inline v1::net
