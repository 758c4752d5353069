// What may be shown on a terminal.
#include "terminal.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdlib>

namespace adieu::tool {

namespace {

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

}  // namespace adieu::tool
