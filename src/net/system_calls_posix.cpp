// What every POSIX system has. Between a descriptor and its flags another thread may fork and exec:
// that is why Linux has calls that do both.
#include "net/system_calls.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

namespace adieu::inline v1::net {
namespace {

bool is_set_up(int descriptor) noexcept {
  const int flags = ::fcntl(descriptor, F_GETFL);
  return flags >= 0 && ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 &&
         ::fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0;
}

bool is_quiet([[maybe_unused]] int socket) noexcept {
#ifdef SO_NOSIGPIPE
  const int on = 1;
  return ::setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on) == 0;
#else
  return true;
#endif
}

void close_as_it_failed(int descriptor) noexcept {
  const int why = errno;
  ::close(descriptor);
  errno = why;
}

int set_up(int socket) noexcept {
  if (socket < 0 || (is_set_up(socket) && is_quiet(socket))) return socket;
  close_as_it_failed(socket);
  return -1;
}

int make_pipe(int (&ends)[2]) noexcept {
  if (::pipe(ends) != 0) return -1;
  if (is_set_up(ends[0]) && is_set_up(ends[1])) return 0;
  for (const int end : ends) close_as_it_failed(end);
  return -1;
}

// Of those that the process has pending another thread may take one first: sigwait() would wait for
// the next. It is pending for this thread, which has just written, unless somebody sends SIGPIPE.
void take_pending(const sigset_t& of) noexcept {
  sigset_t pending;
  ::sigemptyset(&pending);
  ::sigpending(&pending);
  int taken = 0;
  if (::sigismember(&of, SIGPIPE) == 1 && ::sigismember(&pending, SIGPIPE) == 1)
    ::sigwait(&of, &taken);
}

}  // namespace

const system_calls posix_calls{
    .make_socket = [](int family) noexcept { return set_up(::socket(family, SOCK_STREAM, 0)); },
    .accept      = [](int listening, sockaddr* from,
                 socklen_t* size) noexcept { return set_up(::accept(listening, from, size)); },
    .make_pipe   = make_pipe,
    .random      = [](std::byte* to, std::size_t size) noexcept -> std::ptrdiff_t {
      return ::getentropy(to, size) == 0 ? static_cast<std::ptrdiff_t>(size) : -1;
    },
    .take_pending = take_pending,
#ifdef MSG_NOSIGNAL
    .send_quietly = MSG_NOSIGNAL,
#else
    .send_quietly = 0,
#endif
    .more_follows = 0,
    .descriptors  = nullptr,
};

}  // namespace adieu::inline v1::net
