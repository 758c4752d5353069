// What sessions are called, so that one server resumes them and another does not; the application's
// own name for them; and the whole handshake that takes the place of what is not resumed.
#include "net/tls_visits.hpp"

namespace adieu::tests {
namespace {

using asio::awaitable;
using tool::certificate;

class tls_session_names : public tls_visits, public ::testing::WithParamInterface<int> {
 protected:
  std::shared_ptr<asio::ssl::context> with(const certificate* shown,
                                           const std::string& chain = {}) {
    return client_context(GetParam(), shown, chain);
  }
};

// --- the name of sessions ---

TEST_P(tls_session_names, of_one_authority_are_resumed_across_contexts_if_these_say_so) {
  const auto one = site(authority_a_), other = site(authority_a_);
  share_ticket_keys(*one);
  share_ticket_keys(*other);
  serve_tls({.tls = &*one, .tls_session_context = "a name of exactly thirty-two by"});
  const auto same =
      also_serve({.tls = &*other, .tls_session_context = "a name of exactly thirty-two by"});
  const auto another = also_serve({.tls = &*other, .tls_session_context = "a name"});
  const auto unnamed = also_serve({.tls = &*other});
  play_all([&]() -> awaitable<void> {
    const auto member = with(&known_to_a_);
    const visit first = co_await come(*member);
    EXPECT_TRUE((co_await come(same, {*member, first.begun})).resumed);
    for (const std::uint16_t port : {another, unnamed}) {
      const visit anew = co_await come(port, {*member, first.begun});
      EXPECT_TRUE(anew.let_in);
      EXPECT_FALSE(anew.resumed);
    }
  });
}

TEST_P(tls_session_names, of_another_authority_are_not_resumed_whatever_the_name) {
  const auto site_a = site(authority_a_), site_b = site(authority_b_);
  share_ticket_keys(*site_a);
  share_ticket_keys(*site_b);
  serve_tls({.tls = &*site_b, .tls_session_context = "both"});
  const auto at_a = also_serve({.tls = &*site_a, .tls_session_context = "both"});
  play_all([&]() -> awaitable<void> {
    const auto member = with(&known_to_a_), nobody = with(nullptr), of_b = with(&known_to_b_);
    const visit first = co_await come(at_a, *member);
    EXPECT_TRUE(first.let_in);
    EXPECT_FALSE((co_await come({*member, first.begun})).let_in);
    EXPECT_FALSE((co_await come({*nobody, first.begun})).let_in);
    const visit own = co_await come({*of_b, first.begun});
    EXPECT_TRUE(own.let_in);
    EXPECT_FALSE(own.resumed);
    EXPECT_TRUE((co_await come({*of_b, own.begun})).resumed);
  });
}

TEST_F(tls_visits, to_a_server_whose_name_for_sessions_is_too_long_are_none) {
  for (const bool tls : {true, false}) {
    server_options options{.tls = tls ? &test_server_context() : nullptr};
    options.tls_session_context = std::string(33, 'x');
    try {
      const server never(*io, options);
      ADD_FAILURE() << "taken";
    } catch (const system_error& refused) {
      EXPECT_EQ(refused.code(), make_error_code(error::bad_option));
    }
  }
}

// --- the application's context ---

TEST_P(tls_session_names, of_a_context_that_is_also_used_elsewhere_are_named_there_as_before) {
  const auto only                       = site(authority_a_);
  static constexpr unsigned char name[] = {'m', 'i', 'n', 'e'};
  SSL_CTX_set_session_id_context(only->native_handle(), name, sizeof name);
  serve_tls({.tls = &*only});
  const auto member = with(&known_to_a_);
  // What the application does with it, without us.
  session earlier;
  for (const bool again : {false, true}) {
    tls_filter theirs(*only, tls_filter::role::server);
    tls_filter client(*member, tls_filter::role::client);
    if (again) SSL_set_session(client.handle(), earlier.get());
    for (int i = 0; i < 3; ++i) {
      client.handshake();
      theirs.received(client.to_send());
      theirs.handshake();
      client.received(theirs.to_send());
      client.open();
    }
    EXPECT_EQ(theirs.failed() + client.failed(), "");
    EXPECT_EQ(client.resumed(), again);
    unsigned size           = 0;
    const auto* const begun = SSL_get0_session(theirs.handle());
    const auto* const what  = SSL_SESSION_get0_id_context(begun, &size);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(what), size), "mine");
    SSL_set_shutdown(client.handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    earlier = session(SSL_get1_session(client.handle()), SSL_SESSION_free);
  }
  play([&]() -> awaitable<void> {
    const visit first = co_await come({*member, earlier});
    EXPECT_TRUE(first.let_in);
    EXPECT_TRUE((co_await come({*member, first.begun})).resumed);
  });
}

// --- a whole handshake instead ---

TEST_P(tls_session_names, are_asked_for_anew_however_slowly_the_client_speaks) {
  const auto site_a = site(authority_a_), site_b = site(authority_b_);
  share_ticket_keys(*site_a);
  share_ticket_keys(*site_b);
  serve_tls({.tls = &*site_b});
  const auto at_a = also_serve({.tls = &*site_a});
  play_all([&]() -> awaitable<void> {
    const auto of_a = with(&known_to_a_), of_b = with(&known_to_b_);
    const visit first = co_await come(at_a, *of_a);
    visitor slow(*of_b, first.begun);
    slow.slowly      = true;
    const visit anew = co_await come(slow);
    EXPECT_TRUE(anew.let_in);
    EXPECT_FALSE(anew.resumed);
    slow.earlier = anew.begun;
    EXPECT_TRUE((co_await come(slow)).resumed) << "it is named as others are";
    slow.earlier = first.begun;
    EXPECT_TRUE((co_await come(at_a, slow)).resumed);
  });
}

// The client has to guess a group once more before it is answered. [RFC 8446 4.1.4]
TEST_F(tls_visits, of_clients_whose_guess_was_wrong_resume_or_do_not_like_others) {
  const certificate a({.subject = "authority A", .authority = true}),
      b({.subject = "authority B", .authority = true});
  const certificate known_to_a({.subject = "known to A"}, a), known_to_b({.subject = "b"}, b);
  const auto site_a = site(a), site_b = site(b);
  const auto of_a = client_context(13, &known_to_a), of_b = client_context(13, &known_to_b);
  for (const auto& each : {site_a, site_b}) {
    share_ticket_keys(*each);
    SSL_CTX_set1_groups_list(each->native_handle(), "P-384");
  }
  for (const auto& each : {of_a, of_b})
    SSL_CTX_set1_groups_list(each->native_handle(), "X25519:P-384");
  serve_tls({.tls = &*site_b, .tls_session_context = "both"});
  std::optional<server> at_a;
  at_a.emplace(*io, server_options{.tls = &*site_a, .tls_session_context = "both"}, served());
  play([&]() -> awaitable<void> {
    const visit first = co_await come(at_a->port(), *of_a);
    EXPECT_TRUE(first.let_in);
    EXPECT_TRUE((co_await come(at_a->port(), {*of_a, first.begun})).resumed);
    EXPECT_FALSE((co_await come({*of_a, first.begun})).let_in);
    const visit anew = co_await come({*of_b, first.begun});
    EXPECT_TRUE(anew.let_in);
    EXPECT_FALSE(anew.resumed);
    EXPECT_TRUE((co_await come({*of_b, anew.begun})).resumed);
    co_await at_a->async_shutdown({}, asio::use_awaitable);
    at_a.reset();
  });
}

// --- too late for one ---

/// A key that both sides have beforehand, as OpenSSL wants it.
SSL_SESSION* key_known_beforehand(SSL* to) {
  static constexpr unsigned char suite[] = {0x13, 0x01}, key[32] = "known to both";
  SSL_SESSION* const made = SSL_SESSION_new();
  SSL_SESSION_set1_master_key(made, key, sizeof key);
  SSL_SESSION_set_cipher(made, SSL_CIPHER_find(to, suite));
  SSL_SESSION_set_protocol_version(made, TLS1_3_VERSION);
  return made;
}

TEST_F(tls_visits, with_a_key_known_beforehand_need_a_certificate_all_the_same) {
  const certificate authority({.subject = "an authority", .authority = true});
  const auto only = site(authority);
  const auto with = client_context(13);
  SSL_CTX_set_ciphersuites(with->native_handle(), "TLS_AES_128_GCM_SHA256");  // as the key's
  SSL_CTX_set_psk_find_session_callback(
      only->native_handle(), +[](SSL* ssl, const unsigned char*, std::size_t, SSL_SESSION** found) {
        *found = key_known_beforehand(ssl);
        return 1;
      });
  SSL_CTX_set_psk_use_session_callback(
      with->native_handle(), +[](SSL* ssl, const EVP_MD*, const unsigned char** id,
                                 std::size_t* size, SSL_SESSION** used) {
        *id   = reinterpret_cast<const unsigned char*>("me");
        *size = 2;
        *used = key_known_beforehand(ssl);
        return 1;
      });
  std::vector<refusal> refused;
  serve_tls({.tls = &*only}, {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  play([&]() -> awaitable<void> {
    EXPECT_FALSE((co_await come(*with)).let_in);
    only->set_verify_mode(asio::ssl::verify_none);
    const visit how = co_await come(*with);
    EXPECT_TRUE(how.let_in);
    EXPECT_TRUE(how.resumed);
  });
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].cause, cause::tls_failed);
  EXPECT_EQ(refused[0].error.message(), "bad psk");
}

TEST_F(tls_visits, in_which_the_client_says_too_much_before_it_is_answered_are_refused) {
  std::vector<refusal> refused;
  serve_tls({}, {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  play([&]() -> awaitable<void> {
    raw_peer peer     = co_await knock();
    const auto letter = [](char c) { return std::string("\x16\x03\x01\x00\x01", 5) + c; };
    // A ClientHello of 60'000 bytes, each in a record of its own.
    std::string much = letter('\x01') + letter('\0') + letter('\xEA') + letter('\x60');
    for (int i = 0; i < 59'000; ++i) much += letter('x');
    co_await peer.send_raw(much);
    co_await peer.read_to_end();
  });
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].error.message(), "unexpected message");
}

INSTANTIATE_TEST_SUITE_P(version_1, tls_session_names, ::testing::Values(12, 13));

}  // namespace
}  // namespace adieu::tests
