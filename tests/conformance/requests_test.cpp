// The openings that a server gets: every field missing, doubled, empty, wrong, in odd case and
// spacing and in forms that HTTP forbids; methods, versions, targets, sizes. Each is given whole
// and octet by octet. [RFC 6455 4.2; docs/closing.md 7]
#include "conformance/heads_of_http.hpp"
#include "protocol/server_opening.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

namespace adieu::inline v1::protocol {
namespace {

const head_lines right{
    "GET /chat?room=1 HTTP/1.1",
    {"Host: example.com:9001", "Upgrade: websocket", "Connection: Upgrade",
     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"}};
const std::vector<std::string> names = {"Host", "Upgrade", "Connection", "Sec-WebSocket-Key",
                                        "Sec-WebSocket-Version"};

constexpr unsigned accepted = 101;

// The status with which `bytes` are answered, given in pieces of `size`; 0: not decided.
unsigned answered(const std::string& bytes, std::size_t size) {
  server_opening o;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const auto piece =
        std::as_bytes(std::span(bytes)).subspan(at, std::min(size, bytes.size() - at));
    std::size_t used = 0;
    switch (o.receive(piece, used)) {
      case server_opening::verdict::incomplete: EXPECT_EQ(used, piece.size()); continue;
      case server_opening::verdict::acceptable: return accepted;
      case server_opening::verdict::refused: {
        const std::string answer = o.refusal({});
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(o.status()) + " "));
        // [4.2.2, 4.4]: a version that is not spoken is told which is.
        EXPECT_EQ(answer.find("\r\nSec-WebSocket-Version: 13\r\n") != std::string::npos,
                  o.status() == 426);
        return o.status();
      }
    }
  }
  return 0;
}

void expect(const std::string& bytes, unsigned status) {
  EXPECT_EQ(answered(bytes, bytes.size()), status) << bytes;
  EXPECT_EQ(answered(bytes, 1), status) << "octet by octet\n" << bytes;
}
void expect(const head_lines& h, unsigned status) { expect(h.bytes(), status); }

// docs/closing.md 7: what is wrong with each field when it is not there, or says something else.
unsigned status_without(std::string_view name) {
  return name == "Host" || name == "Sec-WebSocket-Key" ? 400 : 426;
}

TEST(Requests, server_takes_the_fields_in_every_order) {
  for (const head_lines& h : in_every_order(right)) expect(h, accepted);
  // Among others that it does not know. [4.2.1, 10]
  expect(right.with("X-Unknown: \xc3\xbc?").with("Cookie: a=b; c=\"d\"").with("Origin: null"),
         accepted);
}

TEST(Requests, server_refuses_when_a_field_is_missing_or_empty) {
  for (const std::string& name : names) {
    expect(right.without(name), status_without(name));
    expect(right.as(name, name + ":"), status_without(name));
    expect(right.as(name, name + ":  \t "), status_without(name));
    expect(right.as(name, "X-" + name + ": " + head_lines::value_of(head_lines(right).field(name))),
           status_without(name));
  }
}

TEST(Requests, server_refuses_what_is_one_and_comes_twice_and_joins_what_is_a_list) {
  for (const std::string& name : names) {
    const bool is_list      = name == "Upgrade" || name == "Connection";
    const std::string field = head_lines(right).field(name);
    for (const std::string& again :
         {field, lower(std::string(name)) + ": " + head_lines::value_of(field)})
      expect(right.with(again), is_list ? accepted : 400);
    expect(right.with(name + ": other"), is_list ? accepted : 400);
  }
}

TEST(Requests, server_takes_every_field_in_odd_case_and_spacing) {
  for (const std::string& name : names)
    for (const std::string& form : allowed_forms(head_lines(right).field(name)))
      expect(right.as(name, form), accepted);
  for (const char* name : {"Upgrade", "Connection"}) {
    const std::string value = head_lines::value_of(head_lines(right).field(name));
    for (const std::string& v :
         {lower(value), upper(value), in_odd_case(value), value + ",", ", " + value, "a, " + value,
          value + " , b", "a,,\t" + value + ",b"})
      expect(right.valued(name, v), accepted);
  }
}

TEST(Requests, server_refuses_every_field_in_a_form_that_http_forbids) {
  for (const std::string& name : names)
    for (const auto& forms : {forbidden_forms, tolerated_forms})
      for (const std::string& form : forms(head_lines(right).field(name)))
        expect(right.as(name, form), 400);
  expect("\r\n" + right.bytes(), accepted);  // [RFC 9112 2.2]
  expect("\r\n\r\n" + right.bytes(), 400);
  expect(" " + right.bytes(), 400);
  std::string bare = right.bytes();
  std::erase(bare, '\r');
  expect(bare, 400);
}

TEST(Requests, server_refuses_wrong_values) {
  for (const char* v :
       {"websockets", "web socket", "\"websocket\"", "websocket/13", "h2c", "websocket;q=1"})
    expect(right.valued("Upgrade", v), 426);
  for (const char* v : {"close", "keep-alive", "upgraded", "xUpgrade"})
    expect(right.valued("Connection", v), 426);
  for (const char* v :
       {"up grade", "\"Upgrade\"", "Upgrade;q=1", "(Upgrade)"})  // no list of tokens
    expect(right.valued("Connection", v), 400);
  for (const char* v : {"a b", "a/b", "user@host", "host:port", "host:65536", "[::1", ":", ":80"})
    expect(right.valued("Host", v), 400);
  for (const char* v :
       {"localhost", "127.0.0.1:80", "[::1]:9001", "a.example", "xn--bcher-kva.example"})
    expect(right.valued("Host", v), accepted);
}

TEST(Requests, server_speaks_version_13_only) {
  for (unsigned v = 0; v <= 300; ++v)
    expect(right.valued("Sec-WebSocket-Version", std::to_string(v)), v == 13 ? accepted : 426);
  for (const char* v : {"013", "13.0", "+13", "0xd", "13, 8", "13 13", "thirteen", "-1"})
    expect(right.valued("Sec-WebSocket-Version", v), 426);
}

std::string base64(std::size_t octets) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < octets; at += 3) {
    unsigned three = 0;
    for (std::size_t i = 0; i < 3; ++i)
      three = three << 8 | (at + i < octets ? static_cast<unsigned>(at + i) * 37 & 255 : 0);
    for (std::size_t i = 0; i < 4; ++i)
      text += at + i <= octets ? digits[three >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

TEST(Requests, server_takes_a_key_of_16_octets_only) {
  for (std::size_t n = 0; n <= 48; ++n)
    expect(right.valued("Sec-WebSocket-Key", base64(n)), n == 16 ? accepted : 400);
  const std::string key = base64(16);
  for (std::size_t i = 0; i < key.size(); ++i)
    for (const char wrong : {' ', '-', '_', '=', '!', '\xc3'}) {
      std::string spoiled = key;
      spoiled[i]          = wrong;
      if (spoiled != key) expect(right.valued("Sec-WebSocket-Key", spoiled), 400);
    }
  for (const std::string& v :
       {key + "=", key.substr(0, 23), key + key, key.substr(0, 22), key + ", x"})
    expect(right.valued("Sec-WebSocket-Key", v), 400);
}

TEST(Requests, server_answers_each_key_with_its_digest) {
  // [1.3, 4.2.2]; the second pair was made with sha1sum and base64.
  for (const auto& [key, digest] :
       {std::pair{"dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
        std::pair{"AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="}}) {
    server_opening o;
    std::size_t used        = 0;
    const std::string bytes = right.valued("Sec-WebSocket-Key", key).bytes();
    ASSERT_EQ(o.receive(std::as_bytes(std::span(bytes)), used),
              server_opening::verdict::acceptable);
    EXPECT_EQ(o.acceptance("", {}),
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: " +
                  std::string(digest) + "\r\n\r\n");
  }
}

TEST(Requests, server_takes_get_of_http_1_1_and_no_other_line) {
  for (const char* method :
       {"HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", "GETS", "X"})
    expect(right.begun(std::string(method) + " / HTTP/1.1"), 405);
  expect(right.begun("CONNECT example.com:9001 HTTP/1.1"), 405);
  for (const char* line :
       {"GET / HTTP/1.0", "GET / HTTP/0.9", "GET / HTTP/2.0", "GET / HTTP/1.10", "GET / http/1.1",
        "GET / HTTP/1,1", "GET / HTTP/11", "GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ",
        "GET /  HTTP/1.1", " GET / HTTP/1.1", "GET\t/ HTTP/1.1", "G<T / HTTP/1.1",
        "GET / HTTPS/1.1", "/ HTTP/1.1", "GET HTTP/1.1", ""})
    expect(right.begun(line), 400);
  for (const char* target : {"/", "/a/b?c=d&e", "/%C3%BC", "http://example.com/a",
                             "https://example.com:1/?q", "ws://a", "WSS://a/", "/?{}|^`[]"})
    expect(right.begun("GET " + std::string(target) + " HTTP/1.1"), accepted);
  for (const char* target : {"*", "a", "//", "ftp://a/", "http:///a", "ws://u@a/", "#", "/#f",
                             "/a b", "/\x7f", "/\xc3\xbc", "/<", "example.com:9001"})
    expect(right.begun("GET " + std::string(target) + " HTTP/1.1"),
           std::string(target) == "//" ? accepted : 400);
}

TEST(Requests, server_refuses_a_request_with_a_body) {
  expect(right.with("Content-Length: 0"), accepted);
  for (const char* field :
       {"Content-Length: 1", "Content-Length: 99999999999", "Transfer-Encoding: chunked",
        "Content-Length: x", "Content-Length: -1", "Transfer-Encoding: gzip"})
    expect(right.with(field), 400);
}

TEST(Requests, server_reads_lists_of_protocols_and_extensions_by_their_grammar) {
  for (const char* v :
       {"chat", "chat, superchat", "chat,superchat", "a , b", "a,,b", "!#$%&'*+-.^_`|~"})
    expect(right.with("Sec-WebSocket-Protocol: " + std::string(v)), accepted);
  for (const char* v : {"", ",", "a b", "a;b", "a/b", "\"a\"", "a, b c", "a(b)", "\xc3\xbc"})
    expect(right.with("Sec-WebSocket-Protocol: " + std::string(v)), 400);
  for (const char* v :
       {"x", "x, y", "x; a", "x; a=1", "x; a=\"1\"; b , y;c=d", "x;a=1,,y", "x ; a = 1"})
    expect(right.with("Sec-WebSocket-Extensions: " + std::string(v)), accepted);
  for (const char* v : {"", ",", ";", "x;", "x; =1", "x; a=", "x; a=\"1", "x; a=\"1 2\"", "x y",
                        "x; a=1 b", "x/y", "\"x\""})
    expect(right.with("Sec-WebSocket-Extensions: " + std::string(v)), 400);
  expect(right.with("Sec-WebSocket-Extensions: x").with("Sec-WebSocket-Extensions: y; a"),
         accepted);
  expect(right.with("Sec-WebSocket-Protocol: a").with("Sec-WebSocket-Protocol: b"), accepted);
}

TEST(Requests, server_bounds_the_head) {
  const std::string most(16 * 1024 - right.with("X: ").bytes().size(), 'x');
  expect(right.with("X: " + most), accepted);
  expect(right.with("X: " + most + "x"), 431);
  head_lines many = right;
  while (many.fields.size() < 128) many.fields.push_back("X: y");
  expect(many, accepted);
  expect(many.with("X: y"), 431);
  // Before its end: no more than that is ever read.
  expect("GET /" + std::string(20'000, 'a'), 431);
}

TEST(Requests, server_leaves_the_frames_behind_the_head) {
  const std::string head = right.bytes();
  const std::string all  = head + "\x81\x80mask and more";
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    server_opening o;
    std::size_t used = 0;
    ASSERT_EQ(o.receive(std::as_bytes(std::span(all)).first(cut), used),
              server_opening::verdict::incomplete);
    ASSERT_EQ(o.receive(std::as_bytes(std::span(all)).subspan(cut), used),
              server_opening::verdict::acceptable);
    ASSERT_EQ(used, head.size() - cut);
  }
}

}  // namespace
}  // namespace adieu::inline v1::protocol
