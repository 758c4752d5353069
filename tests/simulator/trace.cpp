// The two columns.
#include "simulator/trace.hpp"

#include <cstdarg>
#include <cstdio>

namespace simulator {

void trace::say(time now, who w, const char* format, ...) {
  if (!words_) return;
  char text[512];
  va_list rest;
  va_start(rest, format);
  std::vsnprintf(text, sizeof text, format, rest);
  va_end(rest);
  constexpr std::size_t column[] = {0, 48, 20};
  char number[16]                = "";
  if (of_ != 0) std::snprintf(number, sizeof number, "#%u ", of_);
  char line[660];
  const double seconds = std::chrono::duration<double>(now - epoch).count();
  const bool of_both   = w == who::both;
  std::snprintf(line, sizeof line, "%13.6f  %*s%s%s%s%s\n", seconds,
                static_cast<int>(column[index(w)]), "", number, of_both ? "~ " : "", text,
                of_both ? " ~" : "");
  *words_ += line;
}

}  // namespace simulator
