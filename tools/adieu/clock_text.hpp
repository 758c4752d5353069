// The time of day for logs. Knows nothing else.
#pragma once

#include <string>

namespace adieu::tool {

/// "12:34:56.789", local time.
std::string clock_text();

/// "2026-01-31T12:34:56.789Z"
std::string utc_text();

}  // namespace adieu::tool
