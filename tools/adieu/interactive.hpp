// Lines that a person types: text, or a command behind a slash. Knows no connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace adieu::tool {

struct typed_text {
  std::string_view text;
};
struct typed_close {
  std::uint16_t code;
  std::string_view reason;
};
struct typed_terminate {};
struct typed_ping {};
struct typed_mistake {
  std::string what;
};

using typed = std::variant<typed_text, typed_close, typed_terminate, typed_ping, typed_mistake>;

/// Views into `line`. /close alone gives `code` and `reason`.
typed parse_typed(std::string_view line, std::uint16_t code, std::string_view reason);

}  // namespace adieu::tool
