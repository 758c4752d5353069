// What heads are written, and what never gets into one.
#include "http/write_head.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/reading.hpp"

namespace adieu::inline v1::http {
namespace {

using namespace std::string_literals;

TEST(WriteHead, client_writes_a_request) {
  EXPECT_EQ(write_request("/chat?a=b", {{"Host", "example.com"}, {"X-Empty", ""}}),
            "GET /chat?a=b HTTP/1.1\r\nHost: example.com\r\nX-Empty: \r\n\r\n");
}

TEST(WriteHead, server_writes_101_without_a_length) {
  EXPECT_EQ(write_response(101, {{"Upgrade", "websocket"}}),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
}

TEST(WriteHead, server_writes_a_refusal_with_the_length_of_its_body) {
  EXPECT_EQ(
      write_response(426, {{"Sec-WebSocket-Version", "13"}}, "no"),
      "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nContent-Length: 2\r\n\r\nno");
  EXPECT_EQ(write_response(403, {}), "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(write_response(299, {}), "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n");
}

TEST(WriteHead, server_writes_no_body_where_none_may_be) {
  for (const unsigned status : {100u, 101u, 103u, 204u, 304u}) {
    EXPECT_EQ(write_response(status, {}, "x"), "") << status;
    EXPECT_EQ(write_response(status, {}).find("Content-Length"), std::string::npos) << status;
    EXPECT_NE(write_response(status, {}), "") << status;
  }
  EXPECT_EQ(write_response(205, {}, "x"), "");
  EXPECT_EQ(write_response(205, {}), "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n");
}

TEST(WriteHead, server_lets_nobody_else_say_the_length_and_no_status_out_of_range) {
  EXPECT_EQ(write_response(403, {{"content-length", "5"}}), "");
  EXPECT_EQ(write_response(403, {{"Transfer-Encoding", "chunked"}}), "");
  for (const unsigned status : {0u, 99u, 600u, 1000u}) EXPECT_EQ(write_response(status, {}), "");
}

TEST(WriteHead, nothing_is_written_if_a_string_could_end_its_line) {
  const std::vector<std::string> wrong = {"a\rb", "a\nb", "a\r\nX: y", "a\0b"s, "\r",
                                          "\n",   "\0"s,  "a\x01",     "a\x7f", " a",
                                          "a ",   "\ta",  "a\t"};
  for (const std::string& s : wrong) {
    EXPECT_EQ(write_request("/", {{"X", s}}), "") << s;
    EXPECT_EQ(write_request("/", {{s, "x"}}), "") << s;
    EXPECT_EQ(write_request("/" + s + "a", {}), "") << s;
    EXPECT_EQ(write_response(200, {{"X", s}}), "") << s;
    EXPECT_EQ(write_response(200, {{s, "x"}}), "") << s;
    EXPECT_FALSE(is_token(s)) << s;
    EXPECT_FALSE(is_field_value(s)) << s;
  }
}

TEST(WriteHead, every_byte_is_a_token_or_a_value_as_rfc_9110_says) {
  const std::string token = "!#$%&'*+-.^_`|~";
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    EXPECT_EQ(is_token(std::string(1, c)), alphanumeric || token.find(c) != std::string::npos)
        << byte;
    const bool value = byte == 9 || (byte >= 0x20 && byte != 0x7f);
    EXPECT_EQ(is_field_value("a"s + c + "b"), value) << byte;
  }
  EXPECT_FALSE(is_token(""));
  EXPECT_TRUE(is_field_value(""));
}

TEST(WriteHead, a_target_begins_with_a_slash_and_has_no_blanks) {
  for (const char* target : {"/", "/a/b?c=d&e[]=f|g", "/%20", "//a"}) {
    EXPECT_TRUE(is_request_target(target)) << target;
  }
  for (const char* target :
       {"", "a", "*", "?a", "http://a/", "/ ", "/a b", "/a#b", "/\xc3\xa9", "/<"}) {
    EXPECT_FALSE(is_request_target(target)) << target;
  }
}

// [RFC 9110 9.3.2, 8.6]
TEST(WriteHead, an_answer_to_head_has_no_content) {
  const std::string head = "HTTP/1.1 404 Not Found\r\nA: b\r\n", length = "Content-Length: 2\r\n";
  const fields headers{{"A", "b"}};
  EXPECT_EQ(write_response(404, headers, "no"), head + length + "\r\nno");
  EXPECT_EQ(write_response(404, headers, "no", content::measured), head + length + "\r\n");
  EXPECT_EQ(write_response(404, headers, "no", content::left_out), head + "\r\n");
  EXPECT_EQ(write_response(204, {}, "", content::measured), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(write_response(204, {}, "no", content::measured), "");
}

TEST(WriteHead, what_is_written_can_be_read) {
  const fields headers{{"Host", "example.com"}, {"X", "a, \t b \xc3\xa9;\""}};
  const auto request = read_in_pieces<request_reader>(write_request("/a?b", headers), 1);
  ASSERT_EQ(request.status, head_status::complete);
  EXPECT_EQ(request.reader.head(), (request_head{"GET", "/a?b", 11, headers}));
  for (unsigned status = 100; status < 600; ++status) {
    const auto response = read_in_pieces<response_reader>(write_response(status, headers), 1000);
    ASSERT_EQ(response.status, head_status::complete) << status;
    EXPECT_EQ(response.reader.head().status, status);
    EXPECT_EQ(response.reader.head().reason, status_text(status));
  }
}

}  // namespace
}  // namespace adieu::inline v1::http
