// Looking fields up.
#include "http/head.hpp"

#include <gtest/gtest.h>

namespace adieu::inline v1::http {
namespace {

TEST(Fields, are_found_without_regard_to_case_the_first_one_first) {
  const fields headers{{"Upgrade", "a"}, {"Host", "b"}, {"UPGRADE", "c"}};
  ASSERT_NE(headers.find("upgrade"), nullptr);
  EXPECT_EQ(*headers.find("upgrade"), "a");
  EXPECT_EQ(headers.find("upgrad"), nullptr);
  EXPECT_EQ(headers.find("upgrades"), nullptr);
  EXPECT_EQ(headers.count("uPGRADE"), 2u);
  EXPECT_EQ(headers.count("Origin"), 0u);
}

TEST(Fields, of_one_name_are_joined_to_a_list_in_their_order) {
  fields headers;
  EXPECT_EQ(headers.list("a"), "");
  headers.add("A", "1, 2");
  headers.add("b", "x");
  headers.add("a", "");
  headers.add("a", "3");
  EXPECT_EQ(headers.list("a"), "1, 2, , 3");
  EXPECT_EQ(headers.size(), 4u);
  EXPECT_EQ(fields({{"a", ""}, {"a", "1"}}).list("a"), ", 1");
}

TEST(Fields, compare_letters_of_ascii_only) {
  const fields headers{{"a^", "1"}, {"@", "2"}};
  EXPECT_EQ(headers.find("A~"), nullptr);
  EXPECT_EQ(headers.find("`"), nullptr);
}

TEST(Fields, set_changes_the_first_of_its_name_or_adds_one) {
  fields f{{"A", "1"}, {"b", "2"}};
  f.set("B", "3");
  f.set("C", "4");
  EXPECT_EQ(f, (fields{{"A", "1"}, {"b", "3"}, {"C", "4"}}));
}

}  // namespace
}  // namespace adieu::inline v1::http
