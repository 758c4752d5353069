// What is right UTF-8 by a reading of the RFC that decodes code points, and texts to try it on.
// Knows nothing of the code under test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace adieu::tests {

inline std::string encoded(std::uint32_t code_point) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  const auto more = [&](int shift) { return byte(0x80 | (code_point >> shift & 0x3F)); };
  if (code_point < 0x80) return {byte(code_point)};
  if (code_point < 0x800) return {byte(0xC0 | code_point >> 6), more(0)};
  if (code_point < 0x1'0000) return {byte(0xE0 | code_point >> 12), more(6), more(0)};
  return {byte(0xF0 | code_point >> 18), more(12), more(6), more(0)};
}

inline bool is_scalar_value(std::uint32_t code_point) {
  return code_point <= 0x10'FFFF && !(code_point >= 0xD800 && code_point <= 0xDFFF);
}

// RFC 3629 §3: take the bits out, and see if the result has just this encoding.
inline bool is_right(std::string_view text) {
  const auto value = [&](std::size_t at) -> std::uint32_t {
    return static_cast<unsigned char>(text[at]);
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t lead = value(at);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length == 0 || lead >= 0xF8 || text.size() - at < length) return false;
    const std::uint32_t smallest = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x1'0000;
    std::uint32_t code_point     = lead & (0x7Fu >> length);
    for (std::size_t n = 1; n < length; ++n) {
      if ((value(at + n) & 0xC0) != 0x80) return false;
      code_point = code_point << 6 | (value(at + n) & 0x3F);
    }
    if (code_point < smallest || !is_scalar_value(code_point)) return false;
    at += length;
  }
  return true;
}

// Some text that is right begins so.
inline bool may_become_right(const std::string& text) {
  for (const char* rest :
       {"", "\x80", "\xBF", "\x80\x80", "\x90\x80", "\xA0\x80", "\x80\x80\x80", "\x90\x80\x80"}) {
    if (is_right(text + rest)) return true;
  }
  return false;
}

// One byte of each class of the grammar, and those beside the bounds of its rules.
inline const std::string telling_bytes =
    "\x41\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xE1\xEC\xED\xEE\xEF\xF0\xF1\xF3\xF4\xF5"
    "\xF8\xFF";

inline const std::string sample =
    "Grüße, 再见, мой друг 👋🏽 and goodbye. Αντίο 𐍈\xF4\x8F\xBF\xBF\x7F. ";

inline std::string long_text(std::size_t at_least) {
  std::string text;
  while (text.size() < at_least) text += sample;
  return text;
}

// --- for the tests to speak ---

inline const std::byte* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::byte*>(text.data());
}

inline std::string shown(std::string_view text) {
  std::string hex;
  for (const char each : text) {
    constexpr const char* digits = "0123456789ABCDEF";
    hex += digits[static_cast<unsigned char>(each) >> 4];
    hex += digits[static_cast<unsigned char>(each) & 15];
    hex += ' ';
  }
  return hex;
}

}  // namespace adieu::tests
