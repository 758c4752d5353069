// Host and port: what is taken for them, whatever Boost.URL takes.
#include "http/authority.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace adieu::inline v1::http {
namespace {

TEST(Authority, end_reads_host_and_port) {
  const std::vector<std::pair<std::string, authority>> sound = {
      {"a", {"a", {}}},
      {"A.B", {"a.b", {}}},
      {"a:", {"a", {}}},
      {"a:80", {"a", std::uint16_t{80}}},
      {"a_b.c.:1", {"a_b.c.", std::uint16_t{1}}},
      {"1.2.3.4:65535", {"1.2.3.4", std::uint16_t{65535}}},
      {"1.2.3.4.a", {"1.2.3.4.a", {}}},
      {"[::1]", {"::1", {}}},
      {"[::1]:", {"::1", {}}},
      {"[0:0::FFFF:1.2.3.4]:8080", {"::ffff:1.2.3.4", std::uint16_t{8080}}},
      {"%61", {"a", {}}}};
  for (const auto& [text, expected] : sound) {
    const authority_result read = read_authority(text, 0);
    ASSERT_TRUE(read.value) << text << ": " << read.why;
    EXPECT_EQ(*read.value, expected) << text;
  }
  EXPECT_EQ(bracketed("::1"), "[::1]");
  EXPECT_EQ(bracketed("a"), "a");
}

// Releases of Boost.URL differ in these: a zone is taken since 1.83, brackets since 1.88.
TEST(Authority, end_refuses_what_only_some_parsers_take) {
  for (const char* text :
       {"",         ":80",    "[::1%25eth0]", "[::1%eth0]", "[::1", "::1",
        "[::1]a",   "[v1.a]", "[1.2.3.4]",    "[]",         "a[",   "[[::1]]",
        "a:b",      "a:-1",   "a:+1",         "a:1:2",      "a@b",  "a/b",
        "1.2.3.4/", "127.1",  "0x7f.1",       "1.2.3.4.",   "a b",  "a\xc3\xa9"}) {
    const authority_result read = read_authority(text, 0);
    EXPECT_FALSE(read.value) << text;
    EXPECT_TRUE(read.why.ends_with('.')) << text << ": " << read.why;
  }
}

TEST(Authority, end_tells_the_place_in_the_text_that_it_was_taken_from) {
  EXPECT_NE(read_authority("a:b", 6).why.find("at offset 8"), std::string::npos);
  EXPECT_NE(read_authority("[::1%25a]", 5).why.find("at offset 9"), std::string::npos);
}

TEST(Authority, server_takes_a_host_field_of_host_and_port) {
  for (const char* s : {"", "a", "a:", "a:80", "[::1]", "[::1]:65535", "1.2.3.4", "1.2.3.4.a:80",
                        ":80", "a_b", "a%20b", "a,b", "[::1]:", "a:0"}) {
    EXPECT_TRUE(is_host_field(s)) << s;
  }
  for (const char* s : {"a b",     "a/",       "a?b",          "a#",         "u@a",
                        "@a",      "a:65536",  "a:99999",      "a:b",        "[::1",
                        "::1",     "[::1]a",   "a,b:c",        "1.2.3.4/a",  "a\\b",
                        "%",       "\xc3\xa9", "[::1%25eth0]", "[::1%eth0]", "[::1%25eth0]:80",
                        "[v1.a]",  "[]",       "a[]",          "[a]",        "a%2",
                        "a:80:80", "\"a\""}) {
    EXPECT_FALSE(is_host_field(s)) << s;
  }
}

}  // namespace
}  // namespace adieu::inline v1::http
