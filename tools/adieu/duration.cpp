// Durations as people write and read them.
#include "duration.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace adieu::tool {

namespace {

struct unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::array units = {unit{"ms", 1}, unit{"s", 1'000}, unit{"m", 60'000},
                              unit{"h", 3'600'000}};

constexpr double longest = 365.0 * 24 * 3'600'000;  // so that deadlines can be added to a clock

// Digits, perhaps with a point among them, so many times over. By hand: libc++ before 20 has no
// std::from_chars() for this, and strtod() asks the locale.
std::optional<double> multiplied(std::string_view digits, double by) {
  if (digits.empty() || digits.front() == '.' || digits.back() == '.') return {};
  double value = 0, divisor = 0;  // divisor: 0 before the point
  for (const char digit : digits) {
    if (digit == '.') {
      if (divisor != 0) return {};
      divisor = 1;
      continue;
    }
    value = value * 10 + (digit - '0');
    divisor *= 10;
  }
  return value * by / (divisor == 0 ? 1 : divisor);
}

// One decimal, cut, and none if it is 0.
std::string tenths(std::int64_t value, std::int64_t tenth, std::string_view name) {
  const auto all = value / tenth;
  return all % 10 == 0 ? fmt::format("{}{}", all / 10, name)
                       : fmt::format("{}.{}{}", all / 10, all % 10, name);
}

std::string two(std::int64_t big, std::string_view big_name, std::int64_t small,
                std::string_view small_name) {
  return small == 0 ? fmt::format("{}{}", big, big_name)
                    : fmt::format("{}{}{}{}", big, big_name, small, small_name);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  const auto end    = text.find_first_not_of("0123456789.");
  const auto number = text.substr(0, end);
  if (end == std::string_view::npos) return {};
  for (const auto& [name, milliseconds] : units) {
    if (text.substr(end) != name) continue;
    const auto value = multiplied(number, static_cast<double>(milliseconds));
    // Not finite, where there are hundreds of digits.
    if (!value || !(*value <= longest)) return {};
    return std::chrono::milliseconds(static_cast<std::int64_t>(*value + 0.5));
  }
  return {};
}

std::string print_duration(std::chrono::microseconds length) {
  const std::int64_t us = length.count() < 0 ? 0 : length.count();
  if (us < 10'000) return tenths(us, 100, "ms");
  if (us < 1'000'000) return fmt::format("{}ms", us / 1'000);
  if (us < 60'000'000) return tenths(us, 100'000, "s");
  const std::int64_t seconds = us / 1'000'000;
  if (seconds < 3'600) return two(seconds / 60, "m", seconds % 60, "s");
  return two(seconds / 3'600, "h", seconds / 60 % 60, "m");
}

}  // namespace adieu::tool
