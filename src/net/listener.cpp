// Connections are accepted a few at a time.
#include "net/listener.hpp"

#include "base/log.hpp"
#include "net/asio.hpp"
#include "net/system_calls.hpp"
#include "net/transport_look.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <new>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace adieu::inline v1::net {
namespace {

// So many connections are taken before those that are open have their turn.
constexpr int accepts_a_turn = 64;
constexpr int an_acceptance  = 4 * turn_time::a_call;
constexpr std::chrono::milliseconds pause_without_descriptors{100};

[[noreturn]] void fail(int error, const std::string& address, std::uint16_t port) {
  throw boost::system::system_error(error, boost::system::system_category(),
                                    "cannot listen on " + to_string(endpoint{address, port}));
}

stream listening_socket(const asio::ip::tcp::endpoint& at, const std::string& address, int backlog,
                        bool reuse_port) {
  const auto check = [&](int result) {
    if (result < 0) fail(errno, address, at.port());
    return result;
  };
  stream made(check(calls().make_socket(at.protocol().family())));
  const int fd = made.descriptor();
  const int on = 1;
  check(::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  check(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));  // inherited by the accepted
  if (reuse_port) check(::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on));
  check(::bind(fd, at.data(), static_cast<socklen_t>(at.size())));
  check(::listen(fd, backlog));
  return made;
}

std::string_view why_none_is_accepted(int error) {
  switch (error) {
    case EMFILE:
      return "connections are not accepted for now: this process has no descriptor left "
             "(RLIMIT_NOFILE)";
    case ENFILE: return "connections are not accepted for now: the system has no descriptor left";
    default: return "connections are not accepted for now: the system has no memory for them";
  }
}

}  // namespace

listener::listener(loop& where, const std::string& address, std::uint16_t port, int backlog,
                   bool reuse_port, taker accepted)
    : loop_(where), accepted_(std::move(accepted)) {
  boost::system::error_code not_numeric;
  const auto numeric = asio::ip::make_address(address, not_numeric);
  if (not_numeric) fail(EINVAL, address, port);
  socket_ = listening_socket({numeric, port}, address, backlog, reuse_port);
  asio::ip::tcp::endpoint bound;
  auto size = static_cast<socklen_t>(bound.capacity());
  ::getsockname(socket_.descriptor(), bound.data(), &size);
  port_     = bound.port();
  int error = loop_.prepare();
  if (error == 0) error = watch();
  if (error != 0) fail(error, address, port);
}

listener::~listener() { stop(); }

void listener::set_user_timeout(unsigned milliseconds) noexcept {
  net::set_user_timeout(socket_.descriptor(), milliseconds);
}

void listener::stop() noexcept {
  if (!socket_) return;
  loop_.deadlines().cancel(*this);
  if (in_poller_) loop_.poller().remove(socket_.descriptor(), *this);
  socket_.close();
}

int listener::watch() {
  const int error = loop_.poller().add(socket_.descriptor(), {.read = !is_paused_}, *this);
  in_poller_      = error == 0;
  return error;
}

void listener::begin_in_child() {
  if (socket_ && watch() != 0) pause();
}

bool listener::ready(readiness) {
  for (int n = 0; n < accepts_a_turn && socket_; ++n) {
    asio::ip::tcp::endpoint from;
    auto size    = static_cast<socklen_t>(from.capacity());
    const int fd = calls().accept(socket_.descriptor(), from.data(), &size);
    if (fd < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return n != 0;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        tell(errno);
        pause();
        return true;
      }
      continue;  // that one is gone already (ECONNABORTED, EINTR, …)
    }
    is_told_ = false;
    try {
      accepted_(stream(fd), peer_address(*from.data()));
    } catch (const std::bad_alloc&) {  // that one is closed, the others wait
      pause();
      return true;
    }
    loop_.time_left().spend(an_acceptance);
    if (loop_.time_left().is_over()) return true;
  }
  return true;
}

// No event tells of it, for there is no connection yet. Once, until it is over.
void listener::tell(int error) noexcept {
  if (!std::exchange(is_told_, true)) log(log_level::warning, why_none_is_accepted(error));
}

void listener::pause() {
  is_paused_ = true;
  if (in_poller_) loop_.poller().change(socket_.descriptor(), {}, *this);
  loop_.deadlines().schedule(*this, loop_.now() + pause_without_descriptors);
}

void listener::due(protocol::time) {
  is_paused_ = false;
  if (in_poller_)
    loop_.poller().change(socket_.descriptor(), {.read = true}, *this);
  else if (watch() != 0)
    pause();
}

}  // namespace adieu::inline v1::net
