// The lines of a head without what is often secret, to be shown to people and written to logs.
// Knows names of fields, not what they are for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace adieu::inline v1::http {

// Of a URL, or a request's target: "***" in the place of user and password, of the query, and of
// the fragment, which tokens are put in as well.
std::string url_without_secrets(std::string_view url);

// One for each head.
class head_without_secrets {
 public:
  // A line of the head, in their order, without its end. The same with "***" for the values of
  // Authorization, Proxy-Authorization, Cookie, Set-Cookie, Sec-WebSocket-Protocol, and in URLs of
  // the request's target, Location, Content-Location and Referer. What continues the value of a
  // field on a line of its own [RFC 9112 5.2] is part of it.
  std::string line(std::string_view text);

 private:
  enum class kind : std::uint8_t { harmless, url, secret };

  bool is_first_ = true;
  kind field_    = kind::harmless;  // the one that may go on
};

}  // namespace adieu::inline v1::http
