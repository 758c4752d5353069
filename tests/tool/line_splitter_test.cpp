// Lines come out of chunks, however those are cut.
#include "line_splitter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using adieu::tool::line_splitter;
using lines = std::vector<std::string>;

lines split(std::string_view text, std::size_t piece) {
  line_splitter splitter;
  lines out;
  const auto take = [&] {
    while (const auto line = splitter.front()) {
      out.emplace_back(*line);
      splitter.pop();
    }
  };
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    splitter.feed(text.substr(0, piece));
    take();
  }
  splitter.end();
  take();
  EXPECT_EQ(splitter.rest().lines, 0u);
  return out;
}

TEST(line_splitter, splits_at_newlines_however_the_bytes_come) {
  for (const std::size_t piece : {1, 2, 3, 100}) {
    EXPECT_EQ(split("one\ntwo\r\n\n\r\nlast", piece), (lines{"one", "two", "", "", "last"}));
    EXPECT_EQ(split("one\n", piece), (lines{"one"}));
    EXPECT_EQ(split("a\rb\r", piece), (lines{"a\rb\r"}));
    EXPECT_EQ(split("", piece), (lines{}));
  }
}

TEST(line_splitter, counts_what_was_not_taken) {
  line_splitter splitter;
  splitter.feed("gone\nabc\r\nde\nunfinished");
  splitter.front();
  splitter.pop();
  ASSERT_EQ(splitter.front(), "abc");
  EXPECT_EQ(splitter.rest().lines, 3u);
  EXPECT_EQ(splitter.rest().bytes, 3u + 2u + 10u);
}

TEST(line_splitter, keeps_a_known_line_when_more_comes) {
  line_splitter splitter;
  splitter.feed("a\nbc\n");
  splitter.front();
  splitter.pop();
  ASSERT_EQ(splitter.front(), "bc");
  splitter.feed("d");
  EXPECT_EQ(splitter.front(), "bc");
  splitter.pop();
  EXPECT_FALSE(splitter.front());
  splitter.end();
  EXPECT_EQ(splitter.front(), "d");
}

}  // namespace
