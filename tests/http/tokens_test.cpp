// Lists of tokens and of extensions.
#include "http/tokens.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace adieu::inline v1::http {
namespace {

using strings = std::vector<std::string>;

TEST(HasToken, finds_an_element_without_regard_to_case) {
  for (const char* list :
       {"upgrade", "Upgrade", "keep-alive, Upgrade", "keep-alive,UPGRADE,x", " \tupgrade\t ",
        ",, ,upgrade,,", "a b, upgrade", "x=\"a, b\", upgrade", "\"\\\"\",upgrade"}) {
    EXPECT_TRUE(has_token(list, "upgrade")) << list;
  }
}

TEST(HasToken, finds_no_part_of_an_element_and_nothing_in_quotes) {
  for (const char* list : {"", ",", "upgrades", "xupgrade", "up grade", "upgrade/1", "upgrade;q=1",
                           "\"upgrade\"", "x=\"a, upgrade, b\"", "x=\"\\\", upgrade, \"",
                           "upgrade x", "\"upgrade", "x=\"a,upgrade", "\"upgrade\\"}) {
    EXPECT_FALSE(has_token(list, "upgrade")) << list;
  }
  EXPECT_FALSE(has_token("", ""));
  EXPECT_FALSE(has_token(",,", ""));
}

TEST(TokenList, gives_the_tokens_in_their_order_repeated_ones_too) {
  EXPECT_EQ(token_list("chat"), strings({"chat"}));
  EXPECT_EQ(token_list("b, a,\tb ,B"), strings({"b", "a", "b", "B"}));
  EXPECT_EQ(token_list(" ,, a , ,b,"), strings({"a", "b"}));
}

TEST(TokenList, is_none_if_an_element_is_not_a_token_or_there_is_no_element) {
  for (const char* list : {"", " ", ",", " , ,", "a b", "a;b", "\"a\"", "a, b c", "a/b", "a\x01",
                           "a, \xc3\xa9", "a, (b)", "\"a", "\"a, b\""}) {
    EXPECT_EQ(token_list(list), std::nullopt) << list;
  }
}

TEST(TokenList, ends_at_the_limit) {
  std::string list = "a";
  for (std::size_t i = 1; i < list_limit; ++i) list += ",a";
  ASSERT_TRUE(token_list(list));
  EXPECT_EQ(token_list(list)->size(), list_limit);
  EXPECT_FALSE(token_list(list + ",a"));
}

TEST(ExtensionList, gives_names_and_parameters_in_their_order) {
  const std::vector<extension> expected = {
      {"permessage-deflate",
       {{"client_max_window_bits", std::nullopt}, {"server_max_window_bits", "10"}}},
      {"x-other", {}},
      {"permessage-deflate", {{"a", "b"}, {"a", "c"}}},
  };
  EXPECT_EQ(extension_list("permessage-deflate; client_max_window_bits; server_max_window_bits=10, "
                           "x-other,permessage-deflate;a=b;a=c"),
            expected);
  EXPECT_EQ(extension_list(" , permessage-deflate ;\tclient_max_window_bits ; "
                           "server_max_window_bits = \"10\" ,, x-other , "
                           "permessage-deflate;a=\"\\b\";a=\"c\" ,"),
            expected);
}

TEST(ExtensionList, is_none_if_the_grammar_is_another) {
  for (const char* list : {"",
                           " ",
                           ",",
                           "a;",
                           "a;;b",
                           "a;b=",
                           "a;b=,c",
                           "a;=b",
                           ";a",
                           "=a",
                           "a=b",
                           "a b",
                           "a;b c",
                           "a;b=c d",
                           "a;b=\"",
                           "a;b=\"c",
                           "a;b=\"\"",
                           "a;b=\"c d\"",
                           "a;b=\" c\"",
                           "a;b=\"c,d\"",
                           "a;b=\"c\\\"",
                           "a;b=\"c\"d",
                           "a;b=c\"d\"",
                           "a;\"b\"=c",
                           "\"a\"",
                           "a;b==c",
                           "a, b;",
                           "a/b",
                           "a;b=\"\\",
                           "a,\xc3\xa9",
                           "a;b=\"\xc3\xa9\"",
                           "a;b=(c)"}) {
    EXPECT_EQ(extension_list(list), std::nullopt) << list;
  }
}

TEST(ExtensionList, ends_at_the_limit) {
  std::string list       = "a";
  std::string parameters = "a";
  for (std::size_t i = 1; i < list_limit; ++i) list += ",a";
  for (std::size_t i = 0; i < list_limit; ++i) parameters += ";b=c";
  ASSERT_TRUE(extension_list(list));
  EXPECT_EQ(extension_list(list)->size(), list_limit);
  EXPECT_FALSE(extension_list(list + ",a"));
  ASSERT_TRUE(extension_list(parameters));
  EXPECT_EQ(extension_list(parameters)->front().parameters.size(), list_limit);
  EXPECT_FALSE(extension_list(parameters + ";b"));
}

TEST(Lists, of_a_megabyte_are_read_in_linear_time) {
  const std::size_t size = 1 << 20;
  const auto begin       = std::chrono::steady_clock::now();
  for (const std::string& list :
       {std::string(size, ','), std::string(size, ' '), std::string(size, 'a'),
        std::string(size, '"'), std::string(size, ';'), "a;b=\"" + std::string(size, '\\'),
        "a" + std::string(size, ',') + ";"}) {
    has_token(list, "upgrade");
    token_list(list);
    extension_list(list);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace adieu::inline v1::http
