// Nothing that could drive a terminal or forge a line stays.
#include "base/escape.hpp"

#include <adieu/close_code.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace adieu::inline v1 {
namespace {

TEST(escape, leaves_text_as_it_is) {
  EXPECT_EQ(escape("añb\\\" \xf0\x9f\x91\x8b"), "añb\\\" \xf0\x9f\x91\x8b");
}

TEST(escape, makes_controls_visible) {
  EXPECT_EQ(escape("\x1b[2J\x07\x7f\r\n\t"), "\\x1b[2J\\x07\\x7f\\r\\n\\t");
  EXPECT_EQ(escape(std::string("\0", 1)), "\\x00");
  EXPECT_EQ(escape("\xc2\x9b"), "\\u009b");                         // C1
  EXPECT_EQ(escape("\xe2\x80\xa8\xe2\x80\xa9"), "\\u2028\\u2029");  // line, paragraph
}

TEST(escape, makes_changes_of_direction_visible) {
  EXPECT_EQ(escape("\xe2\x80\xae\xe2\x81\xa6\xd8\x9c"), "\\u202e\\u2066\\u061c");
}

TEST(escape, makes_bytes_visible_that_are_not_utf8) {
  EXPECT_EQ(escape("\xff\xc3("), "\\xff\\xc3(");
  EXPECT_EQ(escape("\xc0\x8a"), "\\xc0\\x8a");
  EXPECT_EQ(escape("\xe2\x82"), "\\xe2\\x82");
}

TEST(escape, keeps_lines_if_asked) { EXPECT_EQ(escape("a\n\tb\r", layout::lines), "a\n\tb\\r"); }

TEST(escape, of_a_beginning_ends_in_an_ellipsis_if_there_is_more) {
  EXPECT_EQ(escape_beginning("abcdef", 6), "abcdef");
  EXPECT_EQ(escape_beginning("abcdefg", 6), "abc…");
  EXPECT_EQ(escape_beginning("", 6), "");
}

TEST(escape, cuts_neither_a_character_nor_an_escape) {
  EXPECT_EQ(escape_beginning("ab\xc3\xb1z", 5), "ab\xc3\xb1z");
  EXPECT_EQ(escape_beginning("ab\xc3\xb1zzz", 6), "ab…");
  EXPECT_EQ(escape_beginning("a\x1b\x1b", 8), "a\\x1b…");
  EXPECT_EQ(escape_beginning("a\x1b\x1b", 7), "a…");
}

TEST(escape, writes_no_more_than_there_is_room_for) {
  for (std::size_t room = 3; room < 20; ++room) {
    std::array<char, 32> bytes;
    bytes.fill('#');
    const auto text = escape_into(std::span(bytes.data(), room), "a\x1b\xe2\x80\xae\nlonger");
    EXPECT_LE(text.size(), room);
    EXPECT_EQ(bytes[room], '#') << room;
    EXPECT_TRUE(literal::is_utf8(text));
  }
}

TEST(quote, is_unambiguous_and_one_line) { EXPECT_EQ(quote("a\"b\\n\n"), "\"a\\\"b\\\\n\\n\""); }

}  // namespace
}  // namespace adieu::inline v1
