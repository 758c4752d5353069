// Text from elsewhere, made fit for a line of a log or a terminal. Knows nothing of what it says.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace adieu::inline v1 {

/// `lines` keeps newline and tab, `one_line` nothing.
enum class layout : std::uint8_t { lines, one_line };

/// Makes controls (C0, DEL, C1), changes of writing direction, line separators, and bytes that are
/// not UTF-8 visible: "\n", "\x1b", "\u202e". Everything else stays.
std::string escape(std::string_view text, layout kept = layout::one_line);

/// escape() in double quotes, with '"' and '\' escaped too: unambiguous, always one line.
std::string quote(std::string_view text);

/// escape() of one line, of at most `most` bytes; ends in "…" if there is
/// more.
std::string escape_beginning(std::string_view text, std::size_t most);

/// The same into `room`, of at least 3 bytes, without memory. Returns the part that was written.
std::string_view escape_into(std::span<char> room, std::string_view text) noexcept;

}  // namespace adieu::inline v1
