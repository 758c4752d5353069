// Kinds of arguments that several commands take.
#include "arguments.hpp"

#include "duration.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

namespace adieu::tool {

namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Of what parse_duration() does not take.
std::string wrong_with_duration(std::string_view text) {
  if (is_digits(text)) return fmt::format("{0} has no unit: write {0}s, or {0}ms", text);
  for (const std::string_view unit : {"ms", "s", "m", "h"})
    if (text.ends_with(unit) && is_digits(text.substr(0, text.size() - unit.size())))
      return fmt::format("{} is more than a year, 8760h", text);
  return fmt::format("{} is not a duration, 0 to 8760h, such as 250ms, 3s or 1m", quote(text));
}

std::string wrong_with_size(std::string_view text) {
  if (is_digits(text) || (text.size() > 1 && is_digits(text.substr(0, text.size() - 1)) &&
                          std::string_view("kKmMgG").find(text.back()) != std::string_view::npos))
    return fmt::format("{} is more than {} bytes", text, UINT64_MAX >> 1);
  return fmt::format("{} is not a size in bytes such as 65536, 64k or 16M", quote(text));
}

constexpr auto not_zero = "0 is too little: it must be more than 0";

std::optional<std::uint64_t> parse_size(std::string_view text) {
  unsigned shift = 0;
  if (!text.empty()) {
    switch (text.back()) {
      case 'k':
      case 'K': shift = 10; break;
      case 'm':
      case 'M': shift = 20; break;
      case 'g':
      case 'G': shift = 30; break;
      default: break;
    }
  }
  if (shift != 0) text.remove_suffix(1);
  std::uint64_t number = 0;
  const auto [at, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad != std::errc() || at != text.data() + text.size()) return {};
  if (number > (UINT64_MAX >> 1) >> shift) return {};
  return number << shift;
}

}  // namespace

std::uint64_t number_of(const std::string& option, std::string_view text, std::uint64_t least,
                        std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [at, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || bad != std::errc() || at != text.data() + text.size() || number < least ||
      number > most)
    throw CLI::ValidationError(
        option, fmt::format("{} is not a number from {} to {}", quote(text), least, most));
  return number;
}

CLI::Option* add_duration(CLI::App& command, const std::string& name, std::chrono::milliseconds& to,
                          const std::string& what, zero is) {
  const auto check = [&to, name, is](const std::string& text) {
    const auto length = parse_duration(text);
    if (!length) throw CLI::ValidationError(name, wrong_with_duration(text));
    if (is == zero::refused && length->count() == 0) throw CLI::ValidationError(name, not_zero);
    to = *length;
  };
  return command.add_option_function<std::string>(name, check, what)
      ->type_name("DURATION")
      ->default_str(print_duration(to));
}

CLI::Option* add_size(CLI::App& command, const std::string& name, std::uint64_t& to,
                      const std::string& what, zero is) {
  const auto check = [&to, name, is](const std::string& text) {
    const auto size = parse_size(text);
    if (!size) throw CLI::ValidationError(name, wrong_with_size(text));
    if (is == zero::refused && *size == 0) throw CLI::ValidationError(name, not_zero);
    to = *size;
  };
  return command.add_option_function<std::string>(name, check, what)->type_name("BYTES");
}

CLI::Option* add_color(CLI::App& command, color_choice& to) {
  const auto choose = [&to](const std::string& text) {
    if (text != "auto" && text != "always" && text != "never")
      throw CLI::ValidationError("--color",
                                 fmt::format("{} is none of auto, always and never", quote(text)));
    to = text == "auto"     ? color_choice::automatic
         : text == "always" ? color_choice::always
                            : color_choice::never;
  };
  return command
      .add_option_function<std::string>("--color", choose,
                                        "Colours; auto: on a terminal, unless NO_COLOR is set")
      ->type_name("auto|always|never");
}

}  // namespace adieu::tool
