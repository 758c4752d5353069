// Nothing that could drive a terminal stays.
#include "terminal.hpp"

#include <gtest/gtest.h>

namespace {

using adieu::tool::escape;
using adieu::tool::layout;
using adieu::tool::quote;

TEST(escape, leaves_text_as_it_is) {
  EXPECT_EQ(escape("añb\\\" \xf0\x9f\x91\x8b"), "añb\\\" \xf0\x9f\x91\x8b");
}

TEST(escape, makes_controls_visible) {
  EXPECT_EQ(escape("\x1b[2J\x07\x7f\r\n\t"), "\\x1b[2J\\x07\\x7f\\r\\n\\t");
  EXPECT_EQ(escape("\xc2\x9b"), "\\u009b");
  EXPECT_EQ(escape("\xe2\x80\xae"), "\\u202e");
}

TEST(escape, keeps_lines_if_asked) { EXPECT_EQ(escape("a\n\tb\r", layout::lines), "a\n\tb\\r"); }

TEST(escape, makes_bytes_visible_that_are_not_utf8) {
  EXPECT_EQ(escape("\xff\xc3("), "\\xff\\xc3(");
  EXPECT_EQ(escape("\xc0\x80"), "\\xc0\\x80");
  EXPECT_EQ(escape("\xe2\x82"), "\\xe2\\x82");
  EXPECT_EQ(escape("\x9b"), "\\x9b");
}

TEST(quote, is_unambiguous) { EXPECT_EQ(quote("a\"b\\n\n"), "\"a\\\"b\\\\n\\n\""); }

}  // namespace
