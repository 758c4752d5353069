// A ping as it went over the wire, so that its pong can be known. Knows no frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace simulator {

struct ping_seen {
  std::uint64_t end;  // the position behind it
  std::uint64_t tag;  // of its payload
};

inline std::uint64_t tag_of(std::span<const std::byte> payload) noexcept {
  std::uint64_t tag = payload.size();
  for (std::byte b : payload) tag = tag * 0x100000001B3u ^ std::to_integer<std::uint64_t>(b);
  return tag;
}

}  // namespace simulator
