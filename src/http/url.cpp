// Boost.URL parses by RFC 3986; what a WebSocket asks beyond that is here. It does not know how
// names are resolved.
#include "http/url.hpp"

#include <algorithm>
#include <boost/url/authority_view.hpp>
#include <boost/url/ipv4_address.hpp>
#include <boost/url/parse.hpp>
#include <utility>

#include "http/characters.hpp"

namespace adieu::inline v1::http {
namespace {

namespace urls = boost::urls;

url_result refuse(std::string why) { return {std::nullopt, std::move(why)}; }

std::string_view to_std(urls::string_view s) { return {s.data(), s.size()}; }

// Boost.URL 1.81 takes the address at the front of "10.0.0.1.example.com" for the whole host and
// the rest for the path. It looks for an address only where a digit stands, so the digit is
// escaped; whether the host is an address is asked once it is decoded.
std::string hide_address(std::string_view text, std::size_t host_begin) {
  std::string hidden(text);
  if (host_begin < text.size() && is_digit(text[host_begin])) hidden.insert(host_begin, "%3");
  return hidden;
}

// Boost.URL 1.81 also takes what it does not understand of "a:b" or "[::1]a" for a path. Behind an
// authority a path is empty or begins with a slash [RFC 3986 3.3].
bool has_whole_authority(const urls::url_view& parsed) {
  const std::string_view path = to_std(parsed.encoded_path());
  return path.empty() || path.front() == '/';
}

constexpr bool may_stand_in_a_url(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
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
  const std::string place = " at offset " + std::to_string(wrong - text.begin());
  if (static_cast<unsigned char>(*wrong) > 0x7f) {
    return "A character that is not ASCII" + place +
           " may not stand in a URL: percent-encode it, or in a host name write its xn-- form.";
  }
  if (*wrong > ' ' && *wrong < 0x7f) {
    return std::string("The character ") + *wrong + place +
           " may not stand in a URL: write it as " + escaped(*wrong) + ".";
  }
  return "A blank or control character" + place +
         " may not stand in a URL: take it out, or write it as " + escaped(*wrong) + ".";
}

// Whether the scheme stands for TLS; nothing if it is none of a WebSocket.
std::optional<bool> is_secure(std::string_view scheme) {
  if (equal_ignoring_case(scheme, "ws") || equal_ignoring_case(scheme, "http")) return false;
  if (equal_ignoring_case(scheme, "wss") || equal_ignoring_case(scheme, "https")) return true;
  return std::nullopt;
}

// From 0 to 65535; Boost.URL's own number wraps around beyond that.
std::optional<std::uint16_t> to_port(std::string_view digits) {
  std::uint32_t port = 0;
  for (const char c : digits) {
    port = 10 * port + static_cast<std::uint32_t>(c - '0');
    if (port > 65535) return std::nullopt;
  }
  return static_cast<std::uint16_t>(port);
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
}

// Labels of letters, digits, - and _ with dots between, perhaps one behind [RFC 1035 2.3.1, 2.3.4].
bool is_host_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > 253) return false;
  for (;;) {
    const std::size_t dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

// Resolvers read "127.1" and "0x7f000001" as addresses; one who looks at the URL does not. The URL
// standard calls this the ends-in-a-number checker.
bool ends_in_a_number(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string_view last = name.substr(name.rfind('.') + 1);
  if (!last.empty() && std::all_of(last.begin(), last.end(), is_digit)) return true;
  if (!last.starts_with("0x")) return false;
  last.remove_prefix(2);
  return std::all_of(last.begin(), last.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

// Sets host and host_field; says what is wrong with the host, or nothing.
std::string take_host(const urls::url_view& parsed, url& to) {
  if (parsed.host_type() == urls::host_type::ipv6) {
    to.host       = parsed.host_ipv6_address().to_string();
    to.host_field = "[" + to.host + "]";
    return {};
  }
  if (parsed.host_type() != urls::host_type::name) {
    return "The address in brackets is not an IPv6 address: write one, or a host name.";
  }
  to.host = parsed.host_name();
  if (to.host.empty()) return "The URL names no host: write one behind the //.";
  std::transform(to.host.begin(), to.host.end(), to.host.begin(), to_lower);
  to.host_field = to.host;
  if (!is_host_name(to.host)) {
    return "The host is not a name: it may have letters, digits, '-' and '_' between single dots, "
           "up to 63 of them each and 253 in all; write other letters in their xn-- form.";
  }
  if (ends_in_a_number(to.host) && !urls::parse_ipv4_address(to.host)) {
    return "The host ends in a number but is not an IPv4 address: write four decimal numbers up to "
           "255, without leading zeros, with dots between them.";
  }
  return {};
}

// Sets port and completes host_field; says what is wrong with the port, or nothing.
std::string take_port(const urls::url_view& parsed, url& to) {
  const std::uint16_t usual     = to.secure ? 443 : 80;
  to.port                       = usual;
  const std::string_view digits = to_std(parsed.port());
  if (digits.empty()) return {};
  const std::optional<std::uint16_t> port = to_port(digits);
  if (!port || *port == 0) {
    return "The port is not from 1 to 65535: write one that is, or leave it out.";
  }
  to.port = *port;
  if (to.port != usual) to.host_field += ":" + std::to_string(to.port);
  return {};
}

}  // namespace

url_result parse_url(std::string_view text) {
  if (text.size() > url_limit) {
    return refuse("The URL is longer than " + std::to_string(url_limit) +
                  " bytes: shorten it, and send what else there is to say as a message.");
  }
  if (std::string why = complain_of_characters(text); !why.empty()) return refuse(std::move(why));

  const std::size_t colon          = text.find(':');
  const std::optional<bool> secure = is_secure(text.substr(0, colon));
  if (!secure || !text.substr(std::min(colon, text.size())).starts_with("://")) {
    return refuse(
        "A WebSocket URL begins with ws:// or wss://: write it in full, for example "
        "ws://localhost:9001/.");
  }

  const std::string hidden = hide_address(text, colon + 3);
  const auto parsed        = urls::parse_uri(hidden);
  if (!parsed || !has_whole_authority(*parsed)) {
    return refuse(
        "This is not a URL by RFC 3986: every % needs two hexadecimal digits behind it, "
        "a port is a number, and brackets stand only around an IPv6 address without a "
        "zone (write others as %5B and %5D).");
  }
  if (parsed->has_userinfo()) {
    return refuse(
        "A WebSocket URL has no user name or password: leave out what stands before the "
        "@ and send an Authorization header instead.");
  }
  if (parsed->has_fragment()) {
    return refuse(
        "A WebSocket URL has no fragment: leave out the # and what follows it, or write "
        "it as %23 if it belongs to the path or the query.");
  }

  url u;
  u.secure = *secure;
  if (std::string why = take_host(*parsed, u); !why.empty()) return refuse(std::move(why));
  if (std::string why = take_port(*parsed, u); !why.empty()) return refuse(std::move(why));
  u.target = to_std(parsed->encoded_target());
  if (!u.target.starts_with('/')) u.target.insert(0, "/");
  return {std::move(u), {}};
}

bool is_host_field(std::string_view s) {
  const std::string hidden = hide_address(s, 0);
  const auto parsed        = urls::parse_authority(hidden);
  return parsed && !parsed->has_userinfo() && to_port(to_std(parsed->port())).has_value();
}

}  // namespace adieu::inline v1::http
