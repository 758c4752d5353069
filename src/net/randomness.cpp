// The system's randomness, and the count of forks.
#include "net/randomness.hpp"

#include "net/fork_count.hpp"
#include "net/system_calls.hpp"

#include <algorithm>
#include <cerrno>

namespace adieu::inline v1::net {
namespace {

constexpr std::size_t most_at_once = 256;  // of what getentropy() gives; never cut by a signal

}  // namespace

system_randomness::system_randomness() { count_forks(); }

bool system_randomness::fill(std::span<std::byte> to) noexcept {
  while (!to.empty()) {
    const auto n = calls().random(to.data(), std::min(to.size(), most_at_once));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to = to.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

std::uint32_t system_randomness::epoch() const noexcept { return forks(); }

}  // namespace adieu::inline v1::net
