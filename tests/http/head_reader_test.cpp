// What the readers of heads take and where they stop, however the bytes are cut.
#include "http/head_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "http/reading.hpp"

namespace adieu::inline v1::http {
namespace {

using namespace std::string_literals;

constexpr std::size_t head_limit  = head_limits().bytes;
constexpr std::size_t field_limit = head_limits().fields;

// The opening of RFC 6455 section 1.2, and some lines more.
const std::string opening =
    "GET /chat?room=1 HTTP/1.1\r\n"
    "Host: server.example.com\r\n"
    "Upgrade: websocket\r\n"
    "Connection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Origin: http://example.com\r\n"
    "X-Empty:\r\n"
    "X-Blanks: \t a b \t \r\n"
    "X-Bytes: caf\xc3\xa9\r\n"
    "Sec-WebSocket-Protocol: chat\r\n"
    "sec-websocket-protocol: superchat\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "\r\n";

const std::string answer =
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    "\r\n";

std::string request_with(const std::string& lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

head_status status_of_response(std::string_view bytes) {
  return read_in_pieces<response_reader>(bytes, bytes.size()).status;
}

void expect_the_opening(const request_head& head) {
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target, "/chat?room=1");
  EXPECT_EQ(head.version, 11u);
  ASSERT_EQ(head.headers.size(), 11u);
  EXPECT_EQ(head.headers.begin()->name, "Host");
  EXPECT_EQ(*head.headers.find("host"), "server.example.com");
  EXPECT_EQ(*head.headers.find("x-empty"), "");
  EXPECT_EQ(*head.headers.find("x-blanks"), "a b");
  EXPECT_EQ(*head.headers.find("x-bytes"), "caf\xc3\xa9");
  EXPECT_EQ(head.headers.list("Sec-WebSocket-Protocol"), "chat, superchat");
}

TEST(RequestReader, server_reads_an_opening) {
  const auto r = read_in_pieces<request_reader>(opening, opening.size());
  ASSERT_EQ(r.status, head_status::complete);
  EXPECT_EQ(r.used, opening.size());
  EXPECT_FALSE(r.reader.announces_body());
  expect_the_opening(r.reader.head());
}

TEST(RequestReader, server_reads_an_opening_cut_at_any_byte_and_leaves_the_frames_behind_it) {
  const std::string glued = opening + "\x81\x85\x01\x02\x03\x04hello\r\n\r\n"s;
  for (std::size_t cut = 0; cut <= glued.size(); ++cut) {
    SCOPED_TRACE(cut);
    const auto r = read_cut_at<request_reader>(glued, cut);
    ASSERT_EQ(r.status, head_status::complete);
    ASSERT_EQ(r.used, opening.size());
    expect_the_opening(r.reader.head());
  }
}

TEST(RequestReader, server_reads_an_opening_in_pieces_of_any_size) {
  for (std::size_t piece = 1; piece < 40; ++piece) {
    SCOPED_TRACE(piece);
    const auto r = read_in_pieces<request_reader>(opening + "frames", piece);
    ASSERT_EQ(r.status, head_status::complete);
    ASSERT_EQ(r.used, opening.size());
    expect_the_opening(r.reader.head());
  }
}

TEST(RequestReader, server_has_no_head_before_the_last_byte) {
  request_reader reader;
  EXPECT_EQ(feed(reader, std::string_view(opening).substr(0, opening.size() - 1)),
            head_status::incomplete);
  EXPECT_EQ(reader.head(), request_head());
  std::size_t used = 1;
  EXPECT_EQ(reader.feed(nullptr, 0, used), head_status::incomplete);
  EXPECT_EQ(used, 0u);
  EXPECT_EQ(feed(reader, "\n"), head_status::complete);
}

TEST(RequestReader, server_takes_nothing_more_once_the_head_is_complete_or_wrong) {
  for (const std::string& bytes : {opening, "hello\r\n"s}) {
    auto r = read_in_pieces<request_reader>(bytes, bytes.size());
    ASSERT_NE(r.status, head_status::incomplete);
    std::size_t used = 1;
    EXPECT_EQ(feed(r.reader, opening, used), r.status);
    EXPECT_EQ(used, 0u);
  }
}

TEST(RequestReader, server_may_move_a_reader_between_two_pieces) {
  request_reader first;
  EXPECT_EQ(feed(first, std::string_view(opening).substr(0, 30)), head_status::incomplete);
  request_reader second = std::move(first);
  EXPECT_EQ(feed(second, std::string_view(opening).substr(30)), head_status::complete);
  expect_the_opening(second.head());
}

TEST(RequestReader, server_reports_http_1_0_by_its_version) {
  const std::string bytes = "GET / HTTP/1.0\r\n\r\n";
  const auto r            = read_in_pieces<request_reader>(bytes, 1);
  ASSERT_EQ(r.status, head_status::complete);
  EXPECT_EQ(r.reader.head().version, 10u);
}

TEST(RequestReader, server_learns_whether_a_body_was_announced) {
  const std::vector<std::pair<std::string, bool>> heads = {
      {"", false},
      {"Content-Length: 0\r\n", false},
      {"Content-Length: 00\r\n", false},
      {"Content-Length: 0\r\nContent-Length: 0\r\n", false},
      {"Content-Length: 10\r\n", true},
      {"content-length: 18446744073709551615\r\n", true},
      {"Transfer-Encoding: chunked\r\n", true},
      {"transfer-encoding: gzip, Chunked\r\n", true},
      {"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", true},
  };
  for (const auto& [lines, body] : heads) {
    const std::string head = request_with(lines);
    const auto r           = read_in_pieces<request_reader>(head + "0123456789", 3);
    ASSERT_EQ(r.status, head_status::complete) << lines;
    EXPECT_EQ(r.used, head.size()) << lines;
    EXPECT_EQ(r.reader.announces_body(), body) << lines;
  }
}

TEST(RequestReader, server_stops_a_line_without_end_at_the_limit) {
  const std::string endless(1 << 20, 'a');
  for (const char* front :
       {"", "GET /", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "GET / HTTP/1.1\r\n"}) {
    const auto r = read_in_pieces<request_reader>(front + endless, 1000);
    EXPECT_EQ(r.status, head_status::too_large);
    EXPECT_EQ(r.used, head_limit);
  }
}

std::string request_of_size(std::size_t size) {
  const std::string empty = request_with("X: \r\n");
  return request_with("X: " + std::string(size - empty.size(), 'x') + "\r\n");
}

TEST(RequestReader, server_takes_a_head_of_the_limit_and_not_a_byte_more) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{4096}, std::size_t{100000}}) {
    const std::string fits = request_of_size(head_limit);
    ASSERT_EQ(fits.size(), head_limit);
    EXPECT_EQ(read_in_pieces<request_reader>(fits, piece).status, head_status::complete);
    EXPECT_EQ(read_in_pieces<request_reader>(request_of_size(head_limit + 1), piece).status,
              head_status::too_large);
  }
}

