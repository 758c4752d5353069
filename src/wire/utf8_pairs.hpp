// Which two bytes may not stand side by side in a UTF-8 text, as tables to look nibbles up in.
//
// Nearly every error shows in two neighbouring bytes, and in three of their four nibbles: both of
// the first byte and the upper one of the second. The errors fall into eight rules, each of which
// names a set of values for each of the three nibbles; it is broken if all three are in its sets.
// A rule is a bit, so three lookups and two ANDs try all eight at once. (The method: Keiser and
// Lemire, "Validating UTF-8 in less than one instruction per byte", 2021.)
//
// The last rule is no error by itself: two continuation bytes are right just where the byte before
// them began a sequence of three, or one of four began a byte earlier. The user compares.
// Does not know how the tables are looked up.
#pragma once

#include <array>
#include <cstdint>

namespace adieu::inline v1::wire {

struct utf8_pair_rule {
  std::uint16_t first_upper, first_lower, second_upper;  // bit n: the nibble may be n
};

// The set of the nibbles from `lowest` to `highest`.
constexpr std::uint16_t nibbles(unsigned lowest, unsigned highest) noexcept {
  return static_cast<std::uint16_t>((2u << highest) - (1u << lowest));
}

constexpr std::uint16_t nibble(unsigned n) noexcept { return nibbles(n, n); }

inline constexpr std::uint16_t any_nibble      = nibbles(0x0, 0xF);
inline constexpr std::uint16_t continuation    = nibbles(0x8, 0xB);
inline constexpr std::uint16_t no_continuation = any_nibble & ~continuation;

// clang-format off
inline constexpr std::array<utf8_pair_rule, 8> utf8_pair_rules{{
    {nibbles(0xC, 0xF), any_nibble,                      no_continuation},    // sequence broken
    {nibbles(0x0, 0x7), any_nibble,                      continuation},       // continues nothing
    {nibble(0xC),       nibbles(0x0, 0x1),               continuation},       // overlong: C0, C1
    {nibble(0xE),       nibble(0x0),                     nibbles(0x8, 0x9)},  // overlong
    {nibble(0xE),       nibble(0xD),                     nibbles(0xA, 0xB)},  // surrogates
    {nibble(0xF),       nibble(0x0) | nibbles(0x5, 0xF), nibble(0x8)},        // overlong; F5...
    {nibble(0xF),       nibbles(0x4, 0xF),               nibbles(0x9, 0xB)},  // above U+10FFFF
    {continuation,      any_nibble,                      continuation},       // depends: above
}};
// clang-format on

// The bit of the last rule, which is also the sign bit of a byte.
inline constexpr std::uint8_t two_continuations = 0x80;

using nibble_table = std::array<std::uint8_t, 16>;

// For each value of one nibble, the rules whose set it is in.
constexpr nibble_table rules_by(std::uint16_t utf8_pair_rule::*set) noexcept {
  nibble_table table{};
  for (unsigned value = 0; value < 16; ++value) {
    for (unsigned rule = 0; rule < 8; ++rule) {
      const unsigned is_in = utf8_pair_rules[rule].*set >> value & 1u;
      table[value]         = static_cast<std::uint8_t>(table[value] | is_in << rule);
    }
  }
  return table;
}

inline constexpr nibble_table by_first_upper  = rules_by(&utf8_pair_rule::first_upper);
inline constexpr nibble_table by_first_lower  = rules_by(&utf8_pair_rule::first_lower);
inline constexpr nibble_table by_second_upper = rules_by(&utf8_pair_rule::second_upper);

}  // namespace adieu::inline v1::wire
