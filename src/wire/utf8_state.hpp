// What may follow in a UTF-8 text [RFC 3629 §4], byte by byte: the whole grammar, in one place,
// first as one reads it and then as an automaton that takes a byte without a branch.
// Does not know how the bytes are held or how many come at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace adieu::inline v1::wire {

// The incomplete sequence at the end of what was seen, as a state of the automaton below.
struct utf8_state {
  std::uint32_t value = 0;

  bool complete() const noexcept { return value == 0; }
};

// --- the grammar ---

// How many bytes of a sequence are to come, and the bounds of the next one: they are other than 80
// and BF only right after E0, ED, F0 and F4.
struct utf8_expectation {
  std::uint8_t missing, lowest, highest;

  friend constexpr bool operator==(const utf8_expectation&, const utf8_expectation&) = default;
};

inline constexpr utf8_expectation utf8_nothing_missing{0, 0x00, 0x7F};
inline constexpr utf8_expectation utf8_hopeless{1, 0xFF, 0x00};  // no byte is in these bounds

// After the first byte of a sequence.
constexpr utf8_expectation utf8_after_lead(unsigned byte) noexcept {
  if (byte < 0x80) return utf8_nothing_missing;
  if (byte < 0xC2) return utf8_hopeless;  // a continuation byte, or overlong
  if (byte < 0xE0) return {1, 0x80, 0xBF};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};  // below: overlong
  if (byte == 0xED) return {2, 0x80, 0x9F};  // above: surrogates
  if (byte < 0xF0) return {2, 0x80, 0xBF};
  if (byte == 0xF0) return {3, 0x90, 0xBF};  // below: overlong
  if (byte < 0xF4) return {3, 0x80, 0xBF};
  if (byte == 0xF4) return {3, 0x80, 0x8F};  // above: beyond U+10FFFF
  return utf8_hopeless;
}

constexpr utf8_expectation utf8_after(utf8_expectation before, unsigned byte) noexcept {
  if (before == utf8_nothing_missing) return utf8_after_lead(byte);
  if (byte < before.lowest || byte > before.highest) return utf8_hopeless;
  if (before.missing == 1) return utf8_nothing_missing;
  return {static_cast<std::uint8_t>(before.missing - 1), 0x80, 0xBF};
}

// --- the automaton ---

// clang-format off
inline constexpr std::array<utf8_expectation, 9> utf8_expectations{{
    utf8_nothing_missing,
    {1, 0x80, 0xBF},
    {2, 0x80, 0xBF},
    {2, 0xA0, 0xBF},
    {2, 0x80, 0x9F},
    {3, 0x80, 0xBF},
    {3, 0x90, 0xBF},
    {3, 0x80, 0x8F},
    utf8_hopeless,
}};
// clang-format on

// A state is the place of an expectation in a word that has six bits for each of them.
inline constexpr std::uint32_t utf8_state_bits = 6;
inline constexpr std::uint32_t utf8_refused    = (utf8_expectations.size() - 1) * utf8_state_bits;

// Evaluated at compile time only, where running off the end is an error.
constexpr std::uint64_t utf8_state_of(utf8_expectation expectation) noexcept {
  std::size_t n = 0;
  while (!(utf8_expectations[n] == expectation)) ++n;
  return n * utf8_state_bits;
}

// For each byte a word that holds the next state for every state, each at its place: to step is to
// shift the byte's word by the state, so that steps wait for one shift only, never for a load.
inline constexpr auto utf8_transitions = [] {
  std::array<std::uint64_t, 256> words{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (const utf8_expectation& before : utf8_expectations)
      words[byte] |= utf8_state_of(utf8_after(before, byte)) << utf8_state_of(before);
  }
  return words;
}();

// The state is in the lowest six bits, above is the rest of the word, to be cut off in the end.
constexpr std::uint64_t utf8_step(std::uint64_t state, std::byte byte) noexcept {
  return utf8_transitions[std::to_integer<std::size_t>(byte)] >> (state & 63);
}

// How many bytes at the end of `data` begin a sequence that needs more than are there: 0 to 3.
// Looks at lengths only; whether those bytes are right is for utf8_step to say.
inline std::size_t utf8_unfinished(const std::byte* data, std::size_t size) noexcept {
  for (std::size_t back = 1; back <= 3 && back <= size; ++back) {
    const auto byte = std::to_integer<unsigned>(data[size - back]);
    if (byte < 0x80) return 0;
    if (byte < 0xC0) continue;
    const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}

}  // namespace adieu::inline v1::wire
