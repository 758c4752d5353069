// A line for people, on stderr. Knows nothing else.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace adieu::tool {

/// Adds the newline and writes all in one piece. That nobody reads it any more changes nothing.
inline void stderr_line(std::string_view text) {
  std::string line(text);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace adieu::tool
