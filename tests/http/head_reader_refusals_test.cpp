// What the readers of heads refuse, and how early. What they take is in head_reader_test.cpp.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "http/head_reader.hpp"
#include "http/reading.hpp"

namespace adieu::inline v1::http {
namespace {

using namespace std::string_literals;

std::string request_with(const std::string& lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

head_status status_of_request(std::string_view bytes) {
  return read_in_pieces<request_reader>(bytes, bytes.size()).status;
}

head_status status_of_response(std::string_view bytes) {
  return read_in_pieces<response_reader>(bytes, bytes.size()).status;
}

TEST(RequestReader, server_takes_every_form_of_target_with_its_method_only) {
  const std::vector<std::pair<std::string, bool>> lines = {
      {"GET /", true},
      {"GET /?q=a|b^c[d]{e}`\\", true},
      {"GET http://a/b", true},
      {"GET ws://a/b", true},
      {"BREW /pot", true},
      {"OPTIONS *", true},
      {"CONNECT a:443", true},
      {"CONNECT 10.0.0.1:443", true},
      {"CONNECT /", false},
      {"GET *", false},
      {"GET a:443", false},
      {"GET a/b", false},
      {"GET ://a", false},
      {"GET https://a?b", true},
      {"GET a1+-.Z://b", false},
      {"GET a_b://c", false},
      {"GET a://b", false},
      {"GET WSS://b", true},
      {"GET /a#b", false},
      {"GET /\"", false},
      {"GET /\xc3\xa9", false},
      {"GET  /", false},
      {" GET /", false},
      {"GET /a b", false},
      {"GET\t/", false},
      {"G(T /", false},
      {"GET", false},
      {"GET ", false},
  };
  for (const auto& [line, sound] : lines) {
    EXPECT_EQ(status_of_request(line + " HTTP/1.1\r\nHost: a\r\n\r\n"),
              sound ? head_status::complete : head_status::malformed)
        << line;
  }
}

TEST(RequestReader, server_refuses_any_other_version) {
  for (const char* version : {"HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/11.1", "http/1.1",
                              "HTTP/1.1 ", "HTTP/1", "HTTP/1.10", "ICY/1.1", "HTTP/1.1\t"}) {
    EXPECT_EQ(status_of_request("GET / "s + version + "\r\nHost: a\r\n\r\n"),
              head_status::malformed)
        << version;
  }
  EXPECT_EQ(status_of_request("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), head_status::malformed);
  EXPECT_EQ(status_of_request("GET /\r\n"), head_status::malformed);
}

TEST(RequestReader, server_refuses_lines_that_rfc_9112_has_it_refuse) {
  const std::vector<std::string> lines = {
      "X: a\r\n b\r\n",           // obs-fold
      "X: a\r\n b: c\r\n",        //
      "X: a\r\n\tb\r\n",          //
      "X:\r\n b\r\n",             //
      "X : a\r\n",                // blank before the colon
      "X\t: a\r\n",               //
      ": a\r\n",                  // no name
      "X\r\n",                    // no colon
      "X y: a\r\n",               // blank within the name
      "X(: a\r\n",                // not a token
      "X\xc3\xa9: a\r\n",         //
      "X: a\rb\r\n",              // bare CR
      "X: a\r\r\n",               //
      "X: a\nY: b\r\n",           // bare LF
      "X: a\n",                   //
      "X: a\0b\r\n"s,             // NUL
      "X\0: a\r\n"s,              //
      "X: \x01\r\n",              // controls
      "X: a\x7f\r\n",             //
      "X: a\x0b\r\n",             //
      "\rX: a\r\n",               //
      "\nX: a\r\n",               //
      "Connection: a b\r\n",      // not a list of tokens
      "Content-Length: -1\r\n",   //
      "Content-Length: +1\r\n",   //
      "Content-Length: 1x\r\n",   //
      "Content-Length: 0x1\r\n",  //
      "Content-Length:\r\n",      //
      "Content-Length: 1, 2\r\n",
      "Content-Length: 18446744073709551616\r\n",
      "Content-Length: 1\r\nContent-Length: 2\r\n",
      "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
      "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n",
      "Content-Length: 0\r\nTransfer-Encoding: identity\r\n",
      "Transfer-Encoding: gzip\r\n",
      "Transfer-Encoding:\r\n",
      "Transfer-Encoding: chunked, gzip\r\n",
      "Transfer-Encoding: chunked, chunked\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: xchunked\r\n",
  };
  for (const std::string& line : lines) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
      EXPECT_EQ(read_in_pieces<request_reader>(request_with(line), piece).status,
                head_status::malformed)
          << line;
    }
  }
  EXPECT_EQ(status_of_request("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), head_status::malformed);
  EXPECT_EQ(status_of_request("GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n"),
            head_status::malformed);
  EXPECT_EQ(status_of_request("GET / HTTP/1.1\nHost: a\n\n"), head_status::malformed);
  EXPECT_EQ(status_of_request("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
            head_status::malformed);
}

TEST(RequestReader, server_asks_for_exactly_one_sound_host) {
  const std::vector<std::pair<std::string, bool>> heads = {
      {"1.1\r\n", false},
      {"1.1\r\nHost: a\r\n", true},
      {"1.1\r\nHOST: a:80\r\n", true},
      {"1.1\r\nHost: [::1]:80\r\n", true},
      {"1.1\r\nHost: 10.0.0.1.example.com\r\n", true},
      {"1.1\r\nHost:\r\n", true},
      {"1.1\r\nHost: a\r\nHost: a\r\n", false},
      {"1.1\r\nHost: a\r\nhost: b\r\n", false},
      {"1.1\r\nHost: a, b\r\n", false},
      {"1.1\r\nHost: a/b\r\n", false},
      {"1.1\r\nHost: a b\r\n", false},
      {"1.1\r\nHost: u@a\r\n", false},
      {"1.1\r\nHost: a:b\r\n", false},
      {"1.1\r\nHost: a:99999\r\n", false},
      {"1.0\r\n", true},
      {"1.0\r\nHost: a\r\n", true},
      {"1.0\r\nHost: a\r\nHost: a\r\n", false},
  };
  for (const auto& [lines, sound] : heads) {
    EXPECT_EQ(status_of_request("GET / HTTP/" + lines + "\r\n"),
              sound ? head_status::complete : head_status::malformed)
        << lines;
  }
}

TEST(RequestReader, server_finds_what_is_not_http_at_the_first_byte_that_shows_it) {
  const std::vector<std::pair<std::string, std::size_t>> garbage = {
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 1},  // a TLS ClientHello
      {"\r\r\n", 2},
      {"\r\n\r\nGET / HTTP/1.1\r\n", 5},
      {"\r\n\r\n\0\r\nQUIT\n\x21\x11"s, 12},
      {"\n", 1},
      {"\0\0\0\0"s, 1},
      {" GET / HTTP/1.1\r\n", 1},
      {"GET / FTP/1.1\r\n", 7},
      {"GET / HTTP/3.0\r\n", 12},
      {"SSH-2.0-OpenSSH_9.2\r\n", 20},
      {"{\"a\":1}", 1},
  };
  for (const auto& [bytes, wrong_at] : garbage) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{100}}) {
      const auto r = read_in_pieces<request_reader>(bytes, piece);
      EXPECT_EQ(r.status, head_status::malformed) << bytes;
      EXPECT_EQ(r.used, wrong_at) << bytes;
    }
  }
}

// Every byte of a head replaced by every other: nothing may crash, and how it is cut may not
// matter.
TEST(RequestReader, server_judges_a_damaged_head_the_same_however_it_is_cut) {
  const std::string sound =
      "GET /a HTTP/1.1\r\nHost: a:80\r\nConnection: a, b\r\nContent-Length: 1\r\n\r\n";
  std::size_t taken = 0;
  for (std::size_t place = 0; place < sound.size(); ++place) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::string damaged = sound;
      damaged[place]      = static_cast<char>(byte);
      const auto whole    = read_in_pieces<request_reader>(damaged, damaged.size());
      const auto bytes    = read_in_pieces<request_reader>(damaged, 1);
      ASSERT_EQ(whole.status, bytes.status) << place << " " << byte;
      ASSERT_EQ(whole.used, bytes.used) << place << " " << byte;
      ASSERT_EQ(whole.reader.head(), bytes.reader.head()) << place << " " << byte;
      taken += whole.status == head_status::complete;
    }
  }
  EXPECT_GT(taken, sound.size());
}

