// The one way in which the generator gives up: a sentence on stderr, exit status 1. A figure from a
// run in which anything went wrong would be worth nothing. Knows no socket.
#pragma once

#include <string_view>

namespace load {

[[noreturn]] void fail(std::string_view what);
/// The same, with errno's text.
[[noreturn]] void fail_with_errno(std::string_view what);

}  // namespace load
