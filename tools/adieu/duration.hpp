// Durations as people write and read them: "250ms", "3s", "1m". Knows no clock and no option.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace adieu::tool {

/// "250ms", "3s", "1.5s", "1m", "2h", and a bare "0". Empty if it is none of these, negative, or
/// over a year.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "0ms", "0.4ms", "12ms", "3.2s", "2m5s", "1h10m". Cut, not rounded up.
std::string print_duration(std::chrono::microseconds length);

}  // namespace adieu::tool
