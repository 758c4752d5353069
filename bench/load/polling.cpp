// See polling.hpp.
#include "polling.hpp"

#include <unistd.h>

#include "fail.hpp"

namespace load {

polling::polling() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (fd_ < 0) fail_with_errno("epoll_create1");
}

polling::~polling() { ::close(fd_); }

void polling::add(int fd, std::uint64_t tag) {
  epoll_event event{};
  event.events   = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = tag;
  if (::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) != 0) fail_with_errno("epoll_ctl");
  last_event_ = now_ = clock::now();
}

std::span<const epoll_event> polling::poll() {
  const auto before = clock::now();
  const int n       = ::epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), 0);
  if (n < 0) fail_with_errno("epoll_wait");
  now_ = clock::now();
  if (n > 0) {
    last_event_ = now_;
  } else {
    idle_ += now_ - before;
    if (now_ - last_event_ > std::chrono::seconds(10)) fail("the server has fallen silent");
  }
  return {events_.data(), static_cast<std::size_t>(n)};
}

}  // namespace load
