// A session remembers that its client has shown a certificate. It must not open the door of a site
// that would not take that certificate today. [RFC 8446 4.6.1]
#include "net/tls_visits.hpp"

#include <openssl/x509_vfy.h>

#include <ctime>

namespace adieu::tests {
namespace {

using asio::awaitable;
using tool::certificate;

class tls_client_certificates : public tls_visits, public ::testing::WithParamInterface<int> {
 protected:
  std::shared_ptr<asio::ssl::context> with(const certificate* shown,
                                           const std::string& chain = {}) {
    return client_context(GetParam(), shown, chain);
  }
};

TEST_P(tls_client_certificates, of_one_site_do_not_let_in_at_another_that_shares_its_ticket_keys) {
  const auto site_a = site(authority_a_), site_b = site(authority_b_);
  share_ticket_keys(*site_a);
  share_ticket_keys(*site_b);
  serve_tls({.tls = &*site_b});
  const auto at_a = also_serve({.tls = &*site_a});
  play_all([&]() -> awaitable<void> {
    const auto member = with(&known_to_a_), nobody = with(nullptr), of_b = with(&known_to_b_);
    const visit first = co_await come(at_a, *member);
    EXPECT_TRUE(first.let_in);
    EXPECT_FALSE((co_await come(*member)).let_in);
    EXPECT_FALSE((co_await come({*member, first.begun})).let_in);
    EXPECT_FALSE((co_await come({*nobody, first.begun})).let_in);
    const visit own = co_await come({*of_b, first.begun});
    EXPECT_TRUE(own.let_in) << "by a whole handshake";
    EXPECT_FALSE(own.resumed);
  });
}

// The sessions are kept by the application, for both.
SSL_SESSION* kept_elsewhere = nullptr;

void keep_sessions_elsewhere(asio::ssl::context& of) {
  SSL_CTX* const context = of.native_handle();
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(
      context, +[](SSL*, SSL_SESSION* made) {
        SSL_SESSION_free(std::exchange(kept_elsewhere, made));
        return 1;
      });
  SSL_CTX_sess_set_get_cb(
      context, +[](SSL*, const unsigned char*, int, int* copy) {
        *copy = 1;
        return kept_elsewhere;
      });
}

TEST_P(tls_client_certificates, of_one_site_do_not_let_in_at_another_that_shares_its_cache) {
  const auto site_a = site(authority_a_), site_b = site(authority_b_);
  keep_sessions_elsewhere(*site_a);
  keep_sessions_elsewhere(*site_b);
  serve_tls({.tls = &*site_b});
  const auto at_a = also_serve({.tls = &*site_a});
  play_all([&]() -> awaitable<void> {
    const auto member = with(&known_to_a_);
    const visit first = co_await come(at_a, *member);
    EXPECT_TRUE(first.let_in);
    EXPECT_FALSE((co_await come({*member, first.begun})).let_in);
    const visit second = co_await come(at_a, *member);
    EXPECT_TRUE((co_await come(at_a, {*member, second.begun})).resumed);
  });
  SSL_SESSION_free(std::exchange(kept_elsewhere, nullptr));
}

TEST_P(tls_client_certificates, are_resumed_on_one_server_and_on_another_of_its_context) {
  const auto only = site(authority_a_);
  serve_tls({.tls = &*only});
  const auto second = also_serve({.tls = &*only});
  play_all([&]() -> awaitable<void> {
    const auto member = with(&known_to_a_);
    visit last        = co_await come(*member);
    for (const std::uint16_t port : {server_->port(), second, second, server_->port()}) {
      last = co_await come(port, {*member, last.begun});
      EXPECT_TRUE(last.resumed);
      EXPECT_TRUE(last.let_in);
    }
  });
}

TEST_P(tls_client_certificates, are_not_needed_to_resume_where_none_is_wanted) {
  const auto only = site(authority_a_);
  only->set_verify_mode(asio::ssl::verify_none);
  serve_tls({.tls = &*only});
  const auto second = also_serve({.tls = &*only});
  play_all([&]() -> awaitable<void> {
    const auto anybody = with(nullptr);
    const visit first  = co_await come(*anybody);
    EXPECT_TRUE((co_await come(second, {*anybody, first.begun})).resumed);
  });
}

TEST_P(tls_client_certificates, that_are_wanted_but_not_needed_may_lack_in_a_session) {
  const auto only = site(authority_a_);
  only->set_verify_mode(asio::ssl::verify_peer);
  serve_tls({.tls = &*only});
  play([&]() -> awaitable<void> {
    const auto anybody = with(nullptr);
    const visit first  = co_await come(*anybody);
    EXPECT_TRUE(first.let_in);
    EXPECT_TRUE((co_await come({*anybody, first.begun})).resumed);
  });
}

// --- what has changed since ---

TEST_P(tls_client_certificates, that_lack_in_a_session_lack_where_they_have_become_needed) {
  const auto only = site(authority_a_);
  serve_tls({.tls = &*only});
  play([&]() -> awaitable<void> {
    const auto anybody = with(nullptr), member = with(&known_to_a_);
    for (const auto before : {asio::ssl::verify_none, asio::ssl::verify_peer}) {
      only->set_verify_mode(before);
      const visit first = co_await come(*anybody);
      EXPECT_TRUE(first.let_in);
      only->set_verify_mode(wanted);
      EXPECT_FALSE((co_await come({*anybody, first.begun})).let_in);
      const visit own = co_await come({*member, first.begun});
      EXPECT_TRUE(own.let_in);
      EXPECT_FALSE(own.resumed);
    }
  });
}

TEST_P(tls_client_certificates, that_have_expired_in_a_session_let_nobody_in) {
  const certificate old({.subject = "old", .begins = -48h, .ends = -1h}, authority_a_);
  const auto only = site(authority_a_);
  serve_tls({.tls = &*only});
  X509_VERIFY_PARAM* const today = SSL_CTX_get0_param(only->native_handle());
  play([&]() -> awaitable<void> {
    const auto member = with(&old);
    X509_VERIFY_PARAM_set_time(today, std::time(nullptr) - 24 * 3600);
    const visit yesterday = co_await come(*member);
    EXPECT_TRUE((co_await come({*member, yesterday.begun})).resumed);
    X509_VERIFY_PARAM_clear_flags(today, X509_V_FLAG_USE_CHECK_TIME);
    EXPECT_FALSE((co_await come({*member, yesterday.begun})).let_in);
  });
}

TEST_P(tls_client_certificates, in_a_session_are_those_of_an_authority_that_is_believed_today) {
  const auto only = site(authority_a_);
  serve_tls({.tls = &*only});
  play([&]() -> awaitable<void> {
    const auto member = with(&known_to_a_);
    const visit first = co_await come(*member);
    EXPECT_TRUE(first.let_in);
    SSL_CTX_set_cert_store(only->native_handle(), X509_STORE_new());
    EXPECT_FALSE((co_await come({*member, first.begun})).let_in);
  });
}

TEST_P(tls_client_certificates, in_a_session_are_shown_to_the_verify_callback) {
  const auto only = site(authority_a_);
  int asked       = 0;
  bool answer     = true;
  only->set_verify_callback([&](bool, asio::ssl::verify_context&) {
    ++asked;
    return answer;
  });
  serve_tls({.tls = &*only});
  play([&]() -> awaitable<void> {
    const auto of_b   = with(&known_to_b_);
    const visit first = co_await come(*of_b);
    EXPECT_TRUE(first.let_in) << "the callback has the last word";
    asked = 0;
    EXPECT_TRUE((co_await come({*of_b, first.begun})).resumed);
    EXPECT_GT(asked, 0);
    answer = false;
    EXPECT_FALSE((co_await come({*of_b, first.begun})).let_in);
  });
}

// A ticket holds the client's certificate, not what stands between it and the authority.
TEST_P(tls_client_certificates, from_below_another_let_in_and_resume_if_the_server_knows_that) {
  const certificate between({.subject = "between", .authority = true}, authority_a_);
  const certificate below({.subject = "below"}, between);
  const auto only = site(authority_a_);
  serve_tls({.tls = &*only});
  play([&]() -> awaitable<void> {
    const auto member = with(&below, between.pem());
    const visit first = co_await come(*member);
    EXPECT_TRUE(first.let_in);
    const visit second = co_await come({*member, first.begun});
    EXPECT_TRUE(second.let_in);
    EXPECT_FALSE(second.resumed);
    const std::string pem = between.pem();
    only->add_certificate_authority(asio::buffer(pem));
    const visit third = co_await come({*member, second.begun});
    EXPECT_TRUE(third.let_in);
    EXPECT_TRUE(third.resumed) << "what a whole handshake instead has begun";
  });
}

INSTANTIATE_TEST_SUITE_P(version_1, tls_client_certificates, ::testing::Values(12, 13));

}  // namespace
}  // namespace adieu::tests
