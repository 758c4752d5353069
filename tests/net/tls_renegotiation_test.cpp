// TLS 1.2 lets a peer ask for another handshake: refused, and told as what it is.
#include "tls_peers.hpp"

#include <openssl/ssl.h>

namespace adieu::tests {
namespace {

using asio::awaitable;

class tls_12 : public tls_test {};

// OpenSSL's own ends give up with an alert once renegotiation is refused: that is no reset of the
// network's, and coming back helps nobody.
TEST_F(tls_12, a_peer_that_insists_on_renegotiation_is_told_as_what_it_is) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, wss(acceptor), client_handlers("client"));
  serve_tls();
  play([&]() -> awaitable<void> {
    raw_peer server = co_await answer(acceptor, raw_server_context(12));
    co_await server.let_open();
    raw_peer client = co_await raw_client(12);
    for (raw_peer* peer : {&server, &client}) {
      SSL_renegotiate(peer->tls->handle());
      peer->tls->handshake();
      co_await peer->send_raw(peer->tls->to_send());
      while (peer->tls->failed().empty()) co_await peer->read_some();
      EXPECT_EQ(peer->tls->failed(), "no renegotiation");
      co_await peer->send_raw(peer->tls->to_send());
      co_await peer->read_to_end();
    }
    acceptor.close();
  });
  for (const char* who : {"client", "server 1"}) {
    const close_event& e = lives(who).event;
    EXPECT_EQ(e.cause, cause::tls_failed) << who;
    EXPECT_EQ(e.code, 1015) << who;
    EXPECT_EQ(e.phase, phase::open) << who;
    EXPECT_EQ(e.initiator, initiator::none) << who;
    EXPECT_NE(explain(e).find("renegotiation of TLS 1.2"), std::string::npos) << explain(e);
    EXPECT_EQ(explain(e).find("come back"), std::string::npos) << explain(e);
  }
}

TEST_F(tls_12, a_peer_that_asked_for_renegotiation_and_then_goes_is_told_so_too) {
  serve_tls();
  play([&]() -> awaitable<void> {
    raw_peer client = co_await raw_client(12);
    SSL_renegotiate(client.tls->handle());
    client.tls->handshake();
    co_await client.send_raw(client.tls->to_send());
    client.cut();
    co_await client.read_to_end();
  });
  EXPECT_EQ(server_event().cause, cause::tls_failed) << explain(server_event());
}

}  // namespace
}  // namespace adieu::tests
