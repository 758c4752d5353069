// Kinds of arguments that several commands take, with their checks. Knows no command.
#pragma once

#include "terminal.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace adieu::tool {

/// Whether 0 is a value ("off") or a mistake.
enum class zero : std::uint8_t { allowed, refused };

/// The whole number that was given to that option. Throws CLI::ValidationError, which tells the
/// range, if it is none from `least` to `most`.
std::uint64_t number_of(const std::string& option, std::string_view text, std::uint64_t least,
                        std::uint64_t most);

/// A duration: "250ms", "3s", "1m".
CLI::Option* add_duration(CLI::App& command, const std::string& name, std::chrono::milliseconds& to,
                          const std::string& what, zero is = zero::refused);

/// Bytes: "65536", "64k", "16M" (powers of 1024).
CLI::Option* add_size(CLI::App& command, const std::string& name, std::uint64_t& to,
                      const std::string& what, zero is = zero::allowed);

/// --color auto|always|never
CLI::Option* add_color(CLI::App& command, color_choice& to);

}  // namespace adieu::tool
