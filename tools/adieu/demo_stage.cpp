// Setting the stage.
#include "demo_stage.hpp"

#include "certificate.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ssl/context.hpp>

#include <algorithm>
#include <utility>

namespace adieu::tool {

using boost::asio::ip::tcp;

stage::stage(boost::asio::io_context& io) : io_(io) {
  client_does.on_message = [this](websocket&, message_view m) { received_by_client += m.size(); };
  server_does.on_message = [this](websocket&, message_view m) { received_by_server += m.size(); };
}

void stage::raise() {
  client_does.on_close = [this](websocket&, const close_event& e) { client_events_.push_back(e); };
  if (!returner_does)
    server_does.on_close = [this](websocket&, const close_event& e) {
      server_events_.push_back(e);
    };
  if (raw_peer)
    server_does.on_opening = [this](const opening_request&, opening_reply reply) {
      open(std::move(reply));
    };
  if (!url) {
    server_.emplace(io_, server_options, std::move(server_does));
    url = (server_options.tls ? "wss://127.0.0.1:" : "ws://127.0.0.1:") +
          std::to_string(server_->port());
  }
  if (returner_does)
    returner_ = reconnecting_websocket(io_, *url, std::move(returner_options), returner_handlers());
  else
    client_ = websocket(io_, *url, client_options, std::move(client_does));
}

void stage::raise_server_again(server_handlers does) {
  server_options.port = server_->port();
  server_.emplace(io_, server_options, std::move(does));
}

reconnecting_handlers stage::returner_handlers() {
  using returner  = reconnecting_websocket;
  auto made       = std::move(*returner_does);
  made.on_attempt = [this, own = std::move(made.on_attempt)](returner& r,
                                                             attempt_reply reply) mutable {
    own ? own(r, std::move(reply)) : reply.connect();
    if (on_new_connection) on_new_connection();
  };
  made.on_down = [this](returner&, const close_event& e, const decision& d) {
    downs_.push_back(std::to_string(e.http_status != 0 ? e.http_status : e.code));
    longest_delay_ = std::max(longest_delay_, d.delay);
  };
  made.on_close = [this](returner&, const close_event& e, const decision&) {
    client_events_.push_back(e);
  };
  return made;
}

std::string stage::came_back_after() const {
  std::string all;
  for (auto at = downs_.begin(); at != downs_.end();) {
    const auto end = std::find_if(at, downs_.end(), [&](const auto& d) { return d != *at; });
    if (!all.empty()) all += ", ";
    if (end - at > 1) all += std::to_string(end - at) + 'x';
    all += *at;
    at = end;
  }
  return all;
}

void stage::speak_tls(bool believed, const std::string& is_for) {
  using boost::asio::ssl::context;
  const certificate authority({.subject = "the demo's authority", .authority = true});
  const certificate shown({.subject = "the demo", .addresses = {is_for}}, authority);
  const std::string pem = shown.pem(), key = shown.key_pem(), trusted = authority.pem();
  server_tls_ = std::make_shared<context>(context::tls_server);
  server_tls_->use_certificate_chain(boost::asio::buffer(pem));
  server_tls_->use_private_key(boost::asio::buffer(key), context::pem);
  client_tls_ = std::make_shared<context>(context::tls_client);
  if (believed) client_tls_->add_certificate_authority(boost::asio::buffer(trusted));
  server_options.tls = server_tls_.get();
  client_options.tls = client_tls_.get();
}

void stage::open(opening_reply reply) {
  auto taken = api::take_over(std::move(reply), {});
  if (!taken) return;
  auto raw      = std::make_shared<raw_connection>(io_.get_executor(), std::move(*taken), *raw_peer,
                                              raw_connection::limits{});
  raw->on_bytes = on_raw_bytes;
  raw_.adopt(std::move(raw));
}

void stage::later(std::chrono::milliseconds after, std::function<void()> act) {
  timers_.emplace_back(io_, after).async_wait([act = std::move(act)](const error_code& ec) {
    if (!ec) act();
  });
}

std::string stage::url_that(address is) {
  acceptor_.emplace(io_, tcp::v4());
  acceptor_->bind({boost::asio::ip::address_v4::loopback(), 0});
  if (is != address::refuses) acceptor_->listen();
  if (is == address::ends)
    acceptor_->async_accept([this](const error_code& ec, tcp::socket taken) {
      if (ec) return;
      accepted_ = std::move(taken);
      // Ended only behind the request: unread bytes would make it an RST.
      accepted_->async_read_some(boost::asio::buffer(request_),
                                 [this](const error_code&, std::size_t) { accepted_->close(); });
    });
  return "ws://127.0.0.1:" + std::to_string(acceptor_->local_endpoint().port());
}

}  // namespace adieu::tool
