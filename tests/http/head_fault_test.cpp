// What is wrong with a head that cannot be read: each kind is told apart from the others, however
// the bytes are cut, and has a sentence of its own.
#include "http/head_fault.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "http/head_reader.hpp"
#include "http/reading.hpp"

namespace adieu::inline v1::http {
namespace {

using namespace std::string_literals;
using enum head_fault;

template <class Reader>
void expect_faults(const std::vector<std::pair<std::string, head_fault>>& table) {
  for (const auto& [bytes, fault] : table)
    for (const std::size_t piece : {bytes.size(), std::size_t{1}, std::size_t{3}}) {
      const auto r = read_in_pieces<Reader>(bytes, piece);
      EXPECT_EQ(r.status, head_status::malformed) << bytes;
      EXPECT_EQ(static_cast<int>(r.reader.fault()), static_cast<int>(fault)) << bytes;
    }
}

std::string request_with(const std::string& lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

std::string begun(const std::string& line) { return line + "\r\nHost: a\r\n\r\n"; }

TEST(HeadFault, server_knows_who_speaks_something_else) {
  expect_faults<request_reader>({
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, tls},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", http2},
      {"SSH-2.0-OpenSSH_9.2\r\n", ssh},
      {"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", ssh},
      {"SSH-1.99-x (y)\r\n", ssh},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 50000 80\r\nGET / HTTP/1.1\r\n", proxy_protocol},
      {"PROXY TCP6 2001:db8::1 ::1 50000 80\r\nGET / HTTP/1.1\r\n", proxy_protocol},
      {"PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n", proxy_protocol},
      {"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"s, proxy_protocol},
      {"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s, proxy_protocol},
      {"HTTP/1.1 200 OK\r\n\r\n", response},
      {"\x15\x03\x01\x00\x02"s, not_http},
      {"\x05\x01\0"s, not_http},
      {"\0\0\x12\x04"s, not_http},
      {"\x81\x85mask", not_http},
      {"{\"a\":1}", not_http},
      {"<policy-file-request/>", not_http},
      {"hello\r\n", not_http},
      {"(T / HTTP/1.1\r\n", not_http},
      {"\n", not_http},
      {" GET / HTTP/1.1\r\n", not_http},
  });
}

TEST(HeadFault, server_says_what_is_wrong_with_the_first_line) {
  expect_faults<request_reader>({
      {"\r\n\r\nGET / HTTP/1.1\r\n", empty_lines},
      {"\r\n\r\n\0\r\nQUIT\r"s, empty_lines},
      {"\rGET / HTTP/1.1\r\n", bare_cr},
      {"GET  / HTTP/1.1\r\n", request_line},
      {"GET /  HTTP/1.1\r\n", request_line},
      {"GET / HTTP/1.1 \r\n", request_line},
      {"GET / http/1.1\r\n", request_line},
      {"GET /a b HTTP/1.1\r\n", request_line},
      {"GET / HTTPS/1.1\r\n", request_line},
      {"GET /\r\n", no_version},
      {"EHLO example.com\r\n", no_version},
      {"GET /\n", no_version},
      {"GET / HTTP/0.9\r\n", version},
      {"GET / HTTP/2\r\n", version},
      {"GET / HTTP/1.2\r\n", version},
      {"GET / HTTP/1.10\r\n", version},
      {"GET /#f HTTP/1.1\r\n", target},
      {"GET /\xc3\xa9 HTTP/1.1\r\n", target},
      {"GET \"/\" HTTP/1.1\r\n", target},
      {begun("GET a HTTP/1.1"), target},
      {begun("GET * HTTP/1.1"), target},
      {begun("GET example.com:80 HTTP/1.1"), target},
      {begun("CONNECT / HTTP/1.1"), target},
      {begun("GET ftp://a/ HTTP/1.1"), target},
      {begun("GET ws:/a HTTP/1.1"), target},
      {begun("GET ws:///a HTTP/1.1"), target},
      {begun("GET ws://:80/a HTTP/1.1"), target},
      {begun("GET ws://u@a/ HTTP/1.1"), target},
      {begun("GET ws://a:99999/ HTTP/1.1"), target},
      {begun("GET ws://[::1/ HTTP/1.1"), target},
  });
}

TEST(HeadFault, server_says_what_is_wrong_with_a_field) {
  expect_faults<request_reader>({
      {request_with("X: a\r\n b\r\n"), folded},
      {request_with("X:\r\n\tb\r\n"), folded},
      {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", blank_line_start},
      {request_with("X : a\r\n"), blank_in_name},
      {request_with("X\t: a\r\n"), blank_in_name},
      {request_with("X y: a\r\n"), blank_in_name},
      {request_with("X\r\n"), no_colon},
      {request_with("X\n"), no_colon},
      {request_with(": a\r\n"), name},
      {request_with("(X): a\r\n"), name},
      {request_with("X\xc3\xa9: a\r\n"), name},
      {request_with("X\0: a\r\n"s), name},
      {request_with("X: a\x01\r\n"), value},
      {request_with("X: a\0b\r\n"s), value},
      {request_with("X: \x7f\r\n"), value},
      {request_with("X: a\rb\r\n"), bare_cr},
      {request_with("X: a\r\r\n"), bare_cr},
      {"GET / HTTP/1.1\r\nHost: a\r\n\rX", bare_cr},
      {"GET / HTTP/1.1\nHost: a\n\n", bare_lf},
      {request_with("X: a\nY: b\r\n"), bare_lf},
      {"GET / HTTP/1.1\r\nHost: a\r\n\n", bare_lf},
  });
}

TEST(HeadFault, server_says_what_is_wrong_with_what_fields_say) {
  expect_faults<request_reader>({
      {"GET / HTTP/1.1\r\n\r\n", no_host},
      {"GET ws://a/ HTTP/1.1\r\n\r\n", no_host},
      {request_with("Host: a\r\n"), many_hosts},
      {request_with("host: b\r\n"), many_hosts},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", bad_host},
      {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", bad_host},
      {"GET ws://a/ HTTP/1.1\r\nHost: a b\r\n\r\n", bad_host},
      {request_with("Content-Length: -1\r\n"), content_length},
      {request_with("Content-Length:\r\n"), content_length},
      {request_with("Content-Length: 1, 2\r\n"), content_length},
      {request_with("Content-Length: 1\r\nContent-Length: 2\r\n"), content_length},
      {request_with("Transfer-Encoding: gzip\r\n"), transfer_encoding},
      {request_with("Transfer-Encoding: chunked, chunked\r\n"), transfer_encoding},
      {request_with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), transfer_encoding},
      {request_with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), transfer_encoding},
      {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", transfer_encoding},
      {request_with("Connection: a b\r\n"), connection},
      {request_with("Connection: \"Upgrade\"\r\n"), connection},
  });
}

TEST(HeadFault, client_says_what_is_wrong_with_an_answer) {
  expect_faults<response_reader>({
      {"\x15\x03\x01\x00\x02\x02\x46"s, tls},
      {"SSH-2.0-x\r\n", not_http},
      {"\0\0\x12\x04"s, not_http},
      {"GET / HTTP/1.1\r\n", not_http},
      {"\r\nHTTP/1.1 101 x\r\n", not_http},
      {"HTTP/2 101 x\r\n", version},
      {"HTTP/1.2 101 x\r\n", version},
      {"HTTP/1.10 101 x\r\n", version},
      {"HTTP/1.1\r\n", status_line},
      {"HTTP/1.1  101 x\r\n", status_line},
      {"HTTP/1.1 1010 x\r\n", status_line},
      {"HTTP/1.1 10 x\r\n", status_line},
      {"HTTP/1.1 099 x\r\n", status_line},
      {"HTTP/1.1 600 x\r\n", status_line},
      {"HTTP/1.1 101\tx\r\n", status_line},
      {"HTTP/1.1 101 a\rb\r\n", bare_cr},
      {"HTTP/1.1 101 x\x01\r\n", value},
      {"HTTP/1.1 101 x\r\n X: a\r\n\r\n", blank_line_start},
      {"HTTP/1.1 101 x\r\nX : a\r\n\r\n", blank_in_name},
      {"HTTP/1.1 101 x\r\nX\n\r\n", no_colon},
      {"HTTP/1.1 101 x\r\n: a\r\n\r\n", name},
      {"HTTP/1.1 101 x\r\nX: a\n b\x01\r\n\r\n", value},
      {"HTTP/1.1 101 x\r\nX: a\r\n\rY", bare_cr},
      {"HTTP/1.1 200 x\r\nContent-Length: a\r\n\r\n", content_length},
      {"HTTP/1.1 200 x\r\nConnection: a b\r\n\r\n", connection},
  });
}

TEST(HeadFault, has_a_sentence_of_its_own_that_says_what_to_do) {
  std::map<std::string_view, int> seen;
  for (int f = static_cast<int>(not_http); f <= static_cast<int>(connection); ++f) {
    if (f == static_cast<int>(status_line)) continue;  // a request has none
    const std::string_view text = request_fault_text(static_cast<head_fault>(f));
    EXPECT_EQ(++seen[text], 1) << text;
    EXPECT_NE(text.find_first_of(":,"), std::string_view::npos) << text;
  }
  EXPECT_NE(request_fault_text(proxy_protocol).find("not told to expect the PROXY protocol"),
            std::string_view::npos);
  seen.clear();
  for (const head_fault f :
       {not_http, tls, version, status_line, bare_cr, blank_line_start, no_colon, blank_in_name,
        name, value, content_length, transfer_encoding, connection}) {
    const std::string_view text = response_fault_text(f);
    EXPECT_EQ(++seen[text], 1) << text;
  }
}

// A HEAD is answered without a body whatever is wrong with it.
TEST(HeadFault, server_knows_a_head_by_its_method_alone) {
  for (const std::string bytes :
       {"HEAD ", "HEAD /", "\r\nHEAD / HTTP/1.1\r\nHost", "HEAD  /", "HEAD / HTTP/2.0",
        "HEAD / HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD /\r\n"})
    for (const std::size_t piece : {bytes.size(), std::size_t{1}})
      EXPECT_TRUE(read_in_pieces<request_reader>(bytes, piece).reader.asks_for_head()) << bytes;
  for (const std::string bytes :
       {"", "\r\n", "H", "HEA", "HEAD", "HEAD\r\n", "HE AD", "HEADS /", "head /", "GET / ",
        "XHEAD / HTTP/1.1", "\x16\x03", "HEAD(", "\r\n\r\n\0"})
    EXPECT_FALSE(read_in_pieces<request_reader>(bytes, 1).reader.asks_for_head()) << bytes;
}

}  // namespace
}  // namespace adieu::inline v1::http
