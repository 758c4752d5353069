// What may be shown on a terminal.
#include "terminal.hpp"

#include <adieu/close_code.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <cstdlib>

namespace adieu::tool {

namespace {

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

std::string visible(const character& c) {
  if (!c.valid) return fmt::format("\\x{:02x}", c.point);
  switch (c.point) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
  }
  return c.point < 0x80 ? fmt::format("\\x{:02x}", c.point) : fmt::format("\\u{:04x}", c.point);
}

std::string_view code_of(tone in) {
  switch (in) {
    case tone::good: return "32";
    case tone::warning: return "33";
    case tone::bad: return "31";
    case tone::strong: return "1";
    case tone::faint: return "2";
    case tone::plain: break;
  }
  return "";
}

}  // namespace

bool is_terminal(int descriptor) noexcept { return ::isatty(descriptor) == 1; }

bool wants_color(color_choice choice, int descriptor) {
  if (choice != color_choice::automatic) return choice == color_choice::always;
  const char* no_color = std::getenv("NO_COLOR");
  return is_terminal(descriptor) && (no_color == nullptr || *no_color == '\0');
}

std::string palette::operator()(tone in, std::string_view text) const {
  if (!on_ || in == tone::plain || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(in), text);
}

std::string escape(std::string_view text, layout kept) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto c        = first_of(text);
    const bool is_space = kept == layout::lines && (c.point == '\n' || c.point == '\t');
    if (c.valid && (is_space || !can_drive(c.point)))
      out += text.substr(0, c.size);
    else
      out += visible(c);
    text.remove_prefix(c.size);
  }
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

}  // namespace adieu::tool
