// epoll that never sleeps, and a record of how long it had nothing to do. A client that sleeps must
// be woken by the server's send, which costs the server many microseconds on a virtual machine and
// would hide every difference. Knows no protocol.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <span>

namespace load {

class polling {
 public:
  using clock = std::chrono::steady_clock;

  polling();
  ~polling();
  polling(const polling&)            = delete;
  polling& operator=(const polling&) = delete;

  /// Edge-triggered, for reading and writing, until the descriptor is closed.
  void add(int fd, std::uint64_t tag);

  /// What is ready now; may be nothing. Fails if that lasts for ten seconds.
  std::span<const epoll_event> poll();

  /// When the last poll() returned.
  clock::time_point now() const { return now_; }
  /// Time spent in polls that found nothing, so far.
  clock::duration idle() const { return idle_; }

 private:
  int fd_;
  clock::time_point now_        = clock::now();
  clock::time_point last_event_ = now_;
  clock::duration idle_{};
  std::array<epoll_event, 512> events_;
};

}  // namespace load
