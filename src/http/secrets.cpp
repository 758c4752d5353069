// Which parts of a head are secrets.
#include "http/secrets.hpp"

#include <algorithm>
#include <array>

#include "http/characters.hpp"

namespace adieu::inline v1::http {
namespace {

constexpr std::string_view stars = "***";

bool is_one_of(std::string_view name, const auto& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view one) { return equal_ignoring_case(name, one); });
}

bool is_secret(std::string_view name) {
  constexpr std::array<std::string_view, 5> names = {
      "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "Sec-WebSocket-Protocol"};
  return is_one_of(name, names);
}

bool is_url(std::string_view name) {
  constexpr std::array<std::string_view, 3> names = {"Location", "Content-Location", "Referer"};
  return is_one_of(name, names);
}

// method SP target SP version; a target with blanks goes up to the version all the same.
std::string request_line(std::string_view text) {
  const auto before = text.find(' ');
  if (before == std::string_view::npos) return url_without_secrets(text);
  const auto after  = text.rfind(" HTTP/");
  const bool is_end = after == std::string_view::npos || after <= before;
  const auto target = text.substr(before + 1, is_end ? text.npos : after - before - 1);
  return std::string(text.substr(0, before + 1)) + url_without_secrets(target) +
         std::string(is_end ? std::string_view() : text.substr(after));
}

}  // namespace

std::string url_without_secrets(std::string_view url) {
  const auto tail         = url.find_first_of("?#");
  std::string_view before = url.substr(0, tail);
  std::string out;
  if (const auto slashes = before.find("//"); slashes != std::string_view::npos) {
    const auto authority = before.substr(slashes + 2, before.find('/', slashes + 2) - slashes - 2);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
      out.append(before.substr(0, slashes + 2)).append(stars);
      before.remove_prefix(slashes + 2 + at);
    }
  }
  out.append(before);
  if (tail != std::string_view::npos) (out += url[tail]).append(stars);
  return out;
}

std::string head_without_secrets::line(std::string_view text) {
  if (is_first_) {
    is_first_ = false;
    return text.starts_with("HTTP/") ? std::string(text) : request_line(text);
  }
  std::size_t value = 0;
  const bool is_new = text.empty() || !is_blank(text.front());
  if (is_new) {
    const auto name = trim_blanks(text.substr(0, text.find(':')));
    field_          = is_secret(name) ? kind::secret : is_url(name) ? kind::url : kind::harmless;
    value           = std::min(text.find(':'), text.size() - 1) + 1;
  }
  if (field_ == kind::harmless || text.empty()) return std::string(text);
  while (value < text.size() && is_blank(text[value])) ++value;
  std::string out(text.substr(0, value));
  return out.append(field_ == kind::secret ? stars : url_without_secrets(text.substr(value)));
}

}  // namespace adieu::inline v1::http
