// Host and port are told apart here; Boost.URL reads the addresses. It does not know what the host
// is for.
#include "http/authority.hpp"

#include "http/characters.hpp"

#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>

#include <algorithm>
#include <utility>

namespace adieu::inline v1::http {
namespace {

namespace urls = boost::urls;

constexpr auto none = std::string_view::npos;

authority_result refuse(std::string why) { return {std::nullopt, std::move(why)}; }

std::string at(std::size_t place) { return " at offset " + std::to_string(place); }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char low = to_lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

// The place of a % without two hexadecimal digits behind it; none if there is no such.
std::size_t broken_escape(std::string_view text) {
  for (std::size_t i = text.find('%'); i != none; i = text.find('%', i + 1))
    if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) return i;
  return none;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    out += static_cast<char>(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
    i += 2;
  }
  return out;
}

// From 0 to 65535.
std::optional<std::uint16_t> to_port(std::string_view digits) {
  std::uint32_t port = 0;
  for (const char c : digits) {
    port = 10 * port + static_cast<std::uint32_t>(c - '0');
    if (port > 65535) return std::nullopt;
  }
  return static_cast<std::uint16_t>(port);
}

bool are_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

// An address of IPv6 in its usual form; nothing if it is none, or has a zone. [RFC 4291, RFC 6874]
std::optional<std::string> to_ipv6(std::string_view text) {
  if (text.find('%') != none) return std::nullopt;
  const auto address = urls::parse_ipv6_address({text.data(), text.size()});
  if (!address) return std::nullopt;
  return address->to_string();
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
    if (dot == none) return true;
    name.remove_prefix(dot + 1);
  }
}

// Sets the host; returns what is wrong with it, or nothing.
std::string take_name(std::string_view text, std::size_t offset, authority& to) {
  if (text.empty()) return "There is no host" + at(offset) + ": write one.";
  if (std::string why = complain_of_escapes(text, offset); !why.empty()) return why;
  to.host = decoded(text);
  std::transform(to.host.begin(), to.host.end(), to.host.begin(), to_lower);
  if (!is_host_name(to.host))
    return "The host" + at(offset) +
           " is not a name: it may have letters, digits, '-' and '_' between single dots, up to 63 "
           "of them each and 253 in all; write other letters in their xn-- form.";
  if (is_numeric(to.host) && !urls::parse_ipv4_address(to.host))
    return "The host" + at(offset) +
           " ends in a number but is not an IPv4 address: write four decimal numbers up to 255, "
           "without leading zeros, with dots between them.";
  return {};
}

// The same for what stands between brackets.
std::string take_address(std::string_view text, std::size_t offset, authority& to) {
  if (const std::size_t zone = text.find('%'); zone != none)
    return "The IPv6 address" + at(offset) +
           " has a zone, which means something on one machine only: leave out the %" +
           at(offset + zone) + " and what follows it in the brackets.";
  const std::optional<std::string> address = to_ipv6(text);
  if (!address)
    return "What stands in brackets" + at(offset) +
           " is not an IPv6 address: write one, or another host without brackets.";
  to.host = *address;
  return {};
}

// `text` begins with the colon, or is empty.
std::string take_port(std::string_view text, std::size_t offset, authority& to) {
  if (text.empty()) return {};
  const std::string_view digits = text.substr(1);
  if (digits.empty()) return {};
  if (!are_digits(digits))
    return "The port" + at(offset + 1) + " is not a number: write 1 to 65535, or leave it out.";
  to.port = to_port(digits);
  if (!to.port || *to.port == 0)
    return "The port" + at(offset + 1) +
           " is not from 1 to 65535: write one that is, or leave it out.";
  return {};
}

}  // namespace

std::string complain_of_escapes(std::string_view text, std::size_t offset) {
  const std::size_t place = broken_escape(text);
  if (place == none) return {};
  return "The %" + at(offset + place) +
         " has no two hexadecimal digits behind it: write %25 for a percent sign.";
}

// Resolvers read "127.1" and "0x7f000001" as addresses; one who looks at the URL does not. The URL
// standard calls this the ends-in-a-number checker.
bool is_numeric(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string_view last = host.substr(host.rfind('.') + 1);
  if (!last.empty() && are_digits(last)) return true;
  if (!last.starts_with("0x") && !last.starts_with("0X")) return false;
  last.remove_prefix(2);
  return std::all_of(last.begin(), last.end(), [](char c) { return hex_digit(c) >= 0; });
}

authority_result read_authority(std::string_view text, std::size_t offset) {
  authority read;
  std::size_t behind = 0;  // the host
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == none)
      return refuse("The [" + at(offset) +
                    " has no ] behind it: an IPv6 address stands between the two.");
    behind = end + 1;
    if (behind < text.size() && text[behind] != ':')
      return refuse("Behind the ]" + at(offset + end) +
                    " stands neither a port nor the end of the host: write a colon and a number, "
                    "or nothing.");
    if (std::string why = take_address(text.substr(1, end - 1), offset + 1, read); !why.empty())
      return refuse(std::move(why));
  } else {
    behind = std::min(text.find(':'), text.size());
    if (text.find(':', behind + 1) != none)
      return refuse("The host" + at(offset) +
                    " has more than one colon: write an IPv6 address in brackets, as in [::1].");
    if (std::string why = take_name(text.substr(0, behind), offset, read); !why.empty())
      return refuse(std::move(why));
  }
  if (std::string why = take_port(text.substr(behind), offset + behind, read); !why.empty())
    return refuse(std::move(why));
  return {std::move(read), {}};
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

bool is_host_field(std::string_view s) {
  std::size_t behind = std::min(s.find(':'), s.size());
  if (s.starts_with('[')) {
    const std::size_t end = s.find(']');
    if (end == none || !to_ipv6(s.substr(1, end - 1))) return false;
    behind = end + 1;
  } else {
    const std::string_view name = s.substr(0, behind);  // reg-name [RFC 3986 3.2.2]
    if (broken_escape(name) != none) return false;
    if (!std::all_of(name.begin(), name.end(), [](char c) {
          return is_letter(c) || is_digit(c) ||
                 std::string_view("-._~!$&'()*+,;=%").find(c) != none;
        }))
      return false;
  }
  const std::string_view port = s.substr(behind);
  return port.empty() ||
         (port.front() == ':' && are_digits(port.substr(1)) && to_port(port.substr(1)));
}

}  // namespace adieu::inline v1::http
