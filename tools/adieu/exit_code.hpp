// How a connection's end becomes the tool's exit code. Knows no option and no stream.
#pragma once

#include <adieu/close_event.hpp>

#include <cstdint>
#include <optional>

namespace adieu::tool {

/// Exit codes that are not a connection's.
inline constexpr int exit_success        = 0;
inline constexpr int exit_output_failed  = 1;  ///< stdout could not be written
inline constexpr int exit_wrong_argument = 2;

/// By cause first, then, if clean, by the code received. `closed_with` is the code that this end
/// gave to close() where that call began the closing; received back it counts as success.
int exit_code(const close_event& event, std::optional<std::uint16_t> closed_with = {}) noexcept;

}  // namespace adieu::tool
