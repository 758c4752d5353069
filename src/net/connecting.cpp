// Name, TCP, TLS, request, answer.
#include "net/connecting.hpp"

#include "net/securing.hpp"

#include <array>
#include <cerrno>

namespace adieu::inline v1::net {
namespace {

// Of a refusal's body. Nobody waits longer than that for a server that trickles.
constexpr std::size_t most_body = 4096;
constexpr std::chrono::seconds patience_with_body{1};

}  // namespace

connecting::connecting(driver& d, audience& told, http::url to, websocket_options options,
                       tls_context tls)
    : driver_(d),
      audience_(told),
      url_(std::move(to)),
      options_(std::move(options)),
      server_{std::move(tls), url_.host, url_.port, options_.verify_peer} {}

void connecting::start() {
  driver_.machine().entering(phase::resolving);
  dialing_ = std::make_unique<dialing>(*driver_.home_loop(), *this);
  dialing_->begin(url_.host, url_.port);
  dial();
}

// In a turn in which the connection is given up there is still news of its addresses.
void connecting::on_dialing() {
  if (driver_.state() != ready_state::connecting) return;
  driver_.changed();
  driver_.within_memory([this] { dial(); });
}

void connecting::dial() {
  const dialing::outcome how = dialing_->carry_on();
  if (dialing_->has_begun()) driver_.machine().entering(phase::connecting);
  switch (how) {
    case dialing::outcome::under_way: return;
    case dialing::outcome::failed: return driver_.lose(cause::unreachable, dialing_->why());
    case dialing::outcome::connected: break;
  }
  const auto over = std::move(dialing_);  // the losers of the race go with it
  if (driver_.adopt(over->take_stream(), peer_address(*over->peer().data()))) connected();
}

// Where only a lookup does not answer, what happened to the addresses that are known says more.
bool connecting::timed_out() {
  if (!dialing_ || !dialing_->has_only_failed()) return false;
  driver_.lose(cause::unreachable, dialing_->why());
  return true;
}

interest connecting::wants() const noexcept {
  return {.read = true, .write = driver_.machine().has_output() || driver_.stream().holds_output()};
}

void connecting::ready(readiness) {
  if (!opening_) return secure();
  if (body_) return read_body();
  const auto into = driver_.home_loop()->receive_buffer();
  const auto got  = driver_.stream().receive(into.data(), into.size());
  if (got.status != io_status::done) {
    if (got.status != io_status::would_block) forget_session();
    return driver_.came_to_nothing(got);
  }
  received(into.first(got.bytes));
}

void connecting::connected() {
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
    return driver_.lose(cause::unreachable, {EIO, boost::system::system_category()});
  }
  opening_.emplace(url_, options_, key);
  const std::string& request = opening_->request();
  driver_.machine().say(std::as_bytes(std::span(request.data(), request.size())));
}

void connecting::received(std::span<std::byte> bytes) {
  std::size_t used    = 0;
  const auto response = opening_->receive(bytes, used);
  // Frames may be glued to the head: who traces them has to know what was agreed.
  if (response == protocol::client_opening::verdict::open)
    driver_.machine().agree(opening_->deflate());
  driver_.watch_received(bytes);
  switch (response) {
    case protocol::client_opening::verdict::incomplete: return;
    case protocol::client_opening::verdict::open:
      // By now a server's tickets have come.
      if (const tls_session* tls = driver_.stream().tls())
        driver_.home_loop()->tickets().remember(*tls, server_);
      audience_.on_agreed(driver_, opening_->subprotocol());
      keep_response();
      driver_.keep_glued(bytes.subspan(used));
      return driver_.opened();
    case protocol::client_opening::verdict::no_room_for_context: return ask_again();
    case protocol::client_opening::verdict::refused: break;
  }
  const auto rest = bytes.subspan(used);
  refuse({reinterpret_cast<const char*>(rest.data()), rest.size()});
}

// The server takes the stream for open; nothing was said over it. The deadline stays what it is.
void connecting::ask_again() {
  // It has answered a request that it has not read to its end.
  if (driver_.machine().has_output()) return driver_.lose(cause::refused, {});
  opening_.reset();
  driver_.give_up_stream().close();
  options_.connection.deflate.enabled = false;
  audience_.on_asking_again(driver_,
                            "the server compresses with a window of its own, for which "
                            "deflate.max_context_memory has no room: it is asked once more, over "
                            "another connection and without compression");
  start();
}

void connecting::keep_response() {
  http::response_head& head = opening_->head();
  response_                 = std::make_shared<opening_response>();
  response_->status         = static_cast<std::uint16_t>(head.status);
  for (const http::field& f : head.headers) response_->headers.emplace_back(f.name, f.value);
  audience_.on_response(driver_, response_);
}

// Says why, and waits a moment for the words of the server.
void connecting::refuse(std::string_view body) {
  ending& how     = driver_.machine().ending_so_far();
  how.http_status = static_cast<std::uint16_t>(opening_->status());
  how.retry_after = opening_->retry_after(std::chrono::system_clock::now());
  how.note        = opening_->why();
  if (opening_->status() == 0) return driver_.lose(cause::refused, {});
  body_.emplace(opening_->head(), most_body);
  keep_response();
  driver_.machine().because(cause::refused);
  driver_.machine().hurry(driver_.now() + patience_with_body);
  received_body(body);
}

void connecting::read_body() {
  const auto into = driver_.home_loop()->receive_buffer();
  const auto got  = driver_.stream().receive(into.data(), into.size());
  if (got.status == io_status::would_block) return;
  if (got.status != io_status::done) return driver_.lose(cause::refused, {});
  received_body({reinterpret_cast<const char*>(into.data()), got.bytes});
}

void connecting::received_body(std::string_view bytes) {
  body_->feed(bytes);
  response_->body = body_->body();
  if (body_->has_enough()) driver_.lose(cause::refused, {});
}

}  // namespace adieu::inline v1::net
