// A pass phrase: from a file, or from a person at the terminal. Never from stdin, which brings
// messages. Knows no TLS.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace adieu::tool {

/// Longer ones OpenSSL does not take.
constexpr std::size_t longest_secret = 1024;

/// The first line of a file, without its end (LF or CR LF). Of a pipe no byte more is read. Throws
/// std::system_error.
std::string first_line_of(const std::string& path);

/// What is typed on this process's terminal, which shows nothing of it; nothing if it has none.
/// Whatever ends this, a signal too, the terminal is left as it was.
std::optional<std::string> ask_on_terminal(const std::string& prompt);

}  // namespace adieu::tool
