// What a person types, and how it keeps its place below what is printed.
#include "line_editor.hpp"

#include <gtest/gtest.h>

#include <clocale>

namespace {

using namespace adieu::tool;

// A terminal of one row that scrolls, as far as an editor drives it.
class screen {
 public:
  void write(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] == '\r') {
        column_ = 0;
      } else if (bytes.substr(i, 3) == "\x1b[K") {
        row_.resize(column_);
        i += 2;
      } else if (bytes[i] == '\n') {
        above += row_ + '\n';
        row_.clear();
        column_ = 0;
      } else {
        row_.replace(column_, 1, 1, bytes[i]);
        ++column_;
      }
    }
  }
  const std::string& row() const { return row_; }
  std::string above;

 private:
  std::string row_;
  std::size_t column_ = 0;
};

class editing : public ::testing::Test {
 protected:
  std::string type(std::string_view keys) {
    const auto typed = editor.type(keys);
    shown.write(typed.screen);
    ended = typed.ended;
    return typed.lines;
  }
  line_editor editor;
  screen shown;
  bool ended = false;
};

TEST_F(editing, keeps_what_is_typed_below_what_is_printed) {
  EXPECT_EQ(type("hel"), "");
  EXPECT_EQ(shown.row(), "hel");
  shown.write(editor.around("news\nmore\n"));
  EXPECT_EQ(shown.above, "news\nmore\n");
  EXPECT_EQ(shown.row(), "hel");
  EXPECT_EQ(type("lo\n"), "hello\n");
  EXPECT_EQ(shown.above, "news\nmore\nhello\n");
  EXPECT_EQ(shown.row(), "");
}

TEST_F(editing, changes_nothing_where_nothing_is_typed) {
  EXPECT_EQ(editor.around("news\n"), "news\n");
  EXPECT_EQ(editor.type("x\n").screen, "x\n");
  type("x");
  EXPECT_EQ(editor.around(""), "");
}

TEST_F(editing, takes_several_lines_at_once_and_the_beginning_of_another) {
  EXPECT_EQ(type("one\n\ntwo\nthr"), "one\n\ntwo\n");
  EXPECT_EQ(shown.above, "one\n\ntwo\n");
  EXPECT_EQ(shown.row(), "thr");
}

TEST_F(editing, erases_characters_words_and_all) {
  type("a\xc3\xa4\x7f");
  EXPECT_EQ(shown.row(), "a");
  type("\x7f\x7f\b");
  EXPECT_EQ(shown.row(), "");
  type("two  words ");
  type("\x17");
  EXPECT_EQ(shown.row(), "two  ");
  type("\x17\x17");
  EXPECT_TRUE(editor.is_empty());
  type("all of it\x15ok");
  EXPECT_EQ(type("\n"), "ok\n");
}

TEST_F(editing, ends_the_input_on_an_empty_line_only) {
  type("x\x04");
  EXPECT_FALSE(ended);
  EXPECT_EQ(type("\n"), "x\n");
  EXPECT_EQ(type("y\n\x04z"), "y\n");
  EXPECT_TRUE(ended);
}

TEST_F(editing, takes_no_part_of_a_key_that_sends_several_bytes) {
  for (const char* key : {"\x1b[A", "\x1b[3~", "\x1bOP", "\x1b[1;5C",
                          "\x1b"
                          "b"})
    type(key);
  type("\x1b");
  type("[");
  type("C");
  EXPECT_TRUE(editor.is_empty());
  EXPECT_EQ(type("\x1b\n"), "\n") << "a key that came to nothing";
  EXPECT_EQ(type("a\x16\x1b[A\n"), "a\x1b[A\n") << "unless it is wanted";
  EXPECT_EQ(shown.above, "\na\\x1b[A\n") << "made harmless";
}

TEST_F(editing, other_controls_do_nothing_and_keys_can_be_others) {
  EXPECT_EQ(type("a\x01\x0c\x1f"
                 "b\n"),
            "ab\n");
  line_editor other({.erase = '#', .end = 'q'});
  EXPECT_EQ(other
                .type("ab#\x7f"
                      "c\n")
                .lines,
            "ac\n")
      << "DEL is not erase here";
  EXPECT_TRUE(other.type("q").ended);
}

TEST_F(editing, shows_the_end_of_a_line_that_does_not_fit) {
  editor.set_columns(6);
  type("abcdefgh");
  EXPECT_EQ(shown.row(), "defgh");
  type("\x7f\x7f\x7f\x7f");
  EXPECT_EQ(shown.row(), "abcd");
  EXPECT_EQ(type("efgh\n"), "abcdefgh\n");
  EXPECT_EQ(shown.above, "abcdefgh\n") << "whole, once it is finished";
  if (!std::setlocale(LC_CTYPE, "C.UTF-8")) GTEST_SKIP() << "no such locale";
  type("a\xe4\xb8\xad\xe6\x96\x87");  // two of two columns each
  EXPECT_EQ(shown.row(), "a\xe4\xb8\xad\xe6\x96\x87");
  type("b");
  EXPECT_EQ(shown.row(),
            "\xe4\xb8\xad\xe6\x96\x87"
            "b");
  std::setlocale(LC_CTYPE, "C");
}

TEST_F(editing, a_character_may_come_in_pieces) {
  EXPECT_EQ(type("\xe4\xb8"), "");
  EXPECT_EQ(type("\xad\n"), "\xe4\xb8\xad\n");
  EXPECT_EQ(shown.above, "\xe4\xb8\xad\n");
}

}  // namespace
