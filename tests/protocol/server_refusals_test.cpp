// What a server answers to a request that it refuses: a status, a sentence, and what HTTP asks of
// any answer. [RFC 9110 6.6.1, 7.8, 9.3.2, 15.5; docs/closing.md 7]
#include "protocol/server_requests.hpp"

#include <map>
#include <utility>
#include <vector>

namespace adieu::inline v1::protocol {
namespace {

// [RFC 9110 9.3.2, 8.6]
TEST(ServerRefusals, server_answers_a_head_as_a_get_but_without_the_body) {
  const auto asked = [](const request& r, const char* method) {
    request other = r;
    other.line    = std::string(method) + " / HTTP/1.1";
    return other.bytes();
  };
  request large, folded, noise;
  large.add("X", std::string(17 * 1024, 'x'));
  folded.add("X", "a\r\n b");
  for (const auto& [r, status] : {std::pair{request().drop("Upgrade"), 426u},
                                  {request().drop("Host"), 400u},
                                  {request().set("Sec-WebSocket-Version", "8"), 426u},
                                  {request().drop("Sec-WebSocket-Key"), 400u},
                                  {folded, 400u},
                                  {large, 431u}}) {
    const std::string to_get = refused(asked(r, "GET"), status);
    EXPECT_EQ(refused(asked(r, "HEAD"), status), to_get.substr(0, to_get.find("\r\n\r\n") + 4));
  }
  // Which would open by GET: a length of GET's answer there is none.
  const std::string answer = refused(asked({}, "HEAD"), 405);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_EQ(answer.find("\r\n\r\n"), answer.size() - 4);
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
  // One that never came whole.
  server_opening o;
  std::size_t used = 0;
  ASSERT_EQ(read(o, "HEAD / HTTP/1.1\r\nHost: a\r\n", used), verdict::incomplete);
  const std::string slow = o.refusal(408, {}, "too slow", now);
  expect_refusal(slow, 408);
  EXPECT_TRUE(slow.ends_with("\r\nContent-Length: 8\r\n\r\n")) << slow;
}

TEST(ServerRefusals, server_says_of_each_breach_what_it_is) {
  const auto line = [](const char* first) {
    request r;
    r.line = first;
    return r.bytes();
  };
  const std::vector<std::pair<std::string, const char*>> all = {
      {"\x16\x03\x01", "TLS"},
      {"PRI * HTTP/2.0\r\n\r\n", "HTTP/2"},
      {"SSH-2.0-x\r\n", "SSH"},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 50000 80\r\n", "PROXY protocol"},
      {std::string("\r\n\r\n\0\r\nQUIT\n", 12), "PROXY protocol"},
      {"HTTP/1.1 200 OK\r\n", "response"},
      {"{\"a\":1}", "not an HTTP request"},
      {"\r\n\r\nGET", "empty line"},
      {line("GET /"), "names no HTTP version"},
      {line("GET / HTTP/1.0"), "HTTP/1.0"},
      {line("GET / HTTP/2.0"), "neither 1.0 nor 1.1"},
      {line("GET  / HTTP/1.1"), "first line"},
      {line("GET example.com HTTP/1.1"), "target"},
      {line("GET ftp://a/ HTTP/1.1"), "target"},
      {line("POST / HTTP/1.1"), "not GET"},
      {line("HEAD / HTTP/1.1"), "HEAD"},
      {request().drop("Host").bytes(), "no Host"},
      {request().add("Host", "b").bytes(), "more than one Host"},
      {request().set("Host", "a/b").bytes(), "not a host"},
      {request().set("Host", "").bytes(), "names no host"},
      {request().add("X", "a\r\n b").bytes(), "folded"},
      {request().add("X ", "a").bytes(), "blank"},
      {request().add("X(", "a").bytes(), "name"},
      {request().add("X", "\x01").bytes(), "control character"},
      {request().add("X", "a\rb").bytes(), "a CR"},
      {request().add("X", "a\nY: b").bytes(), "LF alone"},
      {request().add("Content-Length", "x").bytes(), "Content-Length is not"},
      {request().add("Content-Length", "1").bytes(), "no body"},
      {request().add("Transfer-Encoding", "gzip").bytes(), "Transfer-Encoding does"},
      {request().set("Connection", "a b").bytes(), "Connection is not a list"},
      {request().set("Connection", "close").bytes(), "Connection does not say"},
      {request().drop("Upgrade").bytes(), "no Upgrade"},
      {request().set("Sec-WebSocket-Version", "8").bytes(), "version is not 13"},
      {request().add("Sec-WebSocket-Version", "13").bytes(), "more than one Sec-WebSocket-Version"},
      {request().drop("Sec-WebSocket-Key").bytes(), "Sec-WebSocket-Key"},
      {request().add("X", std::string(17 * 1024, 'x')).bytes(), "more than 16384 bytes"},
  };
  std::map<std::string, std::string> seen;
  for (const auto& [bytes, words] : all)
    for (const std::size_t piece : {bytes.size(), std::size_t{1}}) {
      server_opening o;
      verdict v = verdict::incomplete;
      for (std::size_t at = 0; at < bytes.size() && v == verdict::incomplete; at += piece) {
        std::size_t used = 0;
        v                = read(o, bytes.substr(at, piece), used);
      }
      EXPECT_EQ(v, verdict::refused) << bytes;
      EXPECT_NE(o.why().find(words), std::string::npos) << bytes << o.why();
      const auto [told, is_new] = seen.emplace(o.why(), words);
      EXPECT_EQ(told->second, words) << "one sentence for two: " << o.why();
    }
}

TEST(ServerRefusals, server_refuses_with_any_status_from_200_to_599) {
  const server_opening o;
  for (unsigned status = 0; status < 1000; ++status) {
    const std::string answer = o.refusal(status, {}, "", now);
    ASSERT_EQ(answer.empty(), status < 200 || status > 599) << status;
    if (!answer.empty()) expect_refusal(answer, status);
  }
}

TEST(ServerRefusals, server_refuses_with_a_body_of_plain_text_unless_told_otherwise) {
  const server_opening o;
  EXPECT_TRUE(has_line(o.refusal(403, {}, "no", now), "Content-Type: text/plain; charset=utf-8"));
  const std::string html = o.refusal(403, {{"content-type", "text/html"}}, "<p>no", now);
  EXPECT_EQ(html.find("text/plain"), std::string::npos);
  EXPECT_TRUE(html.ends_with("\r\nContent-Length: 5\r\n\r\n<p>no"));
  EXPECT_EQ(o.refusal(403, {}, "", now).find("Content-Type"), std::string::npos);
}

TEST(ServerRefusals, server_leaves_date_and_allow_to_who_gives_them) {
  const std::string answer = server_opening().refusal(
      405, {{"date", "Sun, 06 Nov 1994 08:00:00 GMT"}, {"ALLOW", ""}}, "", now);
  EXPECT_EQ(answer.find("08:49:37"), std::string::npos);
  EXPECT_EQ(answer.find("GET"), std::string::npos);
}

}  // namespace
}  // namespace adieu::inline v1::protocol
