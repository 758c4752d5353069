// Name, TCP, TLS, request, answer.
#include "net/connecting.hpp"

#include "net/securing.hpp"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace adieu::inline v1::net {
namespace {

error_code system_error_code(int number) { return {number, boost::system::system_category()}; }

// A socket on its way to `to`, or an error.
stream begin_connect(const asio::ip::tcp::endpoint& to, int& error) {
  stream made(::socket(to.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  error = made ? 0 : errno;
  if (error != 0) return made;
  const int on = 1;
  ::setsockopt(made.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(made.descriptor(), to.data(), static_cast<socklen_t>(to.size())) != 0 &&
      errno != EINPROGRESS && errno != EINTR)
    error = errno;
  return made;
}

}  // namespace

connecting::connecting(driver& d, audience& told, http::url to, websocket_options options,
                       tls_context tls)
    : driver_(d),
      audience_(told),
      url_(std::move(to)),
      options_(std::move(options)),
      server_{std::move(tls), url_.host, url_.port, options_.verify_peer},
      resolver_(d.home_loop()->executor()),
      attempt_(d.home_loop()->executor()) {}

void connecting::start() {
  driver_.machine().entering(phase::resolving);
  error_code not_numeric;
  const auto address = asio::ip::make_address(url_.host, not_numeric);
  if (!not_numeric) {
    addresses_.emplace_back(address, url_.port);
    return try_next();
  }
  resolver_.async_resolve(
      url_.host, std::to_string(url_.port), asio::ip::tcp::resolver::numeric_service,
      [this, &d = driver_, alive = std::make_shared<driver_ref>(&driver_)](
          const error_code& failed, const asio::ip::tcp::resolver::results_type& found) {
        // Cancelled: this object is gone.
        if (failed == asio::error::operation_aborted || d.state() != ready_state::connecting)
          return;
        d.within_memory([&] {
          if (failed) return d.lose(cause::unreachable, failed);
          for (const auto& f : found) addresses_.push_back(f.endpoint());
          try_next();
        });
      });
}

void connecting::try_next() {
  driver_.machine().entering(phase::connecting);
  for (error_code last = asio::error::host_not_found;;) {
    if (next_address_ == addresses_.size()) return give_up(last);
    int error      = 0;
    auto& address  = addresses_[next_address_++];
    stream started = begin_connect(address, error);
    if (error != 0) {
      last = system_error_code(error);
      continue;
    }
    if (!driver_.adopt(std::move(started), peer_address(*address.data()))) return;
    break;
  }
  const std::size_t left = addresses_.size() - next_address_ + 1;
  if (left == 1) return;
  attempt_.expires_after((driver_.machine().deadline() - driver_.now()) / left);
  attempt_.async_wait([this, &d = driver_, alive = std::make_shared<driver_ref>(&driver_),
                       number = next_address_](const error_code& cancelled) {
    // This object lives as long as the driver is connecting. A wait that was over already when it
    // was cancelled is not meant for the next address.
    if (!cancelled && d.state() == ready_state::connecting && !connected_ &&
        number == next_address_)
      d.within_memory([&] { attempt_over(asio::error::timed_out); });
  });
}

void connecting::attempt_over(error_code why) {
  attempt_.cancel();
  driver_.give_up_stream();
  if (next_address_ == addresses_.size()) return give_up(why);
  try_next();
}

void connecting::give_up(error_code why) { driver_.lose(cause::unreachable, why); }

interest connecting::wants() const noexcept {
  if (!connected_) return {.write = true};
  return {.read = true, .write = driver_.machine().has_output() || driver_.stream().holds_output()};
}

void connecting::ready(readiness) {
  if (!connected_) {
    int error      = 0;
    socklen_t size = sizeof error;
    ::getsockopt(driver_.stream().descriptor(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return attempt_over(system_error_code(error));
    return connected();
  }
  if (!opening_) return secure();
  const auto into = driver_.home_loop()->receive_buffer();
  const auto got  = driver_.stream().receive(into.data(), into.size());
  if (got.status != io_status::done) {
    if (got.status != io_status::would_block) forget_session();
    return driver_.came_to_nothing(got);
  }
  received(into.first(got.bytes));
}

void connecting::connected() {
  connected_ = true;
  attempt_.cancel();
  if (!server_.context) {
    driver_.machine().entering(phase::opening);
    return ask();
  }
  loop& home = *driver_.home_loop();
  auto session =
      tls_session::of_client(server_.context, home.tls(), url_.host, options_.verify_peer);
  if (session) home.tickets().offer(*session, server_);
  if (begin_securing(driver_, std::move(session))) secure();
}

void connecting::secure() {
  if (secured(driver_)) return ask();
  if (driver_.state() != ready_state::connecting) forget_session();
}

// Perhaps the server would not have it resumed, and said so by an alert, or by no more than its
// end.
void connecting::forget_session() {
  if (server_.context) driver_.home_loop()->tickets().forget(server_);
}

void connecting::ask() {
  std::array<std::byte, 16> key;
  if (!driver_.home_loop()->resources().keys.source().fill(key)) {
    driver_.machine().ending_so_far().note =
        "the operating system has no randomness for the opening";
    return driver_.lose(cause::unreachable, system_error_code(EIO));
  }
  opening_.emplace(url_, options_, key);
  const std::string& request = opening_->request();
  driver_.machine().say(std::as_bytes(std::span(request.data(), request.size())));
}

void connecting::received(std::span<std::byte> bytes) {
  driver_.watch_received(bytes);
  std::size_t used = 0;
  switch (opening_->receive(bytes, used)) {
    case protocol::client_opening::verdict::incomplete: return;
    case protocol::client_opening::verdict::open:
      // By now a server's tickets have come.
      if (const tls_session* tls = driver_.stream().tls())
        driver_.home_loop()->tickets().remember(*tls, server_);
      driver_.machine().agree(opening_->deflate());
      audience_.on_agreed(driver_, opening_->subprotocol());
      driver_.keep_glued(bytes.subspan(used));
      return driver_.opened();
    case protocol::client_opening::verdict::refused: break;
  }
  ending& how     = driver_.machine().ending_so_far();
  how.http_status = static_cast<std::uint16_t>(opening_->status());
  how.retry_after = opening_->retry_after(std::chrono::system_clock::now());
  how.note        = opening_->why();
  driver_.lose(cause::refused, {});
}

}  // namespace adieu::inline v1::net
