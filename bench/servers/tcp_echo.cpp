// The limit: a plain TCP echo. One thread, one epoll, one recv and one send for what is readable,
// nothing else. Knows no protocol: no echo of messages can be cheaper than this.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <unordered_map>
#include <vector>

#include "command_line.hpp"

namespace {

class tcp_echo {
 public:
  explicit tcp_echo(std::uint16_t port);
  void run();

 private:
  void accept_all();
  void echo(int fd);
  void keep(int fd, const char* rest, std::size_t size);
  void flush(int fd);
  void watch(int operation, int fd, std::uint32_t what);
  void end(int fd);

  int listener_;
  int epoll_                = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<char> buffer_ = std::vector<char>(512 * 1024);
  // What the kernel did not take. While there is some the connection is not read.
  std::unordered_map<int, std::string> unsent_;
};

tcp_echo::tcp_echo(std::uint16_t port)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  socklen_t size          = sizeof address;
  address.sin_family      = AF_INET;
  address.sin_port        = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0) bench::give_up("bind");
  if (::listen(listener_, 4096) != 0) bench::give_up("listen");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
  bench::announce(ntohs(address.sin_port));
}

void tcp_echo::run() {
  std::array<epoll_event, 1024> events;
  for (;;) {
    const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == listener_) {
        accept_all();
      } else if ((event.events & EPOLLOUT) != 0) {
        flush(event.data.fd);
      } else {
        echo(event.data.fd);
      }
    }
  }
}

void tcp_echo::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(EPOLL_CTL_ADD, fd, EPOLLIN);
  }
}

void tcp_echo::echo(int fd) {
  const ssize_t n = ::recv(fd, buffer_.data(), buffer_.size(), 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) return end(fd);
  const ssize_t sent = ::send(fd, buffer_.data(), static_cast<std::size_t>(n), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return end(fd);
  const auto taken = static_cast<std::size_t>(sent < 0 ? 0 : sent);
  if (sent != n) keep(fd, buffer_.data() + taken, static_cast<std::size_t>(n) - taken);
}

void tcp_echo::keep(int fd, const char* rest, std::size_t size) {
  unsent_[fd].assign(rest, size);
  watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
}

void tcp_echo::flush(int fd) {
  std::string& rest = unsent_[fd];
  const ssize_t n   = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
  if (n < 0 && errno == EAGAIN) return;
  if (n < 0) return end(fd);
  rest.erase(0, static_cast<std::size_t>(n));
  if (rest.empty()) watch(EPOLL_CTL_MOD, fd, EPOLLIN);
}

void tcp_echo::watch(int operation, int fd, std::uint32_t what) {
  epoll_event event{};
  event.events  = what;
  event.data.fd = fd;
  ::epoll_ctl(epoll_, operation, fd, &event);
}

void tcp_echo::end(int fd) {
  unsent_.erase(fd);
  ::close(fd);
}

}  // namespace

int main(int argc, char** argv) { tcp_echo(bench::port_wanted(argc, argv)).run(); }
