// Reading origins, and comparing them. It does not know which are wanted.
#include "http/origin.hpp"

#include "base/escape.hpp"
#include "http/authority.hpp"
#include "http/characters.hpp"

#include <algorithm>
#include <utility>

namespace adieu::inline v1::http {
namespace {

constexpr auto none               = std::string_view::npos;
constexpr std::size_t most_quoted = 200;  // bytes of what a stranger has sent

std::uint16_t usual_port(std::string_view scheme) {
  return scheme == "https" ? 443 : scheme == "http" ? 80 : 0;
}

// [RFC 3986 3.1]
bool is_scheme(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
         });
}

origin_result no_origin(std::string why) { return {false, {}, std::move(why)}; }

// Where that of its WebSocket was written.
std::string scheme_of_page(const std::string& scheme) {
  return scheme == "wss" ? "https" : scheme == "ws" ? "http" : scheme;
}

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(), to_lower);
  return made;
}

// Nobody knows the scheme that a browser has used behind a proxy that ends TLS, so the Host field's
// port is that of the page's scheme if none is written.
bool is_same_host(const origin& page, const fields& request) {
  const std::string* const host = request.find("Host");
  if (!host || usual_port(page.scheme) == 0) return false;
  const authority_result asked = read_authority(*host, 0);
  return asked.value && asked.value->host == page.host &&
         asked.value->port.value_or(usual_port(page.scheme)) == page.port;
}

// `star`: what was taken out in front of the host, for the sentence that says what to write.
origin_result read(std::string_view text, std::string_view star) {
  const std::size_t colon = text.find("://");
  if (colon == none || !is_scheme(text.substr(0, colon)))
    return no_origin("it has no scheme: write scheme and host, as in \"https://example.com\"");
  origin page{lower(text.substr(0, colon)), {}, 0};
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t end       = std::min(rest.find_first_of("/?#"), rest.size());
  const std::size_t user      = rest.substr(0, end).rfind('@');
  const std::size_t host      = user == none ? 0 : user + 1;
  const std::string scheme    = scheme_of_page(page.scheme);
  const std::string right =
      quote(scheme + "://" + std::string(star) + std::string(rest.substr(host, end - host)));
  if (scheme != page.scheme)
    return no_origin("an origin is that of a page, not of its WebSocket: write " + right);
  if (host != 0) return no_origin("an origin has no user name: write " + right);
  if (rest.empty() && page.scheme == "file") return {true, std::move(page), {}};
  if (end != rest.size())
    return no_origin("an origin has nothing behind its host and port: write " + right);
  authority_result server = read_authority(rest, colon + 3 + star.size());
  if (!server.value) return no_origin(std::move(server.why));
  page.host = std::move(server.value->host);
  page.port = server.value->port.value_or(usual_port(page.scheme));
  return {true, std::move(page), {}};
}

constexpr std::string_view below = "*.";

constexpr std::string_view to_the_list =
    " to the server's origins (server_options::origins; adieu serve --origin)";

}  // namespace

origin_result read_origin(std::string_view text) { return read(text, {}); }

std::string to_string(const origin& page) {
  std::string text = page.scheme + "://" + bracketed(page.host);
  if (page.port != usual_port(page.scheme)) text += ":" + std::to_string(page.port);
  return text;
}

std::string allowed_origins::add(std::string_view entry) {
  bool* const word = entry == "*"                              ? &all_
                     : equal_ignoring_case(entry, "same host") ? &same_host_
                     : equal_ignoring_case(entry, "null")      ? &opaque_
                                                               : nullptr;
  if (word) {
    *word = true;
    return {};
  }
  const auto complaint = [&](const std::string& why) { return quote(entry) + ": " + why; };
  if (entry.find("://") == none)
    return complaint("write an origin with its scheme, as in " +
                     quote("https://" + std::string(entry)) +
                     ", or \"same host\", \"null\" (pages without an origin of their own) or "
                     "\"*\" (all)");
  family added;
  std::string text(entry);
  if (const std::size_t star = text.find('*'); star != std::string::npos) {
    const std::size_t host = text.find("://") + 3;
    added.is_below         = star == host && text.compare(star, below.size(), below) == 0 &&
                     text.find('*', star + 1) == std::string::npos;
    if (!added.is_below)
      return complaint(
          "a * stands for the names below a host, as in \"https://*.example.com\", or "
          "alone for all origins");
    text.erase(star, below.size());
  }
  origin_result read = http::read(text, added.is_below ? below : "");
  if (!read.is_one) return complaint(read.why);
  added.page = std::move(read.value);
  if (added.is_below &&
      (added.page.host.find(':') != std::string::npos || is_numeric(added.page.host)))
    return complaint("an address has no names below it: write it without the *");
  listed_.push_back(std::move(added));
  return {};
}

bool allowed_origins::allows(const origin& page, const fields& request) const {
  if (same_host_ && is_same_host(page, request)) return true;
  return std::any_of(listed_.begin(), listed_.end(), [&](const family& f) {
    if (!f.is_below) return f.page == page;
    return page.scheme == f.page.scheme && page.port == f.page.port &&
           page.host.ends_with("." + f.page.host) && page.host.size() > f.page.host.size() + 1;
  });
}

std::string allowed_origins::complain_of(const fields& request) const {
  const std::size_t count = request.count("Origin");
  if (count == 0 || all_) return {};
  // No browser sends two: nobody may choose which of them counts.
  if (count != 1) return "there is more than one Origin field: send one, or none";
  const std::string& told = *request.find("Origin");
  if (told == "null") {
    if (opaque_) return {};
    return "the origin null (of a page from a file, or in a sandbox) is not allowed: for all such "
           "pages to connect, add \"null\"" +
           std::string(to_the_list);
  }
  const origin_result read = read_origin(told);
  if (!read.is_one)
    return "the Origin field is no origin: \"" + escape_beginning(told, most_quoted) +
           "\": send scheme, host and port of the page, as a browser does, or no Origin";
  if (allows(read.value, request)) return {};
  const std::string page = to_string(read.value);
  std::string why        = "the origin " + page + " is not allowed";
  if (const std::string* host = request.find("Host"); same_host_ && host)
    why += " (it is not this host, " + escape_beginning(*host, most_quoted) + ")";
  return why + ": for its pages to connect, add \"" + page + "\"" + std::string(to_the_list);
}

}  // namespace adieu::inline v1::http
