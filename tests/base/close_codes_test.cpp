// Every close code there can be, and reasons cut to fit. [RFC 6455 7.4; docs/closing.md 1, 7]
#include <adieu/close_code.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace adieu::inline v1 {
namespace {

using namespace std::string_literals;

bool among(unsigned code, std::initializer_list<unsigned> codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

TEST(CloseCodes, client_may_send_1000_and_3000_to_4999) {
  for (unsigned code = 0; code < 65536; ++code)
    ASSERT_EQ(may_send(static_cast<std::uint16_t>(code), role::client),
              code == 1000 || (code >= 3000 && code <= 4999))
        << code;
}

TEST(CloseCodes, server_may_send_what_a_server_has_reason_for_too) {
  for (unsigned code = 0; code < 65536; ++code)
    ASSERT_EQ(may_send(static_cast<std::uint16_t>(code), role::server),
              among(code, {1000, 1001, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014}) ||
                  (code >= 3000 && code <= 4999))
        << code;
}

TEST(CloseCodes, either_end_may_receive_what_the_registry_allows_on_the_wire) {
  for (unsigned code = 0; code < 65536; ++code)
    ASSERT_EQ(
        may_receive(static_cast<std::uint16_t>(code)),
        among(code, {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014}) ||
            (code >= 3000 && code <= 4999))
        << code;
}

TEST(CloseCodes, what_may_be_sent_may_be_received) {
  for (unsigned code = 0; code < 65536; ++code)
    for (const role from : {role::client, role::server}) {
      const auto c = static_cast<std::uint16_t>(code);
      EXPECT_TRUE(!may_send(c, from) || may_receive(c)) << code;
    }
}

TEST(CloseCodes, every_code_is_explained_and_says_who_may_send_it) {
  for (unsigned code = 0; code < 65536; ++code) {
    const auto c    = static_cast<std::uint16_t>(code);
    const auto says = explain(close_code(c));
    ASSERT_FALSE(says.meaning.empty() || says.sender.empty() || says.advice.empty()) << code;
    ASSERT_EQ(says.sender == "any application", may_send(c, role::client)) << code;
    ASSERT_EQ(says.sender == "a server's application",
              may_send(c, role::server) && !may_send(c, role::client))
        << code;
    ASSERT_EQ(says.sender == "the WebSocket library only", code == 1002 || code == 1010) << code;
  }
}

TEST(CloseCodes, registered_codes_have_names_of_their_own_and_others_none) {
  std::set<std::string_view> names;
  unsigned named = 0;
  for (unsigned code = 0; code < 65536; ++code) {
    const auto n = name(close_code(static_cast<std::uint16_t>(code)));
    if (n.empty()) continue;
    ++named;
    names.insert(n);
    EXPECT_TRUE((code >= 1000 && code <= 1015 && code != 1004) || among(code, {3000, 3003, 3008}))
        << code;
  }
  EXPECT_EQ(named, 18u);
  EXPECT_EQ(names.size(), named);
  EXPECT_EQ(name(close_code::going_away), "going_away");
  EXPECT_EQ(name(close_code::tls_failed), "tls_failed");
}

TEST(CloseCodes, a_code_to_send_holds_a_code_or_none) {
  EXPECT_EQ(code_to_send(1000).value(), 1000);
  EXPECT_EQ(code_to_send(close_code::going_away).value(), 1001);
  EXPECT_EQ(code_to_send(std::uint16_t{7}).value(), 7);  // checked when close() is called
  EXPECT_FALSE(code_to_send(no_status).value());
}

TEST(CloseCodes, a_reason_to_send_is_a_view_of_any_text) {
  const std::string s = "text";
  char buffer[]       = "array";
  EXPECT_EQ(reason_to_send("literal").text(), "literal");
  EXPECT_EQ(reason_to_send(s).text(), "text");
  EXPECT_EQ(reason_to_send(buffer).text(), "array");
  EXPECT_EQ(reason_to_send(std::string_view("view")).text(), "view");
}

TEST(TruncateReason, leaves_what_fits_as_it_is) {
  for (std::size_t n = 0; n <= max_reason; ++n)
    EXPECT_EQ(truncate_reason(std::string(n, 'r')).size(), n);
  const std::string fits = std::string(119, 'r') + "\xf0\x9f\x91\x8b";
  EXPECT_EQ(truncate_reason(fits), fits);
}

TEST(TruncateReason, cuts_at_a_code_point_of_every_length_at_every_place) {
  for (const std::string& point : {"x"s, "\xc3\xa9"s, "\xe2\x82\xac"s, "\xf0\x9f\x91\x8b"s})
    for (std::size_t before = 0; before <= 130; ++before) {
      std::string text(before, 'a');
      for (int i = 0; i < 200; ++i) text += point;
      const auto cut = truncate_reason(text);
      ASSERT_LE(cut.size(), max_reason);
      ASSERT_TRUE(literal::is_utf8(cut));
      ASSERT_EQ(cut, std::string_view(text).substr(0, cut.size()));
      // No further code point would have fitted.
      ASSERT_GT(cut.size() + (before >= max_reason ? 1 : point.size()), max_reason);
    }
}

TEST(TruncateReason, cuts_what_is_not_utf8_where_it_begins) {
  EXPECT_EQ(truncate_reason("good\xff"
                            "bad"),
            "good");
  EXPECT_EQ(truncate_reason("\xff"), "");
  EXPECT_EQ(truncate_reason("cut \xe2\x82"), "cut ");
  EXPECT_EQ(truncate_reason("a\xed\xa0\x80z"), "a");
  EXPECT_EQ(truncate_reason(std::string(200, '\x80')), "");
  EXPECT_EQ(truncate_reason(std::string(122, 'a') + std::string(10, '\x80')),
            std::string(122, 'a'));
  EXPECT_EQ(truncate_reason(""), "");
}

TEST(LiteralUtf8, agrees_with_the_definition_at_its_edges) {
  for (const char* good : {"", "ascii", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(literal::is_utf8(good)) << good;
  for (const char* bad : {"\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf",
                          "\xed\xa0\x80", "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80", "\xff", "a\xc3(", "\xf0\x9f\x91("})
    EXPECT_FALSE(literal::is_utf8(bad)) << bad;
}

}  // namespace
}  // namespace adieu::inline v1
