// One way for each kind of descriptor.
#include "net/write_at_once.hpp"

#include "net/system_calls.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace adieu::inline v1::net {
namespace {

// A pipe without a reader raises SIGPIPE in the thread that writes: it is held back, and taken away
// if it was not there before.
class sigpipe_held {
 public:
  sigpipe_held() noexcept {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    ::sigemptyset(&pending);
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~sigpipe_held() {
    if (!was_pending_) calls().take_pending(pipe_);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  sigpipe_held(const sigpipe_held&)            = delete;
  sigpipe_held& operator=(const sigpipe_held&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_ = false;
};

written judged(ssize_t count, std::size_t wanted) noexcept {
  if (count <= 0) return wanted == 0 ? written::all : written::nothing;
  return static_cast<std::size_t>(count) == wanted ? written::all : written::part;
}

template <typename Call>
ssize_t uninterrupted(Call call) noexcept {
  for (;;) {
    const ssize_t result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

written write_all(int descriptor, std::string_view bytes) noexcept {
  return judged(uninterrupted([&] { return ::write(descriptor, bytes.data(), bytes.size()); }),
                bytes.size());
}

// Whether writing waits is a property of what open() has made, which other processes share: so what
// is behind the descriptor is opened once more. Below 0 where there is no way, or no permission.
int opened_again(int descriptor) noexcept {
  const auto open_path = [](const char* path) {
    return static_cast<int>(
        uninterrupted([&] { return ::open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); }));
  };
  std::array<char, 128> path{};
  if (const char* const folder = calls().descriptors) {
    char* const number = path.data() + std::strlen(std::strcpy(path.data(), folder));
    std::to_chars(number, path.data() + path.size() - 1, descriptor);
    const int own = open_path(path.data());
    if (own >= 0 || errno == ENXIO) return own;
    path = {};
  }
  return ::ttyname_r(descriptor, path.data(), path.size()) == 0 ? open_path(path.data()) : -1;
}

// What poll() calls writable takes PIPE_BUF bytes, unless another process is faster.
written write_if_ready(int descriptor, std::string_view bytes) noexcept {
  std::size_t gone = 0;
  while (gone < bytes.size()) {
    pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
    if (uninterrupted([&] { return ::poll(&ready, 1, 0); }) != 1) break;
    const auto piece = bytes.substr(gone, PIPE_BUF);
    const ssize_t n =
        uninterrupted([&] { return ::write(descriptor, piece.data(), piece.size()); });
    if (n <= 0) break;
    gone += static_cast<std::size_t>(n);
  }
  return judged(static_cast<ssize_t>(gone), bytes.size());
}

written write_to_pipe_or_terminal(int descriptor, std::string_view bytes) noexcept {
  const int own = opened_again(descriptor);
  if (own < 0) return errno == ENXIO ? written::nothing : write_if_ready(descriptor, bytes);
  const written how = write_all(own, bytes);
  ::close(own);
  return how;
}

}  // namespace

written write_at_once(int descriptor, std::string_view bytes) noexcept {
  const sigpipe_held now;
  struct stat is {};
  if (::fstat(descriptor, &is) != 0) return written::nothing;
  if (S_ISSOCK(is.st_mode))
    return judged(
        uninterrupted([&] { return ::send(descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT); }),
        bytes.size());
  const bool may_wait = S_ISFIFO(is.st_mode) || (S_ISCHR(is.st_mode) && ::isatty(descriptor) == 1);
  return may_wait ? write_to_pipe_or_terminal(descriptor, bytes) : write_all(descriptor, bytes);
}

}  // namespace adieu::inline v1::net
