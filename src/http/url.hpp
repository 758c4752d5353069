// The URL of a WebSocket, taken apart into what a client needs to connect and to ask [RFC 6455 3].
// It does not know how names are resolved, nor how the parts are sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adieu::inline v1::http {

// A request line with a longer target would not fit into the head that a server of ours reads.
inline constexpr std::size_t url_limit = 8 * 1024;

struct url {
  bool secure = false;  // wss
  std::string host;  // to connect to: a name in lower case, or an address (IPv6 without brackets)
  std::uint16_t port = 80;  // never 0
  std::string host_field;   // as the Host field has it: "[::1]:9001"; a default port is left out
  std::string target;       // path and query as they were written, "/" if there is no path

  friend bool operator==(const url&, const url&) = default;
};

struct url_result {
  std::optional<url> value;
  std::string why;  // if there is no value: a sentence that says what is wrong and what to do
};

// Takes ws and wss, and http and https in their place, as the browser's constructor does (WHATWG
// WebSockets, 3.1); refuses what has a fragment, a user name or no host, and what is not a URL by
// RFC 3986, with one sentence for each fault, and its place in the text.
url_result parse_url(std::string_view text);

}  // namespace adieu::inline v1::http
