// Dates in the three forms of RFC 9110 5.6.7, and what is none.
#include "http/date.hpp"

#include <gtest/gtest.h>

namespace adieu::http {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr sys_seconds now = sys_days(2026y / 3 / 15) + 12h;

TEST(date, reads_the_three_forms_of_the_same_moment) {
  const sys_seconds wanted = sys_days(1994y / 11 / 6) + 8h + 49min + 37s;
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994"})
    EXPECT_EQ(parse_date(text, now), wanted) << text;
  EXPECT_EQ(parse_date("Wed Nov 16 08:49:37 1994", now),
            sys_days(1994y / 11 / 16) + 8h + 49min + 37s);
}

TEST(date, is_written_in_the_form_of_today) {
  EXPECT_EQ(write_date(sys_days(1994y / 11 / 6) + 8h + 49min + 37s),
            "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(write_date(sys_seconds()), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(write_date(sys_days(2000y / 2 / 29) + 23h + 59min + 59s),
            "Tue, 29 Feb 2000 23:59:59 GMT");
  EXPECT_EQ(write_date(sys_days(9999y / 12 / 31)), "Fri, 31 Dec 9999 00:00:00 GMT");
  EXPECT_EQ(write_date(sys_days(33y / 4 / 3)), "Sun, 03 Apr 0033 00:00:00 GMT");
  EXPECT_EQ(write_date(sys_days(1969y / 12 / 31) + 1s), "Wed, 31 Dec 1969 00:00:01 GMT");
}

TEST(date, is_read_as_it_was_written) {
  for (sys_seconds at = sys_days(1970y / 1 / 1); at < sys_days(2100y / 1 / 1);
       at += 97h + 13min + 7s)
    ASSERT_EQ(parse_date(write_date(at), now), at);
}

TEST(date, takes_a_year_of_two_digits_for_one_at_most_50_years_ahead) {
  const auto year_of = [](const char* text) {
    const auto at = parse_date(text, now);
    return at ? static_cast<int>(year_month_day(floor<days>(*at)).year()) : 0;
  };
  EXPECT_EQ(year_of("Monday, 01-Jan-26 00:00:00 GMT"), 2026);
  EXPECT_EQ(year_of("Monday, 01-Jan-76 00:00:00 GMT"), 2076);
  EXPECT_EQ(year_of("Monday, 01-Jan-77 00:00:00 GMT"), 1977);
  EXPECT_EQ(year_of("Monday, 29-Feb-00 00:00:00 GMT"), 2000);
}

TEST(date, knows_leap_seconds_and_leap_years) {
  EXPECT_EQ(parse_date("Sat, 31 Dec 2016 23:59:60 GMT", now), sys_days(2017y / 1 / 1));
  EXPECT_TRUE(parse_date("Thu, 29 Feb 2024 00:00:00 GMT", now));
  EXPECT_FALSE(parse_date("Wed, 29 Feb 2023 00:00:00 GMT", now));
}

TEST(date, refuses_each_form_with_any_byte_changed_or_cut_off) {
  for (const std::string text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                 "Sun Nov 16 08:49:37 1994"})
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::string changed = text;
      changed[i]          = '~';
      EXPECT_FALSE(parse_date(changed, now)) << changed;
      EXPECT_FALSE(parse_date(text.substr(0, i), now)) << text.substr(0, i);
    }
}

TEST(date, refuses_a_day_that_no_century_has) {
  EXPECT_FALSE(parse_date("Sunday, 31-Nov-94 08:49:37 GMT", now));
  EXPECT_FALSE(parse_date("Sunday, 29-Feb-95 08:49:37 GMT", now));
}

TEST(date, refuses_what_is_none) {
  for (const char* text : {"",
                           "now",
                           "120",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "sun, 06 nov 1994 08:49:37 gmt",
                           "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:60:00 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Sun, 31 Nov 1994 08:49:37 GMT",
                           "Sun, -6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov -994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "Sunday, 06-Nov-94 08:49:37 GMT ",
                           "Sun, 06 Abc 1994 08:49:37 GMT",
                           "Xyz, 06 Nov 1994 08:49:37 GMT",
                           "Sunday, 06-Nov-1994 08:49:37 GMT",
                           "Sun Nov 06 08:49:37 94",
                           "Sun Nov  6 08:49:37 1994 "})
    EXPECT_FALSE(parse_date(text, now)) << text;
}

}  // namespace
}  // namespace adieu::http
