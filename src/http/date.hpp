// A date as HTTP writes it, in the three forms that a recipient must know. [RFC 9110 5.6.7] Knows
// no clock.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace adieu::inline v1::http {

/// Empty if it is none of the three. `now`: the form of RFC 850 has a year of two digits, which is
/// the latest that is not more than 50 years ahead.
std::optional<std::chrono::sys_seconds> parse_date(std::string_view text,
                                                   std::chrono::sys_seconds now) noexcept;

}  // namespace adieu::inline v1::http
