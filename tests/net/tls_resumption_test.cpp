// Sessions of one host are not those of another: a server that shows several by SNI, each with a
// context of its own, and wants certificates of its clients. [RFC 6066 3, 11.1]
#include "net/tls_visits.hpp"

#include <openssl/ssl.h>

#include <tuple>

namespace adieu::tests {
namespace {

using asio::awaitable;

/// Where the application looks at the name: after OpenSSL has looked for the session, or before.
enum class chosen { by_name, by_hello };

class tls_resumption : public tls_visits,
                       public ::testing::WithParamInterface<std::tuple<int, chosen>> {
 protected:
  tls_resumption() {
    SSL_CTX* const given = first_->native_handle();
    SSL_CTX* const other = second_->native_handle();
    if (std::get<1>(GetParam()) == chosen::by_hello) {
      SSL_CTX_set_client_hello_cb(given, choose_by_hello, other);
      return;
    }
    SSL_CTX_set_tlsext_servername_callback(given, choose_by_name);
    SSL_CTX_set_tlsext_servername_arg(given, other);
  }

  static int choose_by_name(SSL* ssl, int*, void* second) {
    const char* const host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (host && std::string_view(host) == "second.test")
      SSL_set_SSL_CTX(ssl, static_cast<SSL_CTX*>(second));
    return SSL_TLSEXT_ERR_OK;
  }
  static int choose_by_hello(SSL* ssl, int*, void* second) {
    const unsigned char* at = nullptr;
    std::size_t size        = 0;
    SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &at, &size);
    if (std::string_view(reinterpret_cast<const char*>(at), size).ends_with("second.test"))
      SSL_set_SSL_CTX(ssl, static_cast<SSL_CTX*>(second));
    return SSL_CLIENT_HELLO_SUCCESS;
  }

  std::shared_ptr<asio::ssl::context> first_  = site(authority_a_);
  std::shared_ptr<asio::ssl::context> second_ = site(authority_b_);
  std::shared_ptr<asio::ssl::context> of_a_ = client_context(std::get<0>(GetParam()), &known_to_a_);
  std::shared_ptr<asio::ssl::context> of_b_ = client_context(std::get<0>(GetParam()), &known_to_b_);
};

TEST_P(tls_resumption, is_for_the_host_that_was_asked_for) {
  serve_tls({.tls = &*first_});
  play([&]() -> awaitable<void> {
    const visit first = co_await come({*of_a_, {}, "first.test"});
    EXPECT_TRUE((co_await come({*of_a_, first.begun, "first.test"})).resumed);
    const visit second = co_await come({*of_b_, {}, "second.test"});
    EXPECT_TRUE(second.let_in);
    EXPECT_TRUE((co_await come({*of_b_, second.begun, "second.test"})).resumed);
    const visit nameless = co_await come(*of_a_);
    EXPECT_TRUE((co_await come({*of_a_, nameless.begun})).resumed);
  });
}

TEST_P(tls_resumption, at_another_host_is_a_whole_handshake) {
  serve_tls({.tls = &*first_});
  play([&]() -> awaitable<void> {
    const visit first    = co_await come({*of_a_, {}, "first.test"});
    const visit nameless = co_await come(*of_a_);
    const visit second   = co_await come({*of_b_, {}, "second.test"});
    EXPECT_TRUE(first.let_in && nameless.let_in && second.let_in);
    for (const visit& other : {first, nameless}) {
      EXPECT_FALSE((co_await come({*of_a_, other.begun, "second.test"})).let_in);
      const visit own = co_await come({*of_b_, other.begun, "second.test"});
      EXPECT_TRUE(own.let_in);
      EXPECT_FALSE(own.resumed);
      EXPECT_TRUE((co_await come({*of_b_, own.begun, "second.test"})).resumed);
    }
    for (const char* host : {"first.test", static_cast<const char*>(nullptr)}) {
      EXPECT_FALSE((co_await come({*of_b_, second.begun, host})).let_in);
      const visit own = co_await come({*of_a_, second.begun, host});
      EXPECT_TRUE(own.let_in);
      EXPECT_FALSE(own.resumed);
    }
    EXPECT_FALSE((co_await come({*of_a_, nameless.begun, "first.test"})).resumed);
  });
}

INSTANTIATE_TEST_SUITE_P(each, tls_resumption,
                         ::testing::Combine(::testing::Values(12, 13),
                                            ::testing::Values(chosen::by_name, chosen::by_hello)),
                         [](const auto& info) {
                           return std::string(std::get<1>(info.param) == chosen::by_name
                                                  ? "by_name"
                                                  : "by_hello") +
                                  "_tls_" + std::to_string(std::get<0>(info.param));
                         });

}  // namespace
}  // namespace adieu::tests
