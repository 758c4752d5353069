// Durations are read and printed.
#include "duration.hpp"

#include <gtest/gtest.h>

namespace {

using adieu::tool::parse_duration;
using adieu::tool::print_duration;
using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(duration, reads_a_number_and_a_unit) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("3s"), milliseconds(3'000));
  EXPECT_EQ(parse_duration("1.5s"), milliseconds(1'500));
  EXPECT_EQ(parse_duration("0.25s"), milliseconds(250));
  EXPECT_EQ(parse_duration("00.0005s"), milliseconds(1));
  EXPECT_EQ(parse_duration("1m"), milliseconds(60'000));
  EXPECT_EQ(parse_duration("2h"), milliseconds(7'200'000));
  EXPECT_EQ(parse_duration("0"), milliseconds(0));
  EXPECT_EQ(parse_duration("0s"), milliseconds(0));
}

TEST(duration, refuses_everything_else) {
  for (const auto text :
       {"", "3", "s", "ms", "-1s", "+1s", " 1s", "1 s", "1s ", "1d", "1.2.3s", ".5s", "5.s", "1e3s",
        "0x10s", "nan", "inf s", "9000h", "99999999999999999999s"})
    EXPECT_FALSE(parse_duration(text)) << text;
  EXPECT_FALSE(parse_duration(std::string(400, '9') + "s"));
  EXPECT_FALSE(parse_duration(std::string(400, '9') + "." + std::string(400, '9') + "s"));
}

TEST(duration, prints_short_and_never_more_than_it_was) {
  EXPECT_EQ(print_duration(microseconds(0)), "0ms");
  EXPECT_EQ(print_duration(microseconds(450)), "0.4ms");
  EXPECT_EQ(print_duration(microseconds(2'000)), "2ms");
  EXPECT_EQ(print_duration(microseconds(12'999)), "12ms");
  EXPECT_EQ(print_duration(microseconds(999'999)), "999ms");
  EXPECT_EQ(print_duration(microseconds(3'290'000)), "3.2s");
  EXPECT_EQ(print_duration(microseconds(59'999'999)), "59.9s");
  EXPECT_EQ(print_duration(std::chrono::seconds(60)), "1m");
  EXPECT_EQ(print_duration(std::chrono::seconds(125)), "2m5s");
  EXPECT_EQ(print_duration(std::chrono::seconds(4'200)), "1h10m");
}

}  // namespace
