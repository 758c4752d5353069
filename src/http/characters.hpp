// The characters of HTTP: which byte may stand in a token, in a field value, in a request target,
// and how ASCII names are compared (RFC 9110 sections 5.5 and 5.6). It does not know what any of
// them mean.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace adieu::inline v1::http {

namespace characters {

inline constexpr std::uint8_t token  = 1;
inline constexpr std::uint8_t value  = 2;
inline constexpr std::uint8_t target = 4;

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool visible = c > 0x20 && c < 0x7f;
    // Field values hold visible characters, blanks, and bytes that are not ASCII [RFC 9110 5.5].
    if (visible || c == ' ' || c == '\t' || c > 0x7f) classes[c] |= value;
    if (visible) classes[c] |= token | target;
  }
  for (const char c : std::string_view("\"(),/:;<=>?@[\\]{}")) {
    classes[static_cast<unsigned char>(c)] &= static_cast<std::uint8_t>(~token);
  }
  // RFC 3986 allows less, but browsers leave | ^ ` { } [ ] \ as they are in a query (the URL
  // standard's percent-encode sets), so a server that refused these would refuse browsers. These
  // four they never send.
  for (const char c : std::string_view("\"<>#")) {
    classes[static_cast<unsigned char>(c)] &= static_cast<std::uint8_t>(~target);
  }
  return classes;
}

inline constexpr std::array<std::uint8_t, 256> classes = make_classes();

}  // namespace characters

constexpr bool is_token_char(char c) {
  return (characters::classes[static_cast<unsigned char>(c)] & characters::token) != 0;
}

constexpr bool is_value_char(char c) {
  return (characters::classes[static_cast<unsigned char>(c)] & characters::value) != 0;
}

constexpr bool is_target_char(char c) {
  return (characters::classes[static_cast<unsigned char>(c)] & characters::target) != 0;
}

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Of ASCII only: never asks the locale.
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr bool is_letter(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

constexpr std::string_view trim_blanks(std::string_view s) {
  while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
  return s;
}

}  // namespace adieu::inline v1::http
