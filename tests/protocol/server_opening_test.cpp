// What a server makes of an opening: every rule, and the answer to each breach. [RFC 6455 4.2;
// docs/closing.md 7]
#include "protocol/server_requests.hpp"

#include "http/accept_key.hpp"
#include "protocol/opening_headers.hpp"

namespace adieu::inline v1::protocol {
namespace {

void expect_accepted(const request& r) {
  server_opening o;
  std::size_t used = 0;
  EXPECT_EQ(read(o, r.bytes(), used), verdict::acceptable) << r.bytes() << o.why();
}

TEST(ServerOpening, server_accepts_an_opening_and_answers_with_the_key) {
  server_opening o;
  EXPECT_FALSE(o.begun());
  std::size_t used  = 0;
  const auto opened = request().bytes();
  EXPECT_EQ(read(o, opened + "\x81\x80glued", used), verdict::acceptable);
  EXPECT_TRUE(o.begun());
  EXPECT_EQ(used, opened.size());
  EXPECT_EQ(o.request().target, "/chat?room=1");
  EXPECT_EQ(o.acceptance("", {}),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
}

TEST(ServerOpening, server_reads_an_opening_cut_at_any_byte) {
  const std::string bytes = request().bytes();
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    server_opening o;
    std::size_t used = 0;
    ASSERT_EQ(read(o, bytes.substr(0, cut), used), verdict::incomplete);
    ASSERT_EQ(used, cut);
    ASSERT_EQ(o.begun(), cut != 0);
    ASSERT_EQ(read(o, bytes.substr(cut), used), verdict::acceptable);
  }
}

TEST(ServerOpening, server_takes_names_and_tokens_in_any_case_and_among_others) {
  request odd;
  odd.fields = {{"hOST", "example.com:80"},
                {"UPGRADE", "h2c, WebSocket"},
                {"connection", "keep-alive, uPgRaDe"},
                {"SEC-websocket-KEY", "dGhlIHNhbXBsZSBub25jZQ=="},
                {"sec-WebSocket-version", "13"}};
  expect_accepted(odd);
  expect_accepted(
      request().drop("Connection").add("Connection", "keep-alive").add("Connection", "Upgrade"));
  expect_accepted(request().drop("Upgrade").add("Upgrade", "h2c").add("Upgrade", "websocket"));
}

TEST(ServerOpening, server_refuses_when_a_field_is_missing) {
  expect_refused(request().drop("Host"), 400);
  expect_refused(request().drop("Upgrade"), 426);
  expect_refused(request().drop("Connection"), 426);
  expect_refused(request().drop("Sec-WebSocket-Key"), 400);
  expect_refused(request().drop("Sec-WebSocket-Version"), 426);
}

TEST(ServerOpening, server_refuses_when_a_field_that_is_one_comes_twice) {
  expect_refused(request().add("Host", "example.com"), 400);
  expect_refused(request().add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), 400);
  expect_refused(request().add("Sec-WebSocket-Version", "13"), 400);
}

TEST(ServerOpening, server_refuses_when_a_field_is_wrong) {
  for (const char* v : {"", "12", "8", "14", "13, 8", "013", "x"})
    expect_refused(request().set("Sec-WebSocket-Version", v), 426);
  for (const char* v : {"websocket2", "h2c", "\"websocket\"", "web socket"})
    expect_refused(request().set("Upgrade", v), 426);
  for (const char* v : {"close", "upgraded", "keep-alive"})
    expect_refused(request().set("Connection", v), 426);
  for (const char* v : {"", "short", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ==A",
                        "dGhlIHNhbXBsZSBub25jZ!==", "dGhlIHNhbXBsZSBub25jZXh4eHg="})
    expect_refused(request().set("Sec-WebSocket-Key", v), 400);
  for (const char* v : {"two words", "a/b", "host:port"})
    expect_refused(request().set("Host", v), 400);
}

TEST(ServerOpening, server_refuses_a_host_field_that_names_no_host) {
  for (const char* v : {"", " ", ":", ":9001"}) expect_refused(request().set("Host", v), 400);
}

TEST(ServerOpening, server_refuses_other_methods_versions_and_bodies) {
  for (const char* line :
       {"POST /", "get /", "head /", "OPTIONS /", "OPTIONS *", "CONNECT a:80", "PROXY /"}) {
    request r;
    r.line = std::string(line) + " HTTP/1.1";
    expect_refused(r, 405);
  }
  request post;
  post.line = "POST / HTTP/1.1";
  expect_refused(post, 405);
  request old;
  old.line = "GET / HTTP/1.0";
  expect_refused(old, 400);
  expect_refused(request().add("Content-Length", "5"), 400);
  expect_refused(request().add("Transfer-Encoding", "chunked"), 400);
  expect_accepted(request().add("Content-Length", "0"));
}

TEST(ServerOpening, server_refuses_what_is_not_http) {
  expect_refused("\x16\x03\x01\x02 this is TLS\r\n\r\n", 400);
  expect_refused("hello\r\n\r\n", 400);
  expect_refused("GET / HTTP/2.0\r\n\r\n", 400);
}

TEST(ServerOpening, server_reads_a_request_behind_an_empty_line_and_one_with_an_absolute_target) {
  server_opening behind, absolute;
  std::size_t used = 0;
  EXPECT_EQ(read(behind, "\r\n" + request().bytes(), used), verdict::acceptable);
  EXPECT_EQ(used, request().bytes().size() + 2);
  request r;
  r.line = "GET ws://other.example:9001?a=b HTTP/1.1";
  EXPECT_EQ(read(absolute, r.bytes(), used), verdict::acceptable);
  EXPECT_EQ(absolute.request().target, "/?a=b");
  EXPECT_EQ(*absolute.request().headers.find("Host"), "other.example:9001");
}

TEST(ServerOpening, server_keeps_to_the_limits_of_its_options) {
  request large, many;
  large.add("X", std::string(20'000, 'x'));
  for (int i = 0; i < 200; ++i) many.add("X", "x");
  connection_options options;
  options.max_head        = 30'000;
  options.max_head_fields = 300;
  for (const request& r : {large, many}) {
    server_opening o(head_limits_of(options));
    std::size_t used = 0;
    EXPECT_EQ(read(o, r.bytes(), used), verdict::acceptable) << o.why();
  }
  options = {.max_head = 512, .max_head_fields = 8};
  for (const request& r : {request().add("X", std::string(512, 'x')), many}) {
    server_opening o(head_limits_of(options));
    std::size_t used = 0;
    EXPECT_EQ(read(o, r.bytes(), used), verdict::refused);
    EXPECT_EQ(o.status(), 431u);
    EXPECT_NE(o.why().find(&r == &many ? "8 " : ""), std::string::npos);
  }
}

TEST(ServerOpening, server_refuses_heads_that_are_too_large) {
  request large, many;
  large.add("X", std::string(17 * 1024, 'x'));
  expect_refused(large, 431);
  for (int i = 0; i < 130; ++i) many.add("X-" + std::to_string(i), "x");
  expect_refused(many, 431);
}

TEST(ServerOpening, server_tells_the_subprotocols_offered_and_answers_with_one_of_them_only) {
  server_opening o;
  std::size_t used = 0;
  request r;
  r.add("Sec-WebSocket-Protocol", "chat, superchat").add("Sec-WebSocket-Protocol", "v2.chat");
  ASSERT_EQ(read(o, r.bytes(), used), verdict::acceptable);
  EXPECT_EQ(o.subprotocols(), (std::vector<std::string>{"chat", "superchat", "v2.chat"}));
  EXPECT_NE(o.acceptance("v2.chat", {}).find("\r\nSec-WebSocket-Protocol: v2.chat\r\n"),
            std::string::npos);
  EXPECT_EQ(o.acceptance("other", {}), "");
  EXPECT_EQ(o.acceptance("Chat", {}), "");
  EXPECT_EQ(o.acceptance("", {}).find("Sec-WebSocket-Protocol"), std::string::npos);
}

TEST(ServerOpening, server_answers_an_offer_of_compression_and_declines_what_it_cannot_keep) {
  server_opening o;
  std::size_t used = 0;
  auto r           = request().add("Sec-WebSocket-Extensions", "permessage-deflate; x, other");
  r.add("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=9");
  ASSERT_EQ(read(o, r.bytes(), used), verdict::acceptable);
  const deflate_answer answer = o.deflate({});
  EXPECT_TRUE(answer.agreed.on);
  EXPECT_NE(o.acceptance("", {}, answer.element)
                .find("\r\nSec-WebSocket-Extensions: permessage-deflate; "
                      "server_no_context_takeover; client_no_context_takeover; "
                      "server_max_window_bits=9\r\n"),
            std::string::npos);
  EXPECT_FALSE(o.deflate({.enabled = false}).agreed.on);
  EXPECT_EQ(o.acceptance("", {}).find("Extensions"), std::string::npos);
}

TEST(ServerOpening, server_refuses_lists_that_are_none) {
  for (const char* v : {"", "two words", "a/b", ",,", "\"quoted\""})
    expect_refused(request().add("Sec-WebSocket-Protocol", v), 400);
  for (const char* v : {"", ";", "a; =1", "a b"})
    expect_refused(request().add("Sec-WebSocket-Extensions", v), 400);
  expect_accepted(
      request().add("Sec-WebSocket-Extensions", "permessage-deflate; x=\"1\", unknown"));
}

TEST(ServerOpening, server_adds_fields_but_none_of_the_openings_own_and_none_that_break_out) {
  server_opening o;
  std::size_t used = 0;
  ASSERT_EQ(read(o, request().bytes(), used), verdict::acceptable);
  EXPECT_NE(o.acceptance("", {{"Set-Cookie", "a=b"}}).find("\r\nSet-Cookie: a=b\r\n"),
            std::string::npos);
  for (const char* name : {"Host", "upgrade", "CONNECTION", "Content-Length", "Trailer", "TE",
                           "Transfer-Encoding", "Keep-Alive", "Sec-WebSocket-Accept",
                           "sec-websocket-anything", "", "two words", "a:b", "a\r\nb"}) {
    EXPECT_EQ(o.acceptance("", {{name, "x"}}), "") << name;
    EXPECT_EQ(o.refusal(403, {{name, "x"}}, "", now), "") << name;
  }
  for (const char* value : {"a\r\nb", "a\nb", "a\rb"})
    EXPECT_EQ(o.acceptance("", {{"X", value}}), "");
  EXPECT_EQ(o.acceptance("", {{"X", std::string("a\0b", 3)}}), "");
}

TEST(ReservedFields, are_those_of_the_opening_in_any_case) {
  for (const char* name : {"host", "HOST", "Sec-WebSocket-Key", "SEC-WEBSOCKET-", "te", "Trailer"})
    EXPECT_TRUE(is_reserved_field(name)) << name;
  for (const char* name : {"Origin", "Authorization", "Hosts", "Sec-WebSocke", "", "t", "X-Host"})
    EXPECT_FALSE(is_reserved_field(name)) << name;
}

}  // namespace
}  // namespace adieu::inline v1::protocol
