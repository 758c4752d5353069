// The system calls of a stream. They never block, never raise SIGPIPE, and retry EINTR.
#include "net/stream.hpp"

#include "net/system_calls.hpp"
#include "net/tls_session.hpp"

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

stream::stream() noexcept = default;
stream::stream(int descriptor) noexcept : descriptor_(descriptor) {}
stream::stream(stream&& other) noexcept
    : tls_(std::move(other.tls_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
stream& stream::operator=(stream&& other) noexcept {
  std::swap(tls_, other.tls_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}
stream::~stream() { close(); }

void stream::freed::operator()(tls_session* session) const noexcept { delete session; }

io_result stream::receive(std::byte* to, std::size_t size) {
  if (tls_) return tls_->receive(descriptor_, to, size);
  ssize_t n;
  do {
    n = ::recv(descriptor_, to, size, 0);
  } while (n < 0 && errno == EINTR);
  if (n == 0) return {io_status::ended, 0, 0};
  return outcome(n);
}

io_result stream::send(std::span<const iovec> pieces, bool more) {
  if (tls_) return tls_->send(descriptor_, pieces, more);
  const int flags = calls().send_quietly | (more ? calls().more_follows : 0);
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

void stream::shut_down_sending() {
  if (descriptor_ < 0) return;
  if (tls_) return tls_->notify_close(descriptor_, true);
  ::shutdown(descriptor_, SHUT_WR);
}

void stream::notify_close() {
  if (tls_ && descriptor_ >= 0) tls_->notify_close(descriptor_, false);
}

void stream::break_off() noexcept {
  if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_WR);
}

void stream::close() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  tls_.reset();
}

void stream::reset() noexcept {
  if (descriptor_ < 0) return;
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void stream::secure(std::unique_ptr<tls_session> with) noexcept { tls_.reset(with.release()); }
bool stream::tls_holds_input() const noexcept { return tls_->holds_input(); }
bool stream::tls_holds_output() const noexcept { return tls_->holds_output(); }
std::size_t stream::tls_sealed() const noexcept { return tls_->sealed(); }
std::size_t stream::tls_handed_over() noexcept { return tls_->handed_over(); }

}  // namespace adieu::inline v1::net
