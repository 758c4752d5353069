// Lists in header fields: of tokens, as in Connection, Upgrade and Sec-WebSocket-Protocol, and of
// extensions with parameters, as in Sec-WebSocket-Extensions. Linear in the length of the list. It
// does not know what any token means.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace adieu::inline v1::http {

// More elements, or more parameters of one extension, are more than an honest peer sends, and
// callers may compare all of them with all.
inline constexpr std::size_t list_limit = 64;

// Whether the list has this token as an element of its own, without regard to case. Elements that
// are empty or no tokens are passed over [RFC 9110 5.6.1]; what stands in quotes is not an element.
bool has_token(std::string_view list, std::string_view token);

// The tokens in their order, repeated ones too [1#token, RFC 9110 5.6.1]. Nothing if an element is
// not a token, if there is none at all, or if there are more than list_limit.
std::optional<std::vector<std::string>> token_list(std::string_view list);

struct extension {
  std::string name;
  std::vector<std::pair<std::string, std::optional<std::string>>> parameters;

  friend bool operator==(const extension&, const extension&) = default;
};

// The extensions in their order [RFC 6455 9.1], quoted values without their quotes. Nothing if the
// list does not have that grammar, if it is empty, or if it passes list_limit.
std::optional<std::vector<extension>> extension_list(std::string_view list);

}  // namespace adieu::inline v1::http
