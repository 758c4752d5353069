// What of a head is not shown.
#include "http/secrets.hpp"

#include <gtest/gtest.h>

namespace adieu::inline v1::http {
namespace {

// Of a field in a head of its own.
std::string shown(std::string_view field) {
  head_without_secrets head;
  head.line("GET / HTTP/1.1");
  return head.line(field);
}

std::string first_line(std::string_view text) { return head_without_secrets().line(text); }

TEST(secrets, are_not_shown_of_fields_that_have_them) {
  for (const std::string name : {"Authorization", "proxy-authorization", "COOKIE", "Set-Cookie",
                                 "Sec-WebSocket-Protocol", "Cookie "})
    EXPECT_EQ(shown(name + ": s3cret"), name + ": ***");
  EXPECT_EQ(shown("Cookie:s3cret"), "Cookie:***");
  EXPECT_EQ(shown("Cookie:"), "Cookie:***");
}

TEST(secrets, are_not_shown_on_lines_that_go_on) {
  head_without_secrets head;
  head.line("GET / HTTP/1.1");
  EXPECT_EQ(head.line("Authorization: Bearer"), "Authorization: ***");
  EXPECT_EQ(head.line("  s3cret"), "  ***");
  EXPECT_EQ(head.line("\ts3cret"), "\t***");
  EXPECT_EQ(head.line("Host: a"), "Host: a");
  EXPECT_EQ(head.line(" b"), " b");
}

TEST(secrets, other_fields_are_shown_as_they_are) {
  for (const char* field : {"Host: a?b=c", "Sec-WebSocket-Key: x", "WWW-Authenticate: Basic x",
                            "CookieX: y", "no colon", ":", ""})
    EXPECT_EQ(shown(field), field);
}

TEST(secrets, are_not_shown_of_a_request_target) {
  EXPECT_EQ(first_line("GET /a?token=s3cret HTTP/1.1"), "GET /a?*** HTTP/1.1");
  EXPECT_EQ(first_line("GET http://me:s3cret@a/b?c HTTP/1.1"), "GET http://***@a/b?*** HTTP/1.1");
  EXPECT_EQ(first_line("GET /a?b HTTP/1.1 s3cret HTTP/1.1"), "GET /a?*** HTTP/1.1");
  EXPECT_EQ(first_line("GET /a?s3cret s3cret"), "GET /a?***");
  EXPECT_EQ(first_line("GET /a HTTP/1.1"), "GET /a HTTP/1.1");
  EXPECT_EQ(first_line("?s3cret"), "?***");
  EXPECT_EQ(first_line("HTTP/1.1 200 really?"), "HTTP/1.1 200 really?");
}

TEST(secrets, are_not_shown_of_urls_in_fields) {
  EXPECT_EQ(shown("Location: https://me:s3cret@a/b?state=s3cret"), "Location: https://***@a/b?***");
  EXPECT_EQ(shown("Location: /b#access_token=s3cret"), "Location: /b#***");
  EXPECT_EQ(shown("referer: http://a/?s3cret"), "referer: http://a/?***");
  EXPECT_EQ(shown("Location: //me:s3c/ret@a"), "Location: //me:s3c/ret@a") << "no user: a path";
}

TEST(secrets, a_user_may_have_an_at_sign) {
  EXPECT_EQ(url_without_secrets("ws://a@b:s3cret@host/x@y"), "ws://***@host/x@y");
}

}  // namespace
}  // namespace adieu::inline v1::http
