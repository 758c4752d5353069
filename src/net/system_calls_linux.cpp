// Linux: the flags in the call.
#include "net/system_calls.hpp"

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

namespace adieu::inline v1::net {

const system_calls linux_calls{
    .make_socket =
        [](int family) noexcept {
          return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        },
    .accept =
        [](int listening, sockaddr* from, socklen_t* size) noexcept {
          return ::accept4(listening, from, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        },
    .make_pipe = [](int (&ends)[2]) noexcept { return ::pipe2(ends, O_CLOEXEC | O_NONBLOCK); },
    .random    = [](std::byte* to, std::size_t size) noexcept -> std::ptrdiff_t {
      return ::getrandom(to, size, 0);
    },
    .take_pending =
        [](const sigset_t& of) noexcept {
          const timespec at_once{};
          while (::sigtimedwait(&of, nullptr, &at_once) < 0 && errno == EINTR) {
          }
        },
    .send_quietly = MSG_NOSIGNAL,
    .more_follows = MSG_MORE,
    .descriptors  = "/proc/self/fd/",
};

}  // namespace adieu::inline v1::net
