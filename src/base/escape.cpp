// One character after the other, as it is or as an escape.
#include "base/escape.hpp"

#include <adieu/close_code.hpp>

namespace adieu::inline v1 {
namespace {

constexpr std::string_view ellipsis = "…";
constexpr std::size_t longest       = 6;  // "\u202e"

struct character {
  std::uint32_t point = 0;
  std::size_t size    = 1;
  bool valid          = false;
};

character first_of(std::string_view text) {
  const auto lead        = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < size || !literal::is_utf8(text.substr(0, size))) return {lead, 1, false};
  if (size == 1) return {lead, 1, true};
  std::uint32_t point = lead & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i)
    point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  return {point, size, true};
}

// Beside the controls of ISO 6429: what makes text read as something that it is not.
bool can_drive(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

class escaped {
 public:
  explicit escaped(const character& c) {
    put('\\');
    if (const char letter = letter_of(c)) {
      put(letter);
      return;
    }
    const bool is_byte = !c.valid || c.point < 0x80;
    put(is_byte ? 'x' : 'u');
    for (int shift = is_byte ? 4 : 12; shift >= 0; shift -= 4)
      put("0123456789abcdef"[c.point >> shift & 15]);
  }
  std::string_view text() const { return {bytes_.data(), size_}; }

 private:
  static char letter_of(const character& c) {
    if (!c.valid) return 0;
    return c.point == '\n' ? 'n' : c.point == '\r' ? 'r' : c.point == '\t' ? 't' : 0;
  }
  void put(char c) { bytes_[size_++] = c; }

  std::array<char, longest> bytes_{};
  std::size_t size_ = 0;
};

// Hands out pieces until there are no more, or one is not taken.
template <typename Take>
void for_each_piece(std::string_view text, layout kept, Take take) {
  while (!text.empty()) {
    const auto c        = first_of(text);
    const bool is_space = kept == layout::lines && (c.point == '\n' || c.point == '\t');
    const bool stays    = c.valid && (is_space || !can_drive(c.point));
    if (!(stays ? take(text.substr(0, c.size)) : take(escaped(c).text()))) return;
    text.remove_prefix(c.size);
  }
}

}  // namespace

std::string escape(std::string_view text, layout kept) {
  std::string out;
  out.reserve(text.size());
  for_each_piece(text, kept, [&](std::string_view piece) {
    out += piece;
    return true;
  });
  return out;
}

std::string quote(std::string_view text) {
  std::string marked;
  for (const char c : text) {
    if (c == '"' || c == '\\') marked += '\\';
    marked += c;
  }
  return '"' + escape(marked) + '"';
}

std::string_view escape_into(std::span<char> room, std::string_view text) noexcept {
  std::size_t size      = 0;
  std::size_t shortened = 0;  // where an ellipsis still fits
  bool all              = true;
  for_each_piece(text, layout::one_line, [&](std::string_view piece) {
    if (size + ellipsis.size() <= room.size()) shortened = size;
    all = piece.size() <= room.size() - size;
    if (all) size += piece.copy(room.data() + size, piece.size());
    return all;
  });
  if (!all) size = shortened + ellipsis.copy(room.data() + shortened, ellipsis.size());
  return {room.data(), size};
}

std::string escape_beginning(std::string_view text, std::size_t most) {
  std::string out(most, '\0');
  out.resize(escape_into(out, text).size());
  return out;
}

}  // namespace adieu::inline v1
