// What a client asks and what it makes of the answer. [RFC 6455 4.1]
#include "protocol/client_opening.hpp"

#include "http/accept_key.hpp"
#include "protocol/written_head.hpp"

#include <gtest/gtest.h>

namespace adieu::inline v1::protocol {
namespace {

using verdict = client_opening::verdict;
using namespace std::chrono_literals;

constexpr std::array<std::byte, 16> key{};  // AAAAAAAAAAAAAAAAAAAAAA==

std::string right_accept() { return http::accept_key("AAAAAAAAAAAAAAAAAAAAAA=="); }

client_opening opening(const websocket_options& options = {}) {
  return client_opening(*http::parse_url("ws://example.com:9001/chat?x=1").value, options, key);
}

struct answer : written_head<answer> {
  answer()
      : written_head{"HTTP/1.1 101 Switching Protocols",
                     {{"Upgrade", "websocket"},
                      {"Connection", "Upgrade"},
                      {"Sec-WebSocket-Accept", right_accept()}}} {}
};

verdict read(client_opening& o, std::string_view bytes, std::size_t& used) {
  return o.receive(std::as_bytes(std::span(bytes.data(), bytes.size())), used);
}
verdict read(client_opening& o, std::string_view bytes) {
  std::size_t used = 0;
  return read(o, bytes, used);
}

void expect_refused(const std::string& bytes, unsigned status) {
  auto o = opening({.subprotocols = {"chat", "v2"}});
  EXPECT_EQ(read(o, bytes), verdict::refused) << bytes;
  EXPECT_EQ(o.status(), status) << bytes;
  EXPECT_FALSE(o.why().empty());
}
void expect_refused(const answer& a) { expect_refused(a.bytes(), 101); }

TEST(ClientOpening, client_asks_with_these_bytes) {
  EXPECT_EQ(opening({.headers      = {{"Authorization", "Bearer x"}},
                     .subprotocols = {"chat", "v2"},
                     .origin       = "https://example.com"})
                .request(),
            "GET /chat?x=1 HTTP/1.1\r\nHost: example.com:9001\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\nOrigin: https://example.com\r\n"
            "Sec-WebSocket-Protocol: chat, v2\r\nSec-WebSocket-Extensions: permessage-deflate; "
            "server_no_context_takeover; client_no_context_takeover; client_max_window_bits\r\n"
            "Authorization: Bearer x\r\n\r\n");
  EXPECT_EQ(opening({.connection = {.deflate = {.enabled = false}}}).request().find("Extensions"),
            std::string::npos);
  EXPECT_EQ(opening().request().find("Origin"), std::string::npos);
  EXPECT_EQ(opening().request().find("Protocol"), std::string::npos);
}

TEST(ClientOpening, client_is_open_by_the_right_answer_and_leaves_the_frames_behind_it) {
  auto o                  = opening();
  const std::string bytes = answer().bytes();
  std::size_t used        = 0;
  EXPECT_EQ(read(o, bytes + "\x81\x05hello", used), verdict::open);
  EXPECT_EQ(used, bytes.size());
  EXPECT_EQ(o.status(), 101u);
  EXPECT_EQ(o.subprotocol(), "");
}

TEST(ClientOpening, client_reads_an_answer_cut_at_any_byte) {
  const std::string bytes = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer().bytes();
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    auto o           = opening();
    std::size_t used = 0;
    ASSERT_EQ(read(o, bytes.substr(0, cut), used), verdict::incomplete) << cut;
    ASSERT_EQ(used, cut);
    ASSERT_EQ(read(o, bytes.substr(cut) + "x", used), verdict::open) << cut;
    ASSERT_EQ(used, bytes.size() - cut);
  }
}

TEST(ClientOpening, client_takes_names_and_tokens_in_any_case) {
  answer odd;
  odd.fields = {{"UPGRADE", "WebSocket"},
                {"connection", "keep-alive, uPGRADE"},
                {"sec-websocket-ACCEPT", right_accept()},
                {"Sec-WebSocket-Extensions", ""}};
  auto o     = opening();
  EXPECT_EQ(read(o, odd.bytes()), verdict::open) << o.why();
}

TEST(ClientOpening, client_refuses_a_101_with_something_missing) {
  for (const char* name : {"Upgrade", "Connection", "Sec-WebSocket-Accept"})
    expect_refused(answer().drop(name));
}

TEST(ClientOpening, client_refuses_a_101_with_something_wrong) {
  for (const char* v : {"", "websocket2", "h2c", "websocket, h2c"})
    expect_refused(answer().set("Upgrade", v));
  expect_refused(answer().add("Upgrade", "h2c"));
  for (const char* v : {"", "close", "upgraded"}) expect_refused(answer().set("Connection", v));
  std::string lower = right_accept();
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  for (const std::string& v :
       {std::string(), lower, right_accept() + "=", std::string("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")})
    expect_refused(answer().set("Sec-WebSocket-Accept", v));
  answer old;
  old.line = "HTTP/1.0 101 Switching Protocols";
  expect_refused(old);
}

TEST(ClientOpening, client_refuses_a_101_with_two_accepts_even_if_both_are_right) {
  expect_refused(answer().add("Sec-WebSocket-Accept", right_accept()));
  expect_refused(answer().add("Sec-WebSocket-Accept", "wrong"));
}

TEST(ClientOpening, client_agrees_to_an_answer_to_its_offer_of_compression) {
  auto o = opening();
  EXPECT_EQ(read(o, answer()
                        .add("Sec-WebSocket-Extensions",
                             "permessage-deflate; server_no_context_takeover; "
                             "client_max_window_bits=10")
                        .bytes()),
            verdict::open);
  EXPECT_TRUE(o.deflate().on);
  EXPECT_EQ(o.deflate().our_window_bits, 10u);
  auto without = opening();
  EXPECT_EQ(read(without, answer().bytes()), verdict::open);
  EXPECT_FALSE(without.deflate().on);
}

// Tornado 6 and Mojolicious 9 answer like that, and go on compressing with context.
TEST(ClientOpening, client_agrees_to_an_answer_that_declines_what_it_asked_the_server_for) {
  auto o = opening();
  EXPECT_EQ(read(o, answer().add("Sec-WebSocket-Extensions", "permessage-deflate").bytes()),
            verdict::open)
      << o.why();
  EXPECT_TRUE(o.deflate().on);
  EXPECT_TRUE(o.deflate().their_takeover);
  EXPECT_EQ(o.deflate().their_window_bits, 15u);
  EXPECT_FALSE(o.deflate().our_takeover);
}

TEST(ClientOpening, client_that_has_no_room_for_the_servers_window_is_to_ask_once_more) {
  auto o = opening({.connection = {.deflate = {.max_context_memory = 10'000}}});
  EXPECT_EQ(read(o, answer().add("Sec-WebSocket-Extensions", "permessage-deflate").bytes()),
            verdict::no_room_for_context);
}

TEST(ClientOpening, client_refuses_an_extension_that_it_did_not_offer) {
  for (const char* wrong :
       {"permessage-deflate; x", "permessage-deflate; server_no_context_takeover; x", "x", ";",
        "permessage-deflate; server_no_context_takeover, x"}) {
    expect_refused(answer().add("Sec-WebSocket-Extensions", wrong));
    // Whatever it is, with compression turned off.
    auto o = opening({.connection = {.deflate = {.enabled = false}}});
    EXPECT_EQ(read(o, answer().add("Sec-WebSocket-Extensions", wrong).bytes()), verdict::refused);
    EXPECT_NE(o.why(), "");
  }
  expect_refused(answer().add("Sec-WebSocket-Extensions", "").add("Sec-WebSocket-Extensions", "x"));
}

TEST(ClientOpening, client_takes_a_subprotocol_that_it_offered_and_no_other) {
  auto o = opening({.subprotocols = {"chat", "v2"}});
  EXPECT_EQ(read(o, answer().add("Sec-WebSocket-Protocol", "v2").bytes()), verdict::open);
  EXPECT_EQ(o.subprotocol(), "v2");
  for (const char* v : {"", "V2", "other", "chat, v2"})
    expect_refused(answer().add("Sec-WebSocket-Protocol", v));
  expect_refused(answer().add("Sec-WebSocket-Protocol", "v2").add("Sec-WebSocket-Protocol", "v2"));
  auto none = opening();
  EXPECT_EQ(read(none, answer().add("Sec-WebSocket-Protocol", "chat").bytes()), verdict::refused);
}

TEST(ClientOpening, client_refuses_every_final_status_but_101_and_tells_it) {
  for (unsigned status = 200; status < 600; ++status)
    expect_refused("HTTP/1.1 " + std::to_string(status) + " Whatever\r\n\r\n", status);
}

TEST(ClientOpening, client_waits_behind_interim_answers_for_the_real_one) {
  for (unsigned status = 100; status < 200; ++status) {
    if (status == 101) continue;
    const std::string interim = "HTTP/1.1 " + std::to_string(status) + " Interim\r\n\r\n";
    auto alone                = opening();
    ASSERT_EQ(read(alone, interim), verdict::incomplete) << status;
    auto followed = opening();
    ASSERT_EQ(read(followed, interim + interim + answer().bytes()), verdict::open) << status;
  }
}

TEST(ClientOpening, client_does_not_wait_behind_interim_answers_forever) {
  const std::string interim = "HTTP/1.1 103 Early Hints\r\n\r\n";
  std::string many;
  for (int i = 0; i < 100; ++i) many += interim;
  auto o = opening();
  EXPECT_EQ(read(o, many + answer().bytes()), verdict::refused);
}

TEST(ClientOpening, client_refuses_what_is_not_http_or_too_large) {
  for (const char* bytes : {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/2 101 x\r\n\r\n",
                            "HTTP/1.1 99 x\r\n\r\n", "\x15\x03\x01\r\n\r\n"}) {
    auto o = opening();
    EXPECT_EQ(read(o, bytes), verdict::refused) << bytes;
  }
  auto large = opening();
  EXPECT_EQ(read(large, answer().add("X", std::string(17 * 1024, 'x')).bytes()), verdict::refused);
  answer fields;
  for (int i = 0; i < 130; ++i) fields.add("X", "x");
  auto many = opening();
  EXPECT_EQ(read(many, fields.bytes()), verdict::refused);
}

// [RFC 9112 2.2, 4, 5.2]
TEST(ClientOpening, client_is_open_by_an_answer_with_forms_that_it_may_tolerate) {
  const std::string accept = right_accept();
  answer lf;
  std::string without_cr = lf.bytes();
  std::erase(without_cr, '\r');
  answer short_line;
  short_line.line = "HTTP/1.1 101";
  for (const std::string& bytes :
       {without_cr, short_line.bytes(), answer().set("Upgrade", "\r\n websocket").bytes(),
        answer().set("Connection", "keep-alive,\r\n\tUpgrade").bytes(),
        answer().set("Sec-WebSocket-Accept", "\r\n  " + accept + "\r\n ").bytes(),
        answer().add("X", "a\r\n b\r\n c").bytes()}) {
    auto o           = opening();
    std::size_t used = 0;
    EXPECT_EQ(read(o, bytes + "\x81\x05hello", used), verdict::open) << bytes << o.why();
    EXPECT_EQ(used, bytes.size());
  }
  // Unfolded it is checked like any other.
  expect_refused(answer().set("Upgrade", "websocket\r\n more"));
  expect_refused(
      answer().set("Sec-WebSocket-Accept", accept.substr(0, 9) + "\r\n " + accept.substr(9)));
}

TEST(ClientOpening, client_says_of_an_answer_that_it_cannot_read_what_is_wrong) {
  const std::vector<std::pair<std::string, const char*>> all = {
      {"\x15\x03\x01", "wss://"},
      {"SSH-2.0-x\r\n", "not HTTP/1.1"},
      {"HTTP/2 101 x\r\n", "version"},
      {"HTTP/1.1 x\r\n", "status"},
      {answer().add("X ", "a").bytes(), "blank"},
      {answer().add("X", "a\rb").bytes(), "a CR"},
      {answer().add("X", "\x01").bytes(), "control character"},
      {answer().add("X", "a\nb").bytes(), "no colon"},
      {answer().add("X(", "a").bytes(), "name"},
      {answer().add("X", std::string(16'384, 'x')).bytes(), "16384 bytes"},
  };
  for (const auto& [bytes, words] : all) {
    auto o = opening();
    EXPECT_EQ(read(o, bytes), verdict::refused) << bytes;
    EXPECT_NE(o.why().find(words), std::string::npos) << bytes << o.why();
    EXPECT_NE(o.why().find(": "), std::string::npos) << "says what to do: " << o.why();
  }
}

TEST(ClientOpening, client_keeps_to_the_limits_of_its_options) {
  answer large, many;
  large.add("X", std::string(20'000, 'x'));
  for (int i = 0; i < 200; ++i) many.add("X", "x");
  const connection_options wide{.max_head = 30'000, .max_head_fields = 300};
  for (const answer& a : {large, many}) {
    auto o = opening({.connection = wide});
    // Of each answer, not of all together.
    EXPECT_EQ(read(o, "HTTP/1.1 103 x\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n" + a.bytes()),
              verdict::open)
        << o.why();
  }
  auto narrow = opening({.connection = {.max_head = 512, .max_head_fields = 8}});
  EXPECT_EQ(read(narrow, answer().add("X", std::string(512, 'x')).bytes()), verdict::refused);
  EXPECT_NE(narrow.why().find("512 bytes"), std::string::npos);
  auto few = opening({.connection = {.max_head = 512, .max_head_fields = 8}});
  answer nine;
  for (int i = 0; i < 6; ++i) nine.add("X", "x");
  EXPECT_EQ(read(few, nine.bytes()), verdict::refused);
  EXPECT_NE(few.why().find("8 header fields"), std::string::npos);
}

// Found by tests/fuzz: the first byte of any piece was taken for the first one of the answer.
TEST(ClientOpening, client_takes_only_an_answer_that_begins_with_an_alert_for_tls) {
  for (const std::string before : {"", "HTTP/1.1 1", "HTTP/1.1 103 Early Hints\r\n\r\n"}) {
    auto o = opening();
    EXPECT_EQ(read(o, before), verdict::incomplete);
    EXPECT_EQ(read(o, "\x15\x03\x01"), verdict::refused);
    EXPECT_EQ(o.why().find("TLS") != std::string::npos, before.empty()) << o.why();
  }
  auto whole = opening();
  EXPECT_EQ(read(whole, "\x15"), verdict::refused);
  EXPECT_NE(whole.why().find("wss://"), std::string::npos) << whole.why();
}

TEST(ClientOpening, client_tells_when_to_come_back) {
  const std::chrono::system_clock::time_point now(  // Fri, 13 Feb 2009 23:31:29.5 GMT
      std::chrono::milliseconds(1'234'567'889'500));
  const auto told = [&](const std::string& value) {
    auto o = opening();
    read(o, "HTTP/1.1 503 Busy\r\nRetry-After: " + value + "\r\n\r\n");
    return o.retry_after(now);
  };
  EXPECT_EQ(told("120"), 120s);
  EXPECT_EQ(told("0"), 0s);
  EXPECT_EQ(told("Fri, 13 Feb 2009 23:31:39 GMT"), 10s);  // never too early
  EXPECT_EQ(told("Friday, 13-Feb-09 23:31:39 GMT"), 10s);
  EXPECT_EQ(told("Fri Feb 13 23:31:39 2009"), 10s);
  for (const char* day :
       {"86401", "1000000000000", "99999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"})
    EXPECT_EQ(told(day), 24h) << day;
  for (const char* none : {"", "soon", "-1", "+5", "1.5", "5 6", "0x10", "5\r\nRetry-After: 5",
                           "Fri, 13 Feb 2009 23:31:29 GMT", "Fri, 31 Dec 1999 23:59:59 GMT"})
    EXPECT_FALSE(told(none)) << none;
  auto o = opening();
  read(o, "HTTP/1.1 503 Busy\r\n\r\n");
  EXPECT_FALSE(o.retry_after(now));
}

TEST(ClientOpening, client_says_what_is_wrong_with_its_options) {
  EXPECT_EQ(wrong_with({}), "");
  EXPECT_EQ(wrong_with({.headers      = {{"Authorization", "Bearer x"}, {"X-Empty", ""}},
                        .subprotocols = {"a", "b"},
                        .origin       = "https://example.com"}),
            "");
  for (const char* name :
       {"Host", "upgrade", "Connection", "Sec-WebSocket-Key", "sec-websocket-x", "Content-Length",
        "Transfer-Encoding", "TE", "Trailer", "Keep-Alive", "", "two words", "a\r\nb", "a:"})
    EXPECT_NE(wrong_with({.headers = {{name, "x"}}}), "") << name;
  for (const std::string& value :
       {std::string("a\r\nb"), std::string("a\nb"), std::string("a\0b", 3)}) {
    EXPECT_NE(wrong_with({.headers = {{"X", value}}}), "");
    EXPECT_NE(wrong_with({.origin = value}), "");
    EXPECT_NE(wrong_with({.subprotocols = {value}}), "");
  }
  for (const char* bad : {"", "two words", "a,b", "a/b"})
    EXPECT_NE(wrong_with({.subprotocols = {bad}}), "") << bad;
  EXPECT_NE(wrong_with({.subprotocols = {"a", "b", "a"}}), "");
}

}  // namespace
}  // namespace adieu::inline v1::protocol