TEST(ResponseReader, client_reads_nothing_behind_its_verdict) {
  for (const std::string bytes : {"HTTP/1.1 101 x\r\n\r\n", "SSH\r\n"}) {
    response_reader reader;
    const head_status first = feed(reader, bytes);
    std::size_t used        = 99;
    EXPECT_EQ(feed(reader, bytes, used), first);
    EXPECT_EQ(used, 0u);
  }
}

TEST(ResponseReader, client_refuses_what_is_no_answer) {
  const std::vector<std::string> wrong = {
      "HTTP/1.1  101 x\r\n\r\n",         "HTTP/1.1 1010 x\r\n\r\n",
      "HTTP/1.1 10 x\r\n\r\n",           "HTTP/1.1 +10 x\r\n\r\n",
      "HTTP/2.0 101 x\r\n\r\n",          "HTTP/1.1\r\n\r\n",
      "HTTP/1.1 101 a\rb\r\n\r\n",
      "HTTP/1.1 101 a\nb\r\n\r\n",  // no colon
      "HTTP/1.1 101 a\0b\r\n\r\n"s,      "HTTP/1.1 101 x\r\n X: a\r\n\r\n",
      "HTTP/1.1 101 x\r\nX : a\r\n\r\n", "HTTP/1.1 101 x\n X: a\n\n",
      "\r\nHTTP/1.1 101 x\r\n\r\n",      "GET / HTTP/1.1\r\n\r\n",
      "\x15\x03\x01\x00\x02\x02\x46"s,  // a TLS alert
      "220 mail.example.com ESMTP\r\n",  "HTTP/1.1 200 x\r\nContent-Length: a\r\n\r\n",
  };
  for (const std::string& bytes : wrong) {
    EXPECT_EQ(status_of_response(bytes), head_status::malformed) << bytes;
    EXPECT_EQ(read_in_pieces<response_reader>(bytes, 1).status, head_status::malformed) << bytes;
  }
}

}  // namespace
}  // namespace adieu::inline v1::http
