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

CLI::Option* add_duration(CLI::App& command, const std::string& name, std::chrono::milliseconds& to,
                          const std::string& what, zero is) {
  const auto check = [&to, name, is](const std::string& text) {
    const auto length = parse_duration(text);
    if (!length)
      throw CLI::ValidationError(
          name, fmt::format("{} is not a duration such as 250ms, 3s or 1m", quote(text)));
    if (is == zero::refused && length->count() == 0)
      throw CLI::ValidationError(name, "must be more than 0");
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
    if (!size)
      throw CLI::ValidationError(
          name, fmt::format("{} is not a size in bytes such as 65536, 64k or 16M", quote(text)));
    if (is == zero::refused && *size == 0) throw CLI::ValidationError(name, "must be more than 0");
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
