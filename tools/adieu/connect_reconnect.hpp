// The options of `adieu connect` that are about coming back, and their checks.
#pragma once

#include "connect_options.hpp"

#include <string>

namespace CLI {
class App;
}

namespace adieu::tool {

/// As they were given; "" if they were not.
struct reconnect_arguments {
  std::string reconnect = {};
  std::string profile   = {};
  std::string retry_on  = {};
  std::string stop_on   = {};
  bool known_good       = false;
};

void add_reconnect_options(CLI::App& command, reconnect_arguments& to);
/// Throws CLI::ValidationError for what cannot be.
void complete_reconnect(const reconnect_arguments& from, connect_options& to);

}  // namespace adieu::tool
