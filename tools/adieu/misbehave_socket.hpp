// What a connection that reads slowly asks of its socket. Knows no connection.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace adieu::tool {

/// How often a slow reader reads.
inline constexpr std::chrono::milliseconds slow_tick{20};

/// A receive buffer for about a fifth of a second, so that the sender feels the rate.
inline void hold_back_sender(int descriptor, std::uint64_t bytes_a_second) noexcept {
  const int size =
      static_cast<int>(std::clamp<std::uint64_t>(bytes_a_second / 5, 4 << 10, 1 << 20));
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

/// Whether the peer has ended its side, or the stream is gone, although not all was read.
inline bool peer_ended_unread(int descriptor) noexcept {
#if defined(POLLRDHUP)
  pollfd asked{descriptor, POLLRDHUP, 0};
#else
  pollfd asked{descriptor, 0, 0};
#endif
  return ::poll(&asked, 1, 0) > 0;
}

}  // namespace adieu::tool
