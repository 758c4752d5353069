// What may be shown on a terminal: colours, and text whose bytes could drive it. Knows nothing of
// WebSockets.
#pragma once

#include "base/escape.hpp"

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

}  // namespace adieu::tool
