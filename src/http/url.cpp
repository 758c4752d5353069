// The parts of a URL, one behind the other; host and port are read by authority.cpp. The rule is
// RFC 3986's, less what a WebSocket has not. It does not know how names are resolved.
#include "http/url.hpp"

#include "http/authority.hpp"
#include "http/characters.hpp"

#include <algorithm>
#include <utility>

namespace adieu::inline v1::http {
namespace {

constexpr auto none = std::string_view::npos;

url_result refuse(std::string why) { return {std::nullopt, std::move(why)}; }

std::string at(std::size_t place) { return " at offset " + std::to_string(place); }

constexpr bool may_stand_in_a_url(char c) {
  return is_letter(c) || is_digit(c) || std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != none;
}

std::string escaped(char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte                   = static_cast<unsigned char>(c);
  return {'%', digits[byte >> 4], digits[byte & 15]};
}

// Empty if all characters are those of a URL.
std::string complain_of_characters(std::string_view text) {
  const auto wrong = std::find_if_not(text.begin(), text.end(), may_stand_in_a_url);
  if (wrong == text.end()) return {};
  const std::string place = at(static_cast<std::size_t>(wrong - text.begin()));
  if (static_cast<unsigned char>(*wrong) > 0x7f)
    return "A character that is not ASCII" + place +
           " may not stand in a URL: percent-encode it, or in a host name write its xn-- form.";
  if (*wrong > ' ' && *wrong < 0x7f)
    return std::string("The character ") + *wrong + place +
           " may not stand in a URL: write it as " + escaped(*wrong) + ".";
  return "A blank or control character" + place +
         " may not stand in a URL: take it out, or write it as " + escaped(*wrong) + ".";
}

// Of path and query. [RFC 3986 3.3, 3.4]
std::string complain_of_target(std::string_view target, std::size_t offset) {
  if (const std::size_t hash = target.find('#'); hash != none)
    return "A WebSocket URL has no fragment: leave out the #" + at(offset + hash) +
           " and what follows it, or write it as %23 if it belongs to the path or the query.";
  if (const std::size_t bracket = target.find_first_of("[]"); bracket != none)
    return std::string("The character ") + target[bracket] + at(offset + bracket) +
           " stands around IPv6 addresses only: write it as " + escaped(target[bracket]) + ".";
  return complain_of_escapes(target, offset);
}

// Whether the scheme stands for TLS; nothing if it is none of a WebSocket.
std::optional<bool> is_secure(std::string_view scheme) {
  if (equal_ignoring_case(scheme, "ws") || equal_ignoring_case(scheme, "http")) return false;
  if (equal_ignoring_case(scheme, "wss") || equal_ignoring_case(scheme, "https")) return true;
  return std::nullopt;
}

}  // namespace

url_result parse_url(std::string_view text) {
  if (text.size() > url_limit)
    return refuse("The URL is longer than " + std::to_string(url_limit) +
                  " bytes: shorten it, and send what else there is to say as a message.");
  if (std::string why = complain_of_characters(text); !why.empty()) return refuse(std::move(why));

  const std::size_t colon          = std::min(text.find(':'), text.size());
  const std::optional<bool> secure = is_secure(text.substr(0, colon));
  if (!secure || !text.substr(colon).starts_with("://"))
    return refuse(
        "A WebSocket URL begins with ws:// or wss:// (http:// and https:// mean the same): write "
        "it in full, for example ws://localhost:9001/.");

  const std::size_t host        = colon + 3;
  const std::size_t path        = std::min(text.find_first_of("/?#", host), text.size());
  const std::string_view server = text.substr(host, path - host);
  const std::string_view target = text.substr(path);
  if (const std::size_t user = server.rfind('@'); user != none)
    return refuse(
        "A WebSocket URL has no user name or password: leave out what stands before the "
        "@" +
        at(host + user) + ", and send an Authorization header instead.");
  authority_result read = read_authority(server, host);
  if (!read.value) return refuse(std::move(read.why));
  if (std::string why = complain_of_target(target, path); !why.empty())
    return refuse(std::move(why));

  url u;
  u.secure                  = *secure;
  u.host                    = std::move(read.value->host);
  const std::uint16_t usual = u.secure ? 443 : 80;
  u.port                    = read.value->port.value_or(usual);
  u.host_field              = bracketed(u.host);
  if (u.port != usual) u.host_field += ":" + std::to_string(u.port);
  u.target = target;
  if (!u.target.starts_with('/')) u.target.insert(0, "/");
  return {std::move(u), {}};
}

}  // namespace adieu::inline v1::http
