// The answers that a client gets: every status, every field missing, doubled, empty, wrong, in odd
// case and spacing and in forms that HTTP forbids. Each is given whole and octet by octet.
// [RFC 6455 4.1]
#include "conformance/heads_of_http.hpp"
#include "protocol/client_opening.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <span>

namespace adieu::inline v1::protocol {
namespace {

const std::string digest = "ICX+Yqv66kxgM0FcWaLWlFLwTAI=";  // of sixteen zeros
const head_lines right{
    "HTTP/1.1 101 Switching Protocols",
    {"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: " + digest}};
const std::vector<std::string> names = {"Upgrade", "Connection", "Sec-WebSocket-Accept"};

client_opening opening() {
  websocket_options options;
  options.subprotocols = {"chat", "Chat2"};
  return client_opening(*http::parse_url("ws://example.com:9001/chat?x=1").value, options, {});
}

struct seen {
  std::optional<bool> open;  // nothing: not decided
  unsigned status = 0;
  std::string subprotocol;
};

seen judged(const std::string& bytes, std::size_t size) {
  auto o = opening();
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const auto piece =
        std::as_bytes(std::span(bytes)).subspan(at, std::min(size, bytes.size() - at));
    std::size_t used = 0;
    const auto v     = o.receive(piece, used);
    if (v == client_opening::verdict::incomplete) continue;
    EXPECT_EQ(o.why().empty(), v == client_opening::verdict::open);
    return {v == client_opening::verdict::open, o.status(), o.subprotocol()};
  }
  return {};
}

void expect(const std::string& bytes, std::optional<bool> open) {
  EXPECT_EQ(judged(bytes, bytes.size()).open, open) << bytes;
  EXPECT_EQ(judged(bytes, 1).open, open) << "octet by octet\n" << bytes;
}
void expect_open(const head_lines& h) { expect(h.bytes(), true); }
void expect_refused(const head_lines& h) { expect(h.bytes(), false); }

TEST(Answers, client_judges_every_status) {
  for (unsigned status = 0; status < 1000; ++status) {
    std::string line        = "000" + std::to_string(status);
    line                    = "HTTP/1.1 " + line.substr(line.size() - 3) + " Whatever";
    const std::string bytes = right.begun(line).bytes();
    for (const std::size_t size : {bytes.size(), std::size_t{1}}) {
      const seen s = judged(bytes, size);
      std::optional<bool> open;  // 1xx: the real answer follows
      if (status == 101 || status < 100 || status > 199) open = status == 101;
      EXPECT_EQ(s.open, open) << status;
      if (status >= 200 && status < 600) {
        EXPECT_EQ(s.status, status);
      }
    }
    if (status >= 100 && status < 200 && status != 101) expect(bytes + right.bytes(), true);
  }
}

TEST(Answers, client_takes_the_fields_in_every_order_among_others) {
  for (const head_lines& h :
       in_every_order(right.with("X-Unknown: \xc3\xbc").with("Set-Cookie: a=b")))
    expect_open(h);
  expect_open(right.begun("HTTP/1.1 101 "));
  expect_open(right.begun("HTTP/1.1 101 Anything \xc3\xbc at all"));
}

TEST(Answers, client_refuses_when_a_field_is_missing_or_empty) {
  for (const std::string& name : names) {
    expect_refused(right.without(name));
    expect_refused(right.as(name, name + ":"));
    expect_refused(right.as(name, name + ": \t "));
    expect_refused(
        right.as(name, "X-" + name + ": " + head_lines::value_of(head_lines(right).field(name))));
  }
}

TEST(Answers, client_refuses_what_is_one_and_comes_twice) {
  for (const std::string& name : names) {
    const bool is_list = name == "Connection";
    expect(right.with(head_lines(right).field(name)).bytes(), is_list);
    expect(right.with(name + ": other").bytes(), is_list);
  }
}

TEST(Answers, client_takes_every_field_in_odd_case_and_spacing) {
  for (const std::string& name : names)
    for (const std::string& form : allowed_forms(head_lines(right).field(name)))
      expect_open(right.as(name, form));
  for (const char* name : {"Upgrade", "Connection"}) {
    const std::string value = head_lines::value_of(head_lines(right).field(name));
    for (const std::string& v : {lower(value), upper(value), in_odd_case(value)})
      expect_open(right.valued(name, v));
  }
  for (const char* v : {"keep-alive, Upgrade", "Upgrade,keep-alive", ",Upgrade,"})
    expect_open(right.valued("Connection", v));
}

TEST(Answers, client_refuses_every_field_in_a_form_that_http_forbids) {
  for (const std::string& name : names)
    for (const std::string& form : forbidden_forms(head_lines(right).field(name)))
      expect_refused(right.as(name, form));
  expect("\r\n" + right.bytes(), false);
}

TEST(Answers, client_takes_the_forms_that_http_lets_it_tolerate) {
  for (const std::string& name : names)
    for (const std::string& form : tolerated_forms(head_lines(right).field(name)))
      expect_open(right.as(name, form));
  std::string bare = right.bytes();
  std::erase(bare, '\r');
  expect(bare, true);
  expect_open(right.begun("HTTP/1.1 101"));
}

TEST(Answers, client_refuses_wrong_values) {
  for (const char* v : {"websockets", "h2c", "websocket, h2c", "h2c, websocket", "websocket/13",
                        "\"websocket\"", "web socket"})
    expect_refused(right.valued("Upgrade", v));
  for (const char* v : {"close", "keep-alive", "upgraded", "up grade", "\"Upgrade\""})
    expect_refused(right.valued("Connection", v));
  for (const std::string& v :
       {lower(digest), upper(digest), digest + "=", digest.substr(1), digest + " " + digest,
        "\"" + digest + "\"", std::string("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        std::string("AAAAAAAAAAAAAAAAAAAAAA==")})
    expect_refused(right.valued("Sec-WebSocket-Accept", v));
  for (std::size_t i = 0; i < digest.size(); ++i) {
    std::string spoiled = digest;
    spoiled[i]          = spoiled[i] == 'x' ? 'y' : 'x';
    expect_refused(right.valued("Sec-WebSocket-Accept", spoiled));
  }
}

TEST(Answers, client_refuses_what_it_did_not_offer) {
  for (const char* v : {"x", "x; a=1", "x, y", ",", ";", "x; a=\"", "permessage-unheard"})
    expect_refused(right.with("Sec-WebSocket-Extensions: " + std::string(v)));
  for (const char* v : {"other", "", "Chat", "chat2", "chat, Chat2", "chat;x", "\"chat\"", ","})
    expect_refused(right.with("Sec-WebSocket-Protocol: " + std::string(v)));
  expect_refused(right.with("Sec-WebSocket-Protocol: chat").with("Sec-WebSocket-Protocol: chat"));
  for (const char* v : {"chat", "Chat2"}) {
    const std::string bytes =
        right.with("sec-websocket-protocol:\t" + std::string(v) + " ").bytes();
    EXPECT_EQ(judged(bytes, bytes.size()).subprotocol, v);
    EXPECT_EQ(judged(bytes, 1).subprotocol, v);
  }
}

TEST(Answers, client_refuses_other_lines) {
  for (const char* line :
       {"HTTP/1.0 101 Switching Protocols", "HTTP/2.0 101 x", "HTTP/1.1  101 x", "HTTP/1.1 0101 x",
        "HTTP/1.1 10 x", "HTTP/1.1 1o1 x", "http/1.1 101 x", "HTTP/1.1 101\tx", " HTTP/1.1 101 x",
        "ICY 101 x", "HTTP/1.10 101 x", "101 x", "HTTP/1.1 -01 x", "HTTP/1.1 101 \x01", "SSH-2.0-x",
        "\x16\x03\x01", ""})
    expect_refused(right.begun(line));
}

TEST(Answers, client_bounds_the_head_and_the_answers_before_it) {
  const std::string most(16 * 1024 - right.with("X: ").bytes().size(), 'x');
  expect_open(right.with("X: " + most));
  expect_refused(right.with("X: " + most + "x"));
  head_lines many = right;
  while (many.fields.size() < 128) many.fields.push_back("X: y");
  expect_open(many);
  expect_refused(many.with("X: y"));
  std::string hints;
  for (int i = 0; i < 8; ++i) hints += "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
  expect(hints + right.bytes(), true);
  expect("HTTP/1.1 100 Continue\r\n\r\n" + hints + right.bytes(), false);
}

TEST(Answers, client_asks_what_the_rfc_asks_of_it) {
  // [4.1, 1 to 12]: one of each field, and nothing that was not asked for.
  const std::string request = opening().request();
  for (const char* line :
       {"GET /chat?x=1 HTTP/1.1\r\n", "\r\nHost: example.com:9001\r\n",
        "\r\nUpgrade: websocket\r\n", "\r\nConnection: Upgrade\r\n",
        "\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", "\r\nSec-WebSocket-Version: 13\r\n",
        "\r\nSec-WebSocket-Protocol: chat, Chat2\r\n"}) {
    const std::size_t at = request.find(line);
    EXPECT_NE(at, std::string::npos) << line;
    EXPECT_EQ(request.find(line, at + 1), std::string::npos) << line;
  }
  EXPECT_TRUE(request.ends_with("\r\n\r\n"));
  EXPECT_EQ(request.find("Origin"), std::string::npos);
}

}  // namespace
}  // namespace adieu::inline v1::protocol
