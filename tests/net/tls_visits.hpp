// Clients that come with a certificate, or with a session that they or somebody else began on an
// earlier visit, and what a server makes of it. In raw bytes: ours would not do it.
#pragma once

#include "tls_peers.hpp"

#include <openssl/ssl.h>

namespace adieu::tests {

class tls_visits : public tls_test {
 protected:
  using session = std::shared_ptr<SSL_SESSION>;

  struct visit {
    session begun = {};
    bool resumed  = false;  // the earlier one was taken
    bool let_in   = false;  // answered with 101
  };
  // No aggregate: g++ 12 copies one bit by bit in a co_await expression.
  struct visitor {
    visitor(asio::ssl::context& with, session earlier_visit = {}, const char* sni = nullptr)
        : as(with), earlier(std::move(earlier_visit)), host(sni) {}
    asio::ssl::context& as;
    session earlier;
    const char* host;
    bool slowly = false;  // every byte of the first flight in a write of its own
  };

  /// A client's, of that version of TLS only; without a certificate if there is none.
  static std::shared_ptr<asio::ssl::context> client_context(int version,
                                                            const tool::certificate* shown = {},
                                                            const std::string& chain       = {});
  /// A server's that lets in whom an authority knows.
  static std::shared_ptr<asio::ssl::context> site(const tool::certificate& authority);
  static constexpr auto wanted = asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert;
  /// Their tickets are encrypted with the same keys, as those of several processes may be.
  static void share_ticket_keys(asio::ssl::context& with);

  /// Another server of the test, beside that of serve_tls(). Before play_all().
  std::uint16_t also_serve(server_options options) {
    return others_.emplace_back(*io, std::move(options), served()).port();
  }
  template <typename Script>
  void play_all(Script script) {
    play([&]() -> asio::awaitable<void> {
      co_await script();
      for (server& each : others_) co_await each.async_shutdown({}, asio::use_awaitable);
      others_.clear();
    });
  }

  /// A whole connection. Nothing is expected of it.
  asio::awaitable<visit> come(std::uint16_t port, visitor who);
  asio::awaitable<visit> come(visitor who) { return come(server_->port(), std::move(who)); }

  const tool::certificate authority_a_{{.subject = "authority A", .authority = true}};
  const tool::certificate authority_b_{{.subject = "authority B", .authority = true}};
  const tool::certificate known_to_a_{{.subject = "known to A"}, authority_a_};
  const tool::certificate known_to_b_{{.subject = "known to B"}, authority_b_};

 private:
  std::vector<server> others_;
};

}  // namespace adieu::tests
