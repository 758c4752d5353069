// The enumerators' names and the sentences of errors: each its own.
#include <adieu/ending.hpp>
#include <adieu/error.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace adieu::inline v1 {
namespace {

template <typename Enum>
void expect_names_of_their_own(int first, int last, std::string_view last_name) {
  std::set<std::string_view> names;
  for (int i = first; i <= last; ++i) {
    EXPECT_FALSE(name(static_cast<Enum>(i)).empty()) << i;
    names.insert(name(static_cast<Enum>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last - first + 1));
  EXPECT_EQ(name(static_cast<Enum>(last)), last_name);
  EXPECT_EQ(name(static_cast<Enum>(last + 1)), "");
}

TEST(Names, every_initiator_has_one) { expect_names_of_their_own<initiator>(0, 3, "both"); }
TEST(Names, every_cause_has_one) { expect_names_of_their_own<cause>(1, 19, "out_of_memory"); }
TEST(Names, every_phase_has_one) { expect_names_of_their_own<phase>(0, 7, "ending"); }
TEST(Names, every_ready_state_has_one) { expect_names_of_their_own<ready_state>(0, 3, "closed"); }

TEST(Names, every_error_is_explained_in_a_sentence_of_its_own) {
  std::set<std::string_view> sentences;
  for (int i = 0; i <= static_cast<int>(error::bad_option); ++i)
    sentences.insert(explain(static_cast<error>(i)));
  EXPECT_EQ(sentences.size(), 9u);
  EXPECT_EQ(sentences.count(""), 0u);
  EXPECT_EQ(explain(static_cast<error>(99)), "");
}

}  // namespace
}  // namespace adieu::inline v1
