// How such clients come.
#include "net/tls_visits.hpp"

#include <boost/asio/this_coro.hpp>

namespace adieu::tests {

std::shared_ptr<asio::ssl::context> tls_visits::client_context(int version,
                                                               const tool::certificate* shown,
                                                               const std::string& chain) {
  auto made        = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  const int number = version == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;
  SSL_CTX_set_min_proto_version(made->native_handle(), number);
  SSL_CTX_set_max_proto_version(made->native_handle(), number);
  if (!shown) return made;
  const std::string pem = shown->pem() + chain, key = shown->key_pem();
  made->use_certificate_chain(asio::buffer(pem));
  made->use_private_key(asio::buffer(key), asio::ssl::context::pem);
  return made;
}

std::shared_ptr<asio::ssl::context> tls_visits::site(const tool::certificate& authority) {
  auto made = server_context(
      tool::certificate({.subject = "site", .addresses = {"127.0.0.1"}}, test_authority()));
  const std::string pem = authority.pem();
  made->add_certificate_authority(asio::buffer(pem));
  made->set_verify_mode(wanted);
  return made;
}

void tls_visits::share_ticket_keys(asio::ssl::context& with) {
  unsigned char keys[80] = "the same keys for every context that is given them";
  ASSERT_EQ(SSL_CTX_set_tlsext_ticket_keys(with.native_handle(), keys, sizeof keys), 1);
}

asio::awaitable<tls_visits::visit> tls_visits::come(std::uint16_t port, visitor who) {
  tcp::socket made(co_await asio::this_coro::executor);
  const tcp::endpoint to(asio::ip::address_v4::loopback(), port);
  co_await made.async_connect(to, asio::use_awaitable);
  raw_peer peer(std::move(made), std::make_unique<tls_filter>(who.as, tls_filter::role::client));
  SSL* const ssl = peer.tls->handle();
  if (who.host) SSL_set_tlsext_host_name(ssl, who.host);
  if (who.earlier) SSL_set_session(ssl, who.earlier.get());
  if (who.slowly) {
    peer.tls->handshake();
    for (const char c : peer.tls->to_send()) co_await peer.send_raw(std::string(1, c));
  }
  co_await peer.handshake();

  visit how;
  how.resumed = peer.tls->resumed();
  if (!SSL_is_init_finished(ssl)) co_return how;
  co_await peer.send(raw_peer::request());
  how.let_in = (co_await peer.read_head()).starts_with("HTTP/1.1 101");
  if (how.let_in) {  // else the end has been read
    co_await peer.send(raw_close(1000, "", true));
    co_await peer.read_to_end();
  }
  // OpenSSL resumes no session of a connection that was freed without having been shut down.
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  how.begun = session(SSL_get1_session(ssl), SSL_SESSION_free);
  co_return how;
}

}  // namespace adieu::tests
