// The time of day for logs.
#include "clock_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>

namespace adieu::tool {

namespace {

struct moment {
  std::time_t seconds;
  long long milliseconds;
};

moment now() {
  using namespace std::chrono;
  const auto since = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  return {static_cast<std::time_t>(since / 1000), since % 1000};
}

}  // namespace

std::string clock_text() {
  const auto at = now();
  std::tm local{};
  ::localtime_r(&at.seconds, &local);
  return fmt::format("{:%H:%M:%S}.{:03}", local, at.milliseconds);
}

std::string utc_text() {
  const auto at = now();
  std::tm utc{};
  ::gmtime_r(&at.seconds, &utc);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", utc, at.milliseconds);
}

}  // namespace adieu::tool
