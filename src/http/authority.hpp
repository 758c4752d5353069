// Host and port, as they stand in a URL, in an Origin and in a Host field. The rule is our own:
// what Boost.URL takes for one differs from release to release (a zone, brackets, an address at the
// front of a name). It does not know any scheme, nor how names are resolved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adieu::inline v1::http {

struct authority {
  std::string host;  // a name in lower case, or an address (IPv6 without brackets)
  std::optional<std::uint16_t> port = {};  // 1 to 65535; none: it was left out

  friend bool operator==(const authority&, const authority&) = default;
};

struct authority_result {
  std::optional<authority> value;
  std::string why;  // if there is no value: a sentence that says what is wrong and what to do
};

// "host", "host:", "host:9001", "[::1]:9001". `offset`: of the text in what it is taken from, for
// the places that the sentence names.
authority_result read_authority(std::string_view text, std::size_t offset);

// The host as a URL has it: IPv6 in brackets.
std::string bracketed(const std::string& host);

// Whether names that end so are taken for an IPv4 address by some: this one is, or must not be a
// name.
bool is_numeric(std::string_view host);

// The sentence about the first % of the text that has no two hexadecimal digits behind it; empty if
// there is none.
std::string complain_of_escapes(std::string_view text, std::size_t offset);

// Whether this may be the value of a Host field: host and port, either of which may be empty [RFC
// 9110 7.2]. It may be what no authority of ours is: "a,b".
bool is_host_field(std::string_view s);

}  // namespace adieu::inline v1::http
