// The system calls of a stream. They never block, never raise SIGPIPE, and retry EINTR.
#include "net/stream.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace adieu::inline v1::net {
namespace {

io_result outcome(ssize_t n) noexcept {
  if (n >= 0) return {io_status::done, 0, static_cast<std::size_t>(n)};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
    return {io_status::would_block, 0, 0};
  return {io_status::failed, errno, 0};
}

}  // namespace

io_result stream::receive(std::byte* to, std::size_t size) noexcept {
  ssize_t n;
  do {
    n = ::recv(descriptor_, to, size, 0);
  } while (n < 0 && errno == EINTR);
  if (n == 0) return {io_status::ended, 0, 0};
  return outcome(n);
}

io_result stream::send(std::span<const iovec> pieces, bool more) noexcept {
  const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
  ssize_t n;
  do {
    if (pieces.size() == 1) {
      n = ::send(descriptor_, pieces[0].iov_base, pieces[0].iov_len, flags);
    } else {
      msghdr message{};
      message.msg_iov    = const_cast<iovec*>(pieces.data());
      message.msg_iovlen = pieces.size();
      n                  = ::sendmsg(descriptor_, &message, flags);
    }
  } while (n < 0 && errno == EINTR);
  return outcome(n);
}

void stream::shut_down_sending() noexcept {
  if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_WR);
}

void stream::close() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void stream::reset() noexcept {
  if (descriptor_ < 0) return;
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

}  // namespace adieu::inline v1::net
