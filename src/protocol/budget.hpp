// When a queue of messages is full: the one rule for what waits to be sent and what waits to be
// received. Knows neither.
#pragma once

#include <cstdint>

namespace adieu::inline v1::protocol {

/// Whether a queue that may hold `limit` bytes (0: any) takes no more. A message needs memory
/// beside its bytes, an empty one too: a few may always wait, and one more for every 32 bytes of
/// the limit.
constexpr bool is_full(std::uint64_t limit, std::uint64_t bytes, std::uint64_t messages) noexcept {
  constexpr std::uint64_t some = 128, each = 32;
  return limit != 0 && (bytes >= limit || messages >= some + limit / each);
}

}  // namespace adieu::inline v1::protocol
