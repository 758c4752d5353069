// Whom a client believes: names, wildcards, addresses, dates and authorities, each certificate
// taken or refused as it should be, each refusal with an event that names the reason. [RFC 6125,
// RFC 9525]
#include "tls_peers.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstring>
#include <dlfcn.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <ostream>

// Names below .test are this machine: no resolver is asked.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  using function          = int(const char*, const char*, const addrinfo*, addrinfo**);
  static auto* const real = reinterpret_cast<function*>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string_view name(node ? node : "");
  const bool here = name.ends_with(".test") || name.ends_with(".test.");
  return real(here ? "127.0.0.1" : node, service, hints, found);
}

namespace adieu::tests {
namespace {

using tool::certificate;
using tool::certificate_wishes;

enum class signer { authority, itself, a_stranger };

struct host_case {
  const char* title;
  const char* host;
  certificate_wishes shown;
  signer by = signer::authority;
  /// "" if it is to be taken.
  const char* reason = "";
};
void PrintTo(const host_case& c, std::ostream* to) { *to << c.title; }

class tls_hosts : public tls_test, public ::testing::WithParamInterface<host_case> {};

TEST_P(tls_hosts, are_believed_or_not) {
  const host_case& c = GetParam();
  const certificate stranger({.subject = "a stranger", .authority = true});
  const auto shown =
      c.by == signer::itself
          ? certificate(c.shown)
          : certificate(c.shown, c.by == signer::authority ? test_authority() : stranger);
  const auto context = server_context(shown);
  std::vector<refusal> refused;
  serve_tls({.address = std::strchr(c.host, '[') ? "::1" : "127.0.0.1", .tls = &*context},
            {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  websocket ws(*io, wss(c.host),
               client_handlers("client", {.on_open = [](websocket& w) { w.close(); }}));
  run_until([&] { return ws.closed() && server_->connections() == 0; });
  const close_event& e = lives("client").event;
  if (*c.reason == '\0') {
    EXPECT_TRUE(e.was_clean) << explain(e);
  } else {
    EXPECT_EQ(e.cause, cause::tls_failed) << explain(e);
    EXPECT_EQ(e.code, 1015);
    EXPECT_EQ(e.phase, phase::tls);
    EXPECT_FALSE(e.was_clean);
    EXPECT_EQ(e.initiator, initiator::none);
    EXPECT_EQ(e.error.message(), c.reason);
    EXPECT_NE(e.note.find(c.reason), std::string::npos) << e.note;
    EXPECT_NE(explain(e).find(c.reason), std::string::npos) << explain(e);
    // The server is told by an alert, not left to guess.
    run_until([&] { return refused.size() == 1; });
    EXPECT_EQ(refused[0].cause, cause::tls_failed);
    EXPECT_NE(refused[0].error.message().find("alert"), std::string::npos)
        << refused[0].error.message();
  }
  // Whoever asks for it takes anything.
  websocket careless(*io, wss(c.host), {.verify_peer = false},
                     client_handlers("careless", {.on_open = [](websocket& w) { w.close(); }}));
  run_until([&] { return careless.closed() && server_->connections() == 0; });
  EXPECT_TRUE(lives("careless").event.was_clean) << explain(lives("careless").event);
  stop_server();
  run();
}

constexpr auto hostname_mismatch = "hostname mismatch";
constexpr auto address_mismatch  = "IP address mismatch";
constexpr auto hour              = std::chrono::hours(1);

const std::vector<host_case> cases = {
    {"the_name", "www.example.test", {.names = {"www.example.test"}}},
    {"the_name_in_capitals", "WWW.EXAMPLE.test", {.names = {"www.Example.TEST"}}},
    {"the_name_with_a_last_dot", "www.example.test.", {.names = {"www.example.test"}}},
    {"one_of_several_names", "b.test", {.names = {"a.test", "b.test", "c.test"}}},
    {"another_name", "www.example.test", {.names = {"mail.example.test"}}, {}, hostname_mismatch},
    {"the_domain_above", "www.example.test", {.names = {"example.test"}}, {}, hostname_mismatch},
    {"a_name_below", "example.test", {.names = {"www.example.test"}}, {}, hostname_mismatch},
    {"only_the_common_name",
     "www.example.test",
     {.subject = "www.example.test"},
     {},
     hostname_mismatch},
    {"no_name_at_all", "www.example.test", {}, {}, hostname_mismatch},
    {"a_wildcard", "www.example.test", {.names = {"*.example.test"}}},
    {"a_wildcard_is_one_label",
     "a.b.example.test",
     {.names = {"*.example.test"}},
     {},
     hostname_mismatch},
    {"a_wildcard_is_not_none",
     "example.test",
     {.names = {"*.example.test"}},
     {},
     hostname_mismatch},
    {"a_wildcard_not_on_the_left",
     "www.example.test",
     {.names = {"www.*.test"}},
     {},
     hostname_mismatch},
    {"a_part_of_a_label",
     "www.example.test",
     {.names = {"w*.example.test"}},
     {},
     hostname_mismatch},
    {"a_wildcard_for_everything", "example.test", {.names = {"*"}}, {}, hostname_mismatch},
    // OpenSSL alone takes none of these, as nobody else refuses them.
    {"an_underscore_under_a_wildcard", "a_b.example.test", {.names = {"*.example.test"}}},
    {"an_underscore_and_a_last_dot", "_a_.example.test.", {.names = {"*.Example.test"}}},
    {"an_underscore_behind_a_wildcard", "www.a_b.example.test", {.names = {"*.a_b.example.test"}}},
    {"an_underscore_in_the_name", "a_b.example.test", {.names = {"a_b.example.test"}}},
    {"an_underscore_is_no_hyphen",
     "a_b.example.test",
     {.names = {"a-b.example.test", "ab.example.test"}},
     {},
     hostname_mismatch},
    {"an_underscore_under_another_wildcard",
     "a_b.example.test",
     {.names = {"*.other.test", "*.a_b.example.test", "*.example.com"}},
     {},
     hostname_mismatch},
    {"an_underscore_under_a_wildcard_is_one_label",
     "a.b_c.example.test",
     {.names = {"*.example.test"}},
     {},
     hostname_mismatch},
    {"an_underscore_under_a_wildcard_for_a_top_level_domain",
     "a_b.test",
     {.names = {"*.test"}},
     {},
     hostname_mismatch},
    {"no_underscore_under_a_wildcard_for_a_top_level_domain",
     "ab.test",
     {.names = {"*.test"}},
     {},
     hostname_mismatch},
    {"an_underscore_and_a_part_of_a_label",
     "a_b.example.test",
     {.names = {"a_*.example.test", "a*.example.test", "*b.example.test"}},
     {},
     hostname_mismatch},
    {"an_underscore_under_the_common_name_only",
     "a_b.example.test",
     {.subject = "*.example.test"},
     {},
     hostname_mismatch},
    {"an_underscore_alone", "a_b.example.test", {.names = {"*"}}, {}, hostname_mismatch},
    {"an_international_name_with_an_underscore",
     "xn--a_b.example.test",
     {.names = {"*.example.test"}}},
    {"an_ipv4_address", "127.0.0.1", {.addresses = {"127.0.0.1"}}},
    {"an_ipv6_address", "[::1]", {.addresses = {"::1"}}},
    {"another_address", "127.0.0.1", {.addresses = {"127.0.0.2"}}, {}, address_mismatch},
    {"another_ipv6_address", "[::1]", {.addresses = {"::2"}}, {}, address_mismatch},
    {"an_address_as_a_name", "127.0.0.1", {.names = {"127.0.0.1"}}, {}, address_mismatch},
    {"an_address_as_the_common_name", "127.0.0.1", {.subject = "127.0.0.1"}, {}, address_mismatch},
    {"a_name_for_an_address", "localhost", {.addresses = {"127.0.0.1"}}, {}, hostname_mismatch},
    {"expired",
     "www.example.test",
     {.names = {"www.example.test"}, .begins = -2 * hour, .ends = -hour},
     {},
     "certificate has expired"},
    {"not_yet_valid",
     "www.example.test",
     {.names = {"www.example.test"}, .begins = hour, .ends = 2 * hour},
     {},
     "certificate is not yet valid"},
    {"self_signed",
     "www.example.test",
     {.names = {"www.example.test"}},
     signer::itself,
     "self-signed certificate"},
    {"an_unknown_authority",
     "www.example.test",
     {.names = {"www.example.test"}},
     signer::a_stranger,
     "unable to get local issuer certificate"},
};
INSTANTIATE_TEST_SUITE_P(each, tls_hosts, ::testing::ValuesIn(cases),
                         [](const auto& info) { return std::string(info.param.title); });

class tls_contexts : public tls_test {};

TEST_F(tls_contexts, of_asio_verify_nobody_yet_a_client_does) {
  const auto strange = server_context(certificate({.subject = "self", .addresses = {"127.0.0.1"}}));
  serve_tls({.tls = &*strange});
  asio::ssl::context mine(asio::ssl::context::tls_client);
  ASSERT_EQ(SSL_CTX_get_verify_mode(mine.native_handle()), SSL_VERIFY_NONE);
  websocket ws(*io, wss(), {.tls = &mine}, client_handlers("client"));
  run_until([&] { return ws.closed() != nullptr; });
  EXPECT_EQ(ws.closed()->cause, cause::tls_failed);
  stop_server();
  run();
}

TEST_F(tls_contexts, may_die_once_the_constructors_have_returned) {
  auto of_server = server_context(
      certificate({.subject = "short", .addresses = {"127.0.0.1"}}, test_authority()));
  serve_tls({.tls = &*of_server});
  of_server.reset();
  const std::string authority = test_authority().pem();
  auto mine = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  mine->add_certificate_authority(asio::buffer(authority));
  websocket ws(*io, wss(), {.tls = &*mine},
               client_handlers("client", {.on_open = [](websocket& w) { w.close(); }}));
  mine.reset();
  run_until([&] { return ws.closed() != nullptr; });
  EXPECT_TRUE(ws.closed()->was_clean) << explain(*ws.closed());
  stop_server();
  run();
}

TEST_F(tls_contexts, a_verify_callback_of_the_applications_has_the_last_word) {
  serve_tls();
  asio::ssl::context mine(asio::ssl::context::tls_client);
  int asked = 0;
  mine.set_verify_callback([&](bool, asio::ssl::verify_context&) {
    ++asked;
    return true;
  });
  websocket ws(*io, wss(), {.tls = &mine},
               client_handlers("client", {.on_open = [](websocket& w) { w.close(); }}));
  run_until([&] { return ws.closed() != nullptr; });
  EXPECT_TRUE(ws.closed()->was_clean) << explain(*ws.closed());
  EXPECT_GT(asked, 0);
  stop_server();
  run();
}

class tls_hello : public tls_test, public ::testing::WithParamInterface<bool> {};

// [RFC 6455 4.1, step 5; RFC 6066 3: an address is no name]
TEST_P(tls_hello, is_the_first_thing_that_client_says_and_names_the_host_unless_it_is_an_address) {
  const std::string host = GetParam() ? "hello.test" : "127.0.0.1";
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, wss(acceptor, host), client_handlers("client"));
  std::string hello;
  spawn([&]() -> asio::awaitable<void> {
    tcp::socket plain = co_await acceptor.async_accept(asio::use_awaitable);
    // A record's head of five bytes, then what it says it holds.
    hello.resize(5);
    co_await asio::async_read(plain, asio::buffer(hello), asio::use_awaitable);
    const auto byte = [&](int i) {
      return static_cast<unsigned char>(hello[static_cast<std::size_t>(i)]);
    };
    hello.resize(5 + (byte(3) << 8 | byte(4)));
    co_await asio::async_read(plain, asio::buffer(hello) + 5, asio::use_awaitable);
  });
  run_until([&] { return ws.closed() != nullptr; });
  ASSERT_GT(hello.size(), 100u);
  EXPECT_EQ(hello[0], 22) << "a record of the handshake";
  EXPECT_EQ(hello[5], 1) << "a ClientHello";
  EXPECT_EQ(hello.find("GET"), std::string::npos);
  EXPECT_EQ(hello.find("hello.test") != std::string::npos, GetParam());
  EXPECT_EQ(hello.find("127.0.0.1"), std::string::npos);
  run();
}
INSTANTIATE_TEST_SUITE_P(hosts, tls_hello, ::testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "a_name" : "an_address");
});

}  // namespace
}  // namespace adieu::tests
