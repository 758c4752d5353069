// Tests whose connections go over TLS whatever the environment says: raw peers that are told which
// bytes of TLS to send. Knows no rule of TLS.
#pragma once

#include "ledger.hpp"
#include "raw_peer.hpp"

#include <boost/asio/ssl/context.hpp>

namespace adieu::tests {

/// TLS 1.2 or 1.3 only; that, and the test authority's trust.
asio::ssl::context& raw_client_context(int version = 13);
asio::ssl::context& raw_server_context(int version = 13);

class tls_test : public connection_test {
 protected:
  server& serve_tls(server_options options = {}, server_handlers also = {}) {
    if (!options.tls) options.tls = &test_server_context();
    return serve(std::move(options), std::move(also));
  }
  /// A raw client of our server: TCP only, to call handshake() and ask_to_open().
  asio::awaitable<raw_peer> knock(int version = 13);
  /// The same, opened.
  asio::awaitable<raw_peer> raw_client(int version = 13);
  /// A raw server that our client has connected to by TCP.
  asio::awaitable<raw_peer> answer_tcp(tcp::acceptor& at, asio::ssl::context& with);
  /// The same, through TLS.
  asio::awaitable<raw_peer> answer(tcp::acceptor& at, asio::ssl::context& with);

  static std::string wss(const tcp::acceptor& at, const std::string& host = "127.0.0.1") {
    return "wss://" + host + ":" + std::to_string(at.local_endpoint().port()) + "/";
  }
  std::string wss(const std::string& host = "127.0.0.1") const {
    return "wss://" + host + ":" + std::to_string(server_->port()) + "/";
  }
  const close_event& server_event() { return lives("server 1").event; }

  template <typename Script>
  void play(Script script) {
    bool over = false;
    spawn([&]() -> asio::awaitable<void> {
      co_await script();
      over = true;
    });
    run_until([&] { return over; }, std::chrono::seconds(60));
    stop_server();
    run();
  }
};

}  // namespace adieu::tests
