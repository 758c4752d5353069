// Sessions of one host are not those of another: a server that shows several by SNI, each with a
// context of its own, and wants certificates of its clients. [RFC 6066 11.1]
#include "tls_peers.hpp"

#include <openssl/ssl.h>

namespace adieu::tests {
namespace {

using asio::awaitable;

class tls_resumption : public tls_test {
 protected:
  tls_resumption() {
    for (auto* context : {&*first_, &*second_}) {
      const std::string authority = test_authority().pem();
      context->add_certificate_authority(asio::buffer(authority));
      context->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    }
    // The server names the context that it is given; this one is the application's own.
    static constexpr unsigned char name[] = "second";
    SSL_CTX_set_session_id_context(second_->native_handle(), name, sizeof name);
    SSL_CTX_set_tlsext_servername_callback(
        first_->native_handle(), +[](SSL* ssl, int*, void* second) {
          const char* const host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
          if (host && std::string_view(host) == "second.test")
            SSL_set_SSL_CTX(ssl, static_cast<SSL_CTX*>(second));
          return SSL_TLSEXT_ERR_OK;
        });
    SSL_CTX_set_tlsext_servername_arg(first_->native_handle(), second_->native_handle());
    const tool::certificate shown({.subject = "a client"}, test_authority());
    const std::string pem = shown.pem(), key = shown.key_pem();
    mine_.use_certificate_chain(asio::buffer(pem));
    mine_.use_private_key(asio::buffer(key), asio::ssl::context::pem);
  }

  static std::shared_ptr<asio::ssl::context> shown_by(const char* host) {
    return server_context(tool::certificate({.subject = host, .names = {host}}, test_authority()));
  }

  using session = std::shared_ptr<SSL_SESSION>;

  awaitable<raw_peer> knock_at(const char* host, const session& earlier) {
    tcp::socket made(co_await asio::this_coro::executor);
    const tcp::endpoint to(asio::ip::address_v4::loopback(), server_->port());
    co_await made.async_connect(to, asio::use_awaitable);
    raw_peer peer(std::move(made), std::make_unique<tls_filter>(mine_, tls_filter::role::client));
    SSL* const ssl = peer.tls->handle();
    if (host) SSL_set_tlsext_host_name(ssl, host);
    if (earlier) SSL_set_session(ssl, earlier.get());
    co_return peer;
  }
  awaitable<void> is_refused(const char* host, const session& earlier) {
    raw_peer peer = co_await knock_at(host, earlier);
    co_await peer.handshake();
    co_await peer.read_to_end();
  }

  /// A whole connection to that host, with an earlier session or none. Gives its own, and whether
  /// the earlier one was taken.
  awaitable<std::pair<session, bool>> visit(const char* host, const session& earlier = {}) {
    raw_peer peer  = co_await knock_at(host, earlier);
    SSL* const ssl = peer.tls->handle();
    co_await peer.handshake();
    const bool taken = peer.tls->resumed();
    co_await peer.ask_to_open();
    co_await peer.send(raw_close(1000, "", true));
    co_await peer.read_to_end();
    EXPECT_EQ(peer.tls->failed(), "") << (host ? host : "no name");
    // OpenSSL resumes no session of a connection that was freed without having been shut down.
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    co_return std::pair(session(SSL_get1_session(ssl), SSL_SESSION_free), taken);
  }

  std::shared_ptr<asio::ssl::context> first_  = shown_by("first.test");
  std::shared_ptr<asio::ssl::context> second_ = shown_by("second.test");
  asio::ssl::context mine_{asio::ssl::context::tls_client};
};

TEST_F(tls_resumption, a_ticket_of_one_host_is_not_taken_by_another) {
  std::vector<refusal> refused;
  serve_tls({.tls = &*first_}, {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  play([&]() -> awaitable<void> {
    const auto first  = co_await visit("first.test");
    const auto second = co_await visit("second.test");
    EXPECT_TRUE((co_await visit("first.test", first.first)).second) << "it does not resume at all";
    EXPECT_TRUE((co_await visit("second.test", second.first)).second) << "the second host does not";
    co_await is_refused("second.test", first.first);
    co_await is_refused("first.test", second.first);
    const auto nameless = co_await visit(nullptr);
    EXPECT_TRUE((co_await visit(nullptr, nameless.first)).second);
    co_await is_refused("second.test", nameless.first);
    co_await is_refused(nullptr, second.first);
  });
  EXPECT_EQ(refused.size(), 4u);
  for (const refusal& r : refused) {
    EXPECT_EQ(r.cause, cause::tls_failed);
    EXPECT_EQ(r.error.message(), "bad psk");
  }
}

}  // namespace
}  // namespace adieu::tests
