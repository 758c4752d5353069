// Contexts, and how a raw connection over TLS begins.
#include "tls_peers.hpp"

#include <boost/asio/this_coro.hpp>

#include <openssl/ssl.h>

namespace adieu::tests {
namespace {

void only(asio::ssl::context& context, int version) {
  const int wanted = version == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;
  SSL_CTX_set_min_proto_version(context.native_handle(), wanted);
  SSL_CTX_set_max_proto_version(context.native_handle(), wanted);
}

}  // namespace

asio::ssl::context& raw_client_context(int version) {
  static asio::ssl::context of[2] = {asio::ssl::context(asio::ssl::context::tls_client),
                                     asio::ssl::context(asio::ssl::context::tls_client)};
  only(of[version - 12], version);
  return of[version - 12];
}

asio::ssl::context& raw_server_context(int version) {
  static const auto make = [] {
    return server_context(tool::certificate(
        {.subject = "raw", .names = {"localhost"}, .addresses = {"127.0.0.1", "::1"}},
        test_authority()));
  };
  static const std::shared_ptr<asio::ssl::context> of[2] = {make(), make()};
  only(*of[version - 12], version);
  return *of[version - 12];
}

asio::awaitable<raw_peer> tls_test::knock(int version) {
  tcp::socket made(co_await asio::this_coro::executor);
  const tcp::endpoint to(asio::ip::address_v4::loopback(), server_->port());
  co_await made.async_connect(to, asio::use_awaitable);
  co_return raw_peer(std::move(made), std::make_unique<tls_filter>(raw_client_context(version),
                                                                   tls_filter::role::client));
}

asio::awaitable<raw_peer> tls_test::raw_client(int version) {
  raw_peer peer = co_await knock(version);
  co_await peer.handshake();
  co_await peer.ask_to_open();
  co_return peer;
}

asio::awaitable<raw_peer> tls_test::answer_tcp(tcp::acceptor& at, asio::ssl::context& with) {
  tcp::socket connected = co_await at.async_accept(asio::use_awaitable);
  co_return raw_peer(std::move(connected),
                     std::make_unique<tls_filter>(with, tls_filter::role::server));
}

asio::awaitable<raw_peer> tls_test::answer(tcp::acceptor& at, asio::ssl::context& with) {
  raw_peer peer = co_await answer_tcp(at, with);
  co_await peer.handshake();
  co_return peer;
}

}  // namespace adieu::tests
