// Where a head ends, told without keeping a byte.
#include "http/head_scanner.hpp"

#include <gtest/gtest.h>

namespace adieu::inline v1::http {
namespace {

using kind = head_scanner::kind;

TEST(HeadScanner, stops_behind_the_empty_line) {
  head_scanner scanner(kind::request);
  EXPECT_EQ(scanner.scan("GET / HTTP/1.1\r\na:b\r\n\r\nmore"), 23u);
  EXPECT_EQ(scanner.status(), head_status::complete);
  EXPECT_EQ(scanner.scan("more"), 0u);
  EXPECT_EQ(scanner.status(), head_status::complete);
}

TEST(HeadScanner, goes_on_where_it_was) {
  head_scanner scanner(kind::response);
  EXPECT_EQ(scanner.scan("HTTP/1.1 101 \r"), 14u);
  EXPECT_EQ(scanner.scan(""), 0u);
  EXPECT_EQ(scanner.status(), head_status::incomplete);
  EXPECT_EQ(scanner.scan("\n\r\n"), 3u);
  EXPECT_EQ(scanner.status(), head_status::complete);
}

TEST(HeadScanner, looks_no_further_than_the_byte_that_is_wrong) {
  head_scanner scanner(kind::request);
  EXPECT_EQ(scanner.scan("GET / HTTP/1.1\r\na b:c\r\n\r\n"), 18u);
  EXPECT_EQ(scanner.status(), head_status::malformed);
}

TEST(HeadScanner, tells_a_request_from_a_response) {
  head_scanner request(kind::request);
  head_scanner response(kind::response);
  request.scan("HTTP/1.1 101 \r\n\r\n");
  response.scan("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(request.status(), head_status::malformed);
  EXPECT_EQ(response.status(), head_status::malformed);
}

}  // namespace
}  // namespace adieu::inline v1::http
