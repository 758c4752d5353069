// Lines that a person types.
#include "interactive.hpp"

#include "terminal.hpp"

#include <algorithm>
#include <charconv>

namespace adieu::tool {

namespace {

// Cuts the first word off.
std::string_view next_word(std::string_view& rest) {
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return word;
}

}  // namespace

typed parse_typed(std::string_view line, std::uint16_t code, std::string_view reason) {
  if (!line.starts_with('/')) return typed_text{line};
  if (line.starts_with("//")) return typed_text{line.substr(1)};
  auto rest          = line;
  const auto command = next_word(rest);
  if (command == "/terminate") return typed_terminate{};
  if (command == "/ping") return typed_ping{};
  if (command != "/close")
    return typed_mistake{quote(command) +
                         " is no command: /close [code [reason]], /terminate, /ping, or // for a "
                         "slash"};
  if (rest.empty()) return typed_close{code, reason};
  const auto number    = next_word(rest);
  const auto [at, bad] = std::from_chars(number.data(), number.data() + number.size(), code);
  if (bad != std::errc() || at != number.data() + number.size())
    return typed_mistake{quote(number) + " is no close code: 1000, or 3000 to 4999"};
  return typed_close{code, rest};
}

}  // namespace adieu::tool
