// What the heads of an opening may hold, on either side: how much of it is read, and the fields
// that an application may add. Knows no opening.
#pragma once

#include <adieu/options.hpp>

#include "http/head.hpp"
#include "http/head_scanner.hpp"
#include "http/write_head.hpp"

#include <array>
#include <string_view>

namespace adieu::inline v1::protocol {

inline http::head_limits head_limits_of(const connection_options& options) noexcept {
  return {options.max_head, options.max_head_fields};
}

/// Fields that the opening itself, or the way HTTP frames its messages, decides.
inline bool is_reserved_field(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 8> reserved = {
      "host",    "upgrade",           "connection", "content-length",
      "trailer", "transfer-encoding", "te",         "keep-alive"};
  const auto same = [](std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if ((a[i] >= 'A' && a[i] <= 'Z' ? a[i] + 32 : a[i]) != b[i]) return false;
    return true;
  };
  constexpr std::string_view prefix = "sec-websocket-";
  if (name.size() >= prefix.size() && same(name.substr(0, prefix.size()), prefix)) return true;
  for (std::string_view r : reserved)
    if (same(name, r)) return true;
  return false;
}

/// Whether all may be written: tokens as names, no CR, LF or NUL in a value, none of the reserved.
inline bool may_be_added(const header_list& headers) {
  for (const auto& [name, value] : headers)
    if (!http::is_token(name) || !http::is_field_value(value) || is_reserved_field(name))
      return false;
  return true;
}

}  // namespace adieu::inline v1::protocol
