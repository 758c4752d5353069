// The first words of a page that refuses.
#include "refusal_text.hpp"

#include <gtest/gtest.h>

namespace {

using adieu::opening_response;
using adieu::tool::first_words;

std::string words_of(std::string body, std::string type = {}) {
  return first_words({.status = 403, .headers = {{"Content-Type", type}}, .body = std::move(body)});
}

TEST(refusal_text, is_the_first_line_that_says_something) {
  EXPECT_EQ(words_of("\r\n  \t\r\nno entry \r\nand more"), "no entry");
  EXPECT_EQ(words_of(""), "");
  EXPECT_EQ(words_of(" \n \n"), "");
}

TEST(refusal_text, is_an_html_pages_title) {
  EXPECT_EQ(words_of("<html>\r\n<head><title>400 No required SSL certificate was "
                     "sent</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>"),
            "400 No required SSL certificate was sent");
  EXPECT_EQ(words_of("<!DOCTYPE html><!-- a > b --><style>p { }</style><p>no</p>"), "no");
  EXPECT_EQ(words_of("a < b", "text/html; charset=utf-8"), "a");
  EXPECT_EQ(words_of("a < b", "text/plain"), "a < b");
}

TEST(refusal_text, forges_no_line_and_drives_no_terminal) {
  EXPECT_EQ(words_of("\x1b[2Jno\xe2\x80\xa8\xff\nclosed 1000"), "\\x1b[2Jno\\u2028\\xff");
}

TEST(refusal_text, is_no_longer_than_a_line_should_be) {
  const std::string words = words_of(std::string(4096, 'x'));
  EXPECT_LE(words.size(), 200u);
  EXPECT_TRUE(words.ends_with("…"));
}

}  // namespace