TEST(RequestReader, server_reads_16_KiB_byte_by_byte_in_linear_time) {
  const std::string bytes = request_of_size(head_limit);
  const auto begin        = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(read_in_pieces<request_reader>(bytes, 1).status, head_status::complete);
  }
  // Some milliseconds even under a sanitizer; to look at all bytes again for each would be 5 GB of
  // them.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1000));
}

std::string request_with_fields(std::size_t count);

TEST(RequestReader, server_keeps_to_the_limits_it_was_given) {
  const head_limits wide{.bytes = 100'000, .fields = 1000}, narrow{.bytes = 512, .fields = 8};
  for (const std::size_t piece : {std::size_t{1}, std::size_t{4096}, std::size_t{200000}}) {
    const auto status = [&](const std::string& bytes, head_limits limits) {
      return read_in_pieces(request_reader(limits), bytes, piece).status;
    };
    EXPECT_EQ(status(request_of_size(100'000), wide), head_status::complete);
    EXPECT_EQ(status(request_of_size(100'001), wide), head_status::too_large);
    EXPECT_EQ(status(request_of_size(512), narrow), head_status::complete);
    EXPECT_EQ(status(request_of_size(513), narrow), head_status::too_large);
    EXPECT_EQ(status(request_with_fields(1000), wide), head_status::complete);
    EXPECT_EQ(status(request_with_fields(1001), wide), head_status::too_many_fields);
    EXPECT_EQ(status(request_with_fields(8), narrow), head_status::complete);
    EXPECT_EQ(status(request_with_fields(9), narrow), head_status::too_many_fields);
  }
}

TEST(RequestReader, server_passes_over_one_empty_line_before_the_request) {
  for (std::size_t piece = 1; piece < 40; ++piece) {
    const auto r = read_in_pieces<request_reader>("\r\n" + opening + "frames", piece);
    ASSERT_EQ(r.status, head_status::complete);
    ASSERT_EQ(r.used, opening.size() + 2);
    expect_the_opening(r.reader.head());
  }
}

TEST(RequestReader, server_takes_path_query_and_host_of_an_absolute_target) {
  const std::vector<std::array<std::string, 3>> targets = {
      {"http://a/b?c", "/b?c", "a"},
      {"ws://example.com:9001/chat?room=1", "/chat?room=1", "example.com:9001"},
      {"WSS://[::1]:80", "/", "[::1]:80"},
      {"https://a?q=http://b/", "/?q=http://b/", "a"},
      {"http://10.0.0.1.example.com//x", "//x", "10.0.0.1.example.com"},
      {"ws://a:/?", "/?", "a:"},
      {"ws://a/?{}|^`[]", "/?{}|^`[]", "a"},
  };
  for (const auto& [target, path, host] : targets) {
    const std::string bytes = "GET " + target + " HTTP/1.1\r\nX: y\r\nhost: other:1\r\n\r\n";
    const auto r            = read_in_pieces<request_reader>(bytes, 5);
    ASSERT_EQ(r.status, head_status::complete) << target;
    EXPECT_EQ(r.reader.head().target, path);
    EXPECT_EQ(r.reader.head().headers, (fields{{"X", "y"}, {"host", host}}));
  }
}

std::string request_with_fields(std::size_t count) {
  std::string lines;
  for (std::size_t i = 1; i < count; ++i) lines += "a:b\r\n";
  return request_with(lines);
}

TEST(RequestReader, server_takes_as_many_fields_as_the_limit_and_not_one_more) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100000}}) {
    const auto r = read_in_pieces<request_reader>(request_with_fields(field_limit), piece);
    EXPECT_EQ(r.status, head_status::complete);
    EXPECT_EQ(r.reader.head().headers.size(), field_limit);
    EXPECT_EQ(read_in_pieces<request_reader>(request_with_fields(field_limit + 1), piece).status,
              head_status::too_many_fields);
  }
  const auto r = read_in_pieces<request_reader>(request_with_fields(10'000), 100000);
  EXPECT_EQ(r.status, head_status::too_many_fields);
  EXPECT_LT(r.used, 1000u);
}

TEST(ResponseReader, client_reads_an_answer_cut_at_any_byte_and_leaves_the_frames_behind_it) {
  const std::string glued = answer + "\x81\x05hello"s;
  for (std::size_t cut = 0; cut <= glued.size(); ++cut) {
    SCOPED_TRACE(cut);
    const auto r = read_cut_at<response_reader>(glued, cut);
    ASSERT_EQ(r.status, head_status::complete);
    ASSERT_EQ(r.used, answer.size());
    EXPECT_EQ(r.reader.head().status, 101u);
    EXPECT_EQ(r.reader.head().reason, "Switching Protocols");
    EXPECT_EQ(r.reader.head().version, 11u);
    EXPECT_EQ(r.reader.head().headers.size(), 3u);
    EXPECT_EQ(*r.reader.head().headers.find("sec-websocket-accept"),
              "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  }
}

TEST(ResponseReader, client_is_told_every_status_from_100_to_599_as_given) {
  for (unsigned status = 0; status < 1000; ++status) {
    std::string digits = std::to_string(status);
    digits.insert(0, 3 - digits.size(), '0');
    const std::string head = "HTTP/1.1 " + digits + " x\r\nContent-Length: 99999999999\r\n\r\n";
    const auto r           = read_in_pieces<response_reader>(head + "body", head.size() + 4);
    if (status < 100 || status > 599) {
      EXPECT_EQ(r.status, head_status::malformed) << status;
      continue;
    }
    ASSERT_EQ(r.status, head_status::complete) << status;
    EXPECT_EQ(r.reader.head().status, status);
    EXPECT_EQ(r.used, head.size());
  }
}

TEST(ResponseReader, client_reads_an_interim_answer_and_the_next_one_behind_it) {
  const std::string both = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer;
  const auto interim     = read_in_pieces<response_reader>(both, both.size());
  ASSERT_EQ(interim.status, head_status::complete);
  EXPECT_EQ(interim.reader.head().status, 103u);
  const auto last = read_in_pieces<response_reader>(both.substr(interim.used), both.size());
  ASSERT_EQ(last.status, head_status::complete);
  EXPECT_EQ(last.reader.head().status, 101u);
}

TEST(ResponseReader, client_takes_an_answer_without_a_reason_or_of_http_1_0) {
  const std::string bytes = "HTTP/1.0 403 \r\n\r\n";
  const auto r            = read_in_pieces<response_reader>(bytes, 1);
  ASSERT_EQ(r.status, head_status::complete);
  EXPECT_EQ(r.reader.head().status, 403u);
  EXPECT_EQ(r.reader.head().reason, "");
  EXPECT_EQ(r.reader.head().version, 10u);
  EXPECT_TRUE(r.reader.head().headers.empty());
}

// [RFC 9112 2.2, 4, 5.2]
TEST(ResponseReader, client_takes_what_a_recipient_may_tolerate) {
  const response_head wanted{101, "x", 11, {{"A", "b c"}, {"D", "e"}, {"F", ""}}};
  for (const std::string bytes :
       {"HTTP/1.1 101 x\r\nA: b c\r\nD: e\r\nF:\r\n\r\n",
        "HTTP/1.1 101 x\r\nA: b\r\n c\r\nD:\r\n e\r\nF:\r\n \r\n\r\n",
        "HTTP/1.1 101 x\r\nA:\r\n\t b\r\n\t\tc\r\nD: e\r\n\t\r\nF:\r\n\r\n",
        "HTTP/1.1 101 x\nA: b c\nD: e\nF:\n\n", "HTTP/1.1 101 x\nA: b\n c\r\nD:\n e\nF:\r\n\n"})
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      const auto r = read_in_pieces<response_reader>(bytes + "\r\nmore", piece);
      ASSERT_EQ(r.status, head_status::complete) << bytes;
      ASSERT_EQ(r.used, bytes.size()) << bytes;
      ASSERT_EQ(r.reader.head(), wanted) << bytes;
    }
  for (const std::string bytes : {"HTTP/1.1 101\r\nA: b\r\n\r\n", "HTTP/1.1 101\nA: b\n\n"})
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      const auto r = read_in_pieces<response_reader>(bytes, piece);
      ASSERT_EQ(r.status, head_status::complete) << bytes;
      ASSERT_EQ(r.reader.head(), (response_head{101, "", 11, {{"A", "b"}}})) << bytes;
    }
}

TEST(ResponseReader, client_counts_a_folded_field_as_one) {
  std::string folded = "HTTP/1.1 101 x\r\n";
  for (std::size_t i = 0; i < field_limit; ++i) folded += "a:b\r\n c\r\n";
  EXPECT_EQ(status_of_response(folded + "\r\n"), head_status::complete);
  // And its bytes all the same.
  std::string endless = "HTTP/1.1 101 x\r\na:b";
  while (endless.size() < head_limit) endless += "\r\n c";
  EXPECT_EQ(status_of_response(endless), head_status::too_large);
}

TEST(ResponseReader, client_keeps_to_the_limits_it_was_given) {
  const response_reader wide({.bytes = 100'000, .fields = 1000});
  std::string fields = "HTTP/1.1 101 x\r\n";
  for (int i = 0; i < 1000; ++i) fields += "a:b\r\n";
  EXPECT_EQ(read_in_pieces(wide, fields + "\r\n", 1000).status, head_status::complete);
  EXPECT_EQ(read_in_pieces(wide, fields + "a:b\r\n\r\n", 1000).status,
            head_status::too_many_fields);
  const std::string large = "HTTP/1.1 101 x\r\na:" + std::string(99'978, 'b') + "\r\n\r\n";
  EXPECT_EQ(large.size(), 100'000u);
  EXPECT_EQ(read_in_pieces(wide, large, 1000).status, head_status::complete);
  EXPECT_EQ(read_in_pieces(wide, "HTTP/1.1 101 y" + large.substr(14), 1).status,
            head_status::complete);
  EXPECT_EQ(read_in_pieces(wide, "HTTP/1.1 101 yz" + large.substr(14), 1000).status,
            head_status::too_large);
}

TEST(ResponseReader, client_keeps_to_the_same_limits) {
  std::string many = "HTTP/1.1 101 x\r\n";
  for (int i = 0; i < 10'000; ++i) many += "a:b\r\n";
  EXPECT_EQ(status_of_response(many + "\r\n"), head_status::too_many_fields);
  EXPECT_EQ(status_of_response("HTTP/1.1 101 " + std::string(1 << 20, 'a')),
            head_status::too_large);
}

}  // namespace
}  // namespace adieu::inline v1::http
