// Targets, percent-encoding and numbers.
#include "serve_request.hpp"

#include "duration.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <charconv>

namespace adieu::tool {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// As a form encodes it: '+' is a blank too. A '%' without two digits stays as it is.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low  = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (text[i] == '%' && high >= 0 && low >= 0) {
      out += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

constexpr std::string_view placeholder = "CODE";

}  // namespace

served_request::served_request(std::string_view target) {
  const auto mark = target.find('?');
  path_           = target.substr(0, mark);
  if (mark == std::string_view::npos) return;
  for (auto rest = target.substr(mark + 1); !rest.empty();) {
    const auto end  = rest.find('&');
    const auto pair = rest.substr(0, end);
    const auto is   = pair.find('=');
    if (!pair.empty())
      query_.emplace_back(decoded(pair.substr(0, is)), is == std::string_view::npos
                                                           ? std::string()
                                                           : decoded(pair.substr(is + 1)));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
}

std::optional<std::string_view> served_request::matched(std::string_view pattern) const noexcept {
  const std::string_view path = path_;
  if (!pattern.ends_with(placeholder))
    return path == pattern ? std::optional(std::string_view()) : std::nullopt;
  pattern.remove_suffix(placeholder.size());
  if (!path.starts_with(pattern)) return {};
  return path.substr(pattern.size());
}

std::optional<std::string> served_request::text(std::string_view name) const {
  for (const auto& [key, value] : query_)
    if (key == name) return value;
  return {};
}

std::optional<std::uint64_t> served_request::number(std::string_view name,
                                                    std::uint64_t most) const {
  const auto given = text(name);
  if (!given) return {};
  const auto value = parse_number(*given, most);
  if (!value)
    throw not_understood(
        fmt::format("{}={} is not a number from 0 to {}", name, escape(*given), most));
  return value;
}

std::optional<std::chrono::milliseconds> served_request::duration(std::string_view name) const {
  const auto given = text(name);
  if (!given) return {};
  const auto value = parse_duration(*given);
  if (!value)
    throw not_understood(
        fmt::format("{}={} is not a duration such as 250ms, 3s or 1m", name, escape(*given)));
  return value;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most) noexcept {
  std::uint64_t value   = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad != std::errc() || end != text.data() + text.size() || text.empty() || value > most)
    return {};
  return value;
}

}  // namespace adieu::tool
