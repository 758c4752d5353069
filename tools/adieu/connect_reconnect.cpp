// Codes, ranges and names become a policy.
#include "connect_reconnect.hpp"

#include "terminal.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

namespace adieu::tool {
namespace {

constexpr const char* given_alone = "true";  // what CLI11 says for a flag without a value

template <typename Number>
std::optional<Number> parse(std::string_view text) {
  Number number{};
  const auto [at, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || bad != std::errc() || at != text.data() + text.size()) return {};
  return number;
}

bool is_code(std::uint16_t number) { return number >= 1000 && number <= 4999; }
bool is_status(std::uint16_t number) { return number >= 200 && number <= 599; }

// "1008,4000-4999,403"
void take_numbers(const char* option, std::string_view text, action then, reconnect_policy& to) {
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const auto dash  = part.find('-');
    const auto first = parse<std::uint16_t>(part.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : parse<std::uint16_t>(part.substr(dash + 1));
    if (!first || !last || *first > *last ||
        !((is_code(*first) && is_code(*last)) || (is_status(*first) && is_status(*last))))
      throw CLI::ValidationError(
          option, fmt::format("{} is no close code (1000-4999), HTTP status (200-599) or range of "
                              "them",
                              quote(part)));
    to.on(*first, *last, then);
  }
}

std::string names_of_profiles() {
  std::string all;
  for (const auto name : reconnect_policy::profiles())
    all += (all.empty() ? "" : ", ") + std::string(name);
  return all;
}

}  // namespace

void add_reconnect_options(CLI::App& command, reconnect_arguments& to) {
  command.add_flag("--reconnect", to.reconnect,
                   "Come back when the connection is lost; =N: give up after N attempts in a row");
  command
      .add_option("--profile", to.profile,
                  "What a known service means by its codes: " + names_of_profiles())
      ->type_name("NAME");
  command
      .add_option("--retry-on", to.retry_on,
                  "Come back after these codes or statuses: 1008,4000-4099,403")
      ->type_name("CODES");
  command.add_option("--stop-on", to.stop_on, "Stop after these")->type_name("CODES");
  command.add_flag("--known-good", to.known_good,
                   "It has worked before: a refused certificate, HTTP 3xx and 4xx do not stop it");
}

void complete_reconnect(const reconnect_arguments& from, connect_options& to) {
  to.reconnect  = !from.reconnect.empty();
  to.known_good = from.known_good;
  if (!to.reconnect && (from.known_good || !(from.profile + from.retry_on + from.stop_on).empty()))
    throw CLI::ValidationError(
        "--reconnect", "is missing: --profile, --retry-on, --stop-on and --known-good need it");
  if (to.reconnect && from.reconnect != given_alone) {
    const auto most = parse<std::uint32_t>(from.reconnect);
    if (!most || *most == 0)
      throw CLI::ValidationError(
          "--reconnect", fmt::format("{} is not a number of attempts", quote(from.reconnect)));
    to.max_attempts = *most;
  }
  if (!from.profile.empty()) {
    const auto known = reconnect_policy::profile(from.profile);
    if (!known)
      throw CLI::ValidationError(
          "--profile", fmt::format("{} is none of {}", quote(from.profile), names_of_profiles()));
    to.policy = *known;
  }
  take_numbers("--retry-on", from.retry_on, action::back_off, to.policy);
  take_numbers("--stop-on", from.stop_on, action::stop, to.policy);
}

}  // namespace adieu::tool
