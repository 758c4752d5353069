// What a client remembers of servers is used only as long as it would begin in the same way: the
// context may have been changed meanwhile. [RFC 8446 4.6.1, 6.2]
#include "tls_peers.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace adieu::tests {
namespace {

using asio::awaitable;
using tool::certificate;

class tls_tickets : public tls_test, public ::testing::WithParamInterface<int> {
 protected:
  tls_tickets() {
    const int version = GetParam() == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX_set_max_proto_version(shown_->native_handle(), version);
    const std::string pem = test_authority().pem();
    mine_.add_certificate_authority(asio::buffer(pem));
  }
  void show(asio::ssl::context& to_be_shown_by, const certificate& which,
            const std::string& chain = {}) {
    const std::string pem = which.pem() + chain, key = which.key_pem();
    to_be_shown_by.use_certificate_chain(asio::buffer(pem));
    to_be_shown_by.use_private_key(asio::buffer(key), asio::ssl::context::pem);
  }

  /// A connection of ours to a raw server, which then does as it is told. Whether it resumed.
  enum class then { open, vanish };
  awaitable<bool> connect(then what = then::open) {
    const std::string name = "client " + std::to_string(++clients_);
    websocket ws(*io, wss(acceptor_), {.tls = &mine_}, client_handlers(name));
    raw_peer peer      = co_await answer(acceptor_, *shown_);
    const bool resumed = peer.tls->resumed();
    if (what == then::open && peer.tls->failed().empty()) {
      co_await peer.let_open(raw_close(1000, "", false));
      co_await peer.read_frames(1);
    }
    if (peer.tls->failed().empty()) peer.end_sending();
    peer.cut();
    co_await ws.async_closed(asio::use_awaitable);
    co_return resumed;
  }
  const close_event& last() { return lives("client " + std::to_string(clients_)).event; }

  tcp::acceptor acceptor_ = listen_here(*io);
  std::shared_ptr<asio::ssl::context> shown_ =
      server_context(certificate({.subject = "raw", .addresses = {"127.0.0.1"}}, test_authority()));
  asio::ssl::context mine_{asio::ssl::context::tls_client};
  int clients_ = 0;
};

TEST_P(tls_tickets, are_not_used_by_who_shows_another_certificate) {
  const certificate a({.subject = "A"}, test_authority()), b({.subject = "B"}, test_authority());
  play([&]() -> awaitable<void> {
    EXPECT_FALSE(co_await connect());
    EXPECT_TRUE(co_await connect());
    for (const certificate* mine : {&a, &b, &a}) {
      show(mine_, *mine);
      EXPECT_FALSE(co_await connect());
      EXPECT_TRUE(co_await connect());
      show(mine_, *mine);  // the same once more
      EXPECT_TRUE(co_await connect());
    }
    acceptor_.close();
  });
}

TEST_P(tls_tickets, of_a_server_that_is_not_believed_any_more_are_not_used) {
  play([&]() -> awaitable<void> {
    co_await connect();
    EXPECT_TRUE(co_await connect());
    SSL_CTX_set_cert_store(mine_.native_handle(), X509_STORE_new());
    EXPECT_FALSE(co_await connect());
    EXPECT_EQ(last().cause, cause::tls_failed);
    EXPECT_EQ(last().error.message(), "unable to get local issuer certificate");
    acceptor_.close();
  });
}

TEST_P(tls_tickets, are_shown_to_the_verify_callback) {
  int asked   = 0;
  bool answer = true;
  mine_.set_verify_callback([&](bool, asio::ssl::verify_context&) {
    ++asked;
    return answer;
  });
  play([&]() -> awaitable<void> {
    co_await connect();
    asked = 0;
    EXPECT_TRUE(co_await connect());
    EXPECT_GT(asked, 0);
    answer = false;
    EXPECT_FALSE(co_await connect());
    EXPECT_EQ(last().cause, cause::tls_failed);
    acceptor_.close();
  });
}

TEST_P(tls_tickets, of_a_server_below_another_authority_are_used) {
  const certificate between({.subject = "between", .authority = true}, test_authority());
  show(*shown_, certificate({.subject = "below", .addresses = {"127.0.0.1"}}, between),
       between.pem());
  play([&]() -> awaitable<void> {
    EXPECT_FALSE(co_await connect());
    EXPECT_TRUE(co_await connect());
    EXPECT_TRUE(co_await connect());
    acceptor_.close();
  });
}

TEST_P(tls_tickets, that_made_a_connection_fail_are_forgotten) {
  play([&]() -> awaitable<void> {
    co_await connect();
    EXPECT_TRUE(co_await connect(then::vanish));
    EXPECT_FALSE(co_await connect());
    EXPECT_TRUE(co_await connect());
    acceptor_.close();
  });
}

TEST_P(tls_tickets, are_not_used_once_the_cache_is_off) {
  play([&]() -> awaitable<void> {
    co_await connect();
    EXPECT_TRUE(co_await connect());
    SSL_CTX_set_session_cache_mode(mine_.native_handle(), SSL_SESS_CACHE_OFF);
    EXPECT_FALSE(co_await connect());
    acceptor_.close();
  });
}

INSTANTIATE_TEST_SUITE_P(version_1, tls_tickets, ::testing::Values(12, 13));

}  // namespace
}  // namespace adieu::tests
