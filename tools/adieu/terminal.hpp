// What may be shown on a terminal: colours, and text whose bytes could drive it. Knows nothing of
// WebSockets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace adieu::tool {

/// Whether the descriptor (0, 1, 2) is a terminal.
bool is_terminal(int descriptor) noexcept;

/// --color. `automatic`: if the stream is a terminal and NO_COLOR is unset or empty.
enum class color_choice : std::uint8_t { automatic, always, never };
bool wants_color(color_choice choice, int descriptor);

enum class tone : std::uint8_t { plain, good, warning, bad, strong, faint };

/// Paints text, or gives it back as it is.
class palette {
 public:
  palette() = default;
  palette(color_choice choice, int descriptor) : on_(wants_color(choice, descriptor)) {}

  std::string operator()(tone in, std::string_view text) const;

 private:
  bool on_ = false;
};

/// What stays as it is: `lines` keeps newline and tab, `one_line` nothing.
enum class layout : std::uint8_t { lines, one_line };

/// Makes controls (C0, DEL, C1), changes of writing direction, line separators, and bytes that are
/// not UTF-8 visible: "\n", "\x1b", "\u202e". Everything else stays.
std::string escape(std::string_view text, layout kept = layout::one_line);

/// escape() in double quotes, with '"' and '\' escaped too: unambiguous, always one line.
std::string quote(std::string_view text);

}  // namespace adieu::tool
