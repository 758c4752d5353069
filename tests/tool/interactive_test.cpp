// What a person types is told apart.
#include "interactive.hpp"

#include <gtest/gtest.h>

namespace {

using namespace adieu::tool;

typed parse(std::string_view line) { return parse_typed(line, 4000, "preset"); }

TEST(interactive, sends_text_and_a_literal_slash) {
  EXPECT_EQ(std::get<typed_text>(parse("hello /close")).text, "hello /close");
  EXPECT_EQ(std::get<typed_text>(parse("//close")).text, "/close");
  EXPECT_EQ(std::get<typed_text>(parse("")).text, "");
}

TEST(interactive, closes_with_what_is_typed_or_preset) {
  const auto preset = std::get<typed_close>(parse("/close"));
  EXPECT_EQ(preset.code, 4000);
  EXPECT_EQ(preset.reason, "preset");
  const auto code = std::get<typed_close>(parse("/close 4001"));
  EXPECT_EQ(code.code, 4001);
  EXPECT_EQ(code.reason, "");
  const auto both = std::get<typed_close>(parse("/close  4001 two words "));
  EXPECT_EQ(both.code, 4001);
  EXPECT_EQ(both.reason, "two words ");
}

TEST(interactive, knows_its_commands_and_no_others) {
  EXPECT_TRUE(std::holds_alternative<typed_ping>(parse("/ping")));
  EXPECT_TRUE(std::holds_alternative<typed_terminate>(parse("/terminate")));
  for (const auto line : {"/", "/closed", "/close x", "/close 70000", "/close -1", "/PING"})
    EXPECT_TRUE(std::holds_alternative<typed_mistake>(parse(line))) << line;
}

}  // namespace
