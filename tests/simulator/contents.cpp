// The two runs of bytes.
#include "simulator/contents.hpp"

#include <array>

namespace simulator {
namespace {

constexpr std::uint32_t total = 512 * 1024;

struct contents {
  std::array<std::byte, total> text, binary;

  contents() {
    dice chance(0xAD1E0);
    for (std::byte& b : binary) b = static_cast<std::byte>(chance.next() & 0xFF);
    // Characters of one to four bytes, most of them ASCII, and none of them cut at the end.
    constexpr const char* wide[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x91\x8B"};
    std::uint32_t at             = 0;
    while (at < total) {
      const bool plain = total - at < 4 || (at / 4096 % 2 == 0) || !chance.one_in(7);
      if (plain) {
        text[at++] = static_cast<std::byte>(' ' + chance.below(95));
        continue;
      }
      for (const char* c = chance.of(wide); *c; ++c) text[at++] = static_cast<std::byte>(*c);
    }
  }
};

const contents& all() {
  static const contents made;
  return made;
}

bool within_character(std::byte b) { return (std::to_integer<unsigned>(b) & 0xC0) == 0x80; }

}  // namespace

std::span<const std::byte> content::bytes() const noexcept {
  const auto& of = type == adieu::message_type::text ? all().text : all().binary;
  return std::span(of).subspan(at, size);
}

content draw(dice& chance, std::uint32_t size) {
  content c;
  c.type = chance.one_in(2) ? adieu::message_type::text : adieu::message_type::binary;
  c.at   = chance.below(total - largest_content - 8);
  c.size = size;
  if (c.type == adieu::message_type::binary) return c;
  const auto& text = all().text;
  while (within_character(text[c.at])) ++c.at;
  while (within_character(text[c.at + c.size])) ++c.size;
  return c;
}

}  // namespace simulator
