// A date as HTTP writes it: in the one form that a sender may use, and the three that a recipient
// must know. [RFC 9110 5.6.7] Knows no clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace adieu::inline v1::http {

/// Empty if it is none of the three. `now`: the form of RFC 850 has a year of two digits, which is
/// the latest that is not more than 50 years ahead.
std::optional<std::chrono::sys_seconds> parse_date(std::string_view text,
                                                   std::chrono::sys_seconds now) noexcept;

/// "Sun, 06 Nov 1994 08:49:37 GMT". Of the years 0 to 9999.
std::string write_date(std::chrono::sys_seconds moment);

}  // namespace adieu::inline v1::http
