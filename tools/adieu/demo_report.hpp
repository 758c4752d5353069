// How the demo is shown: a line for each scenario, or an element of a JSON array. Knows no stage.
#pragma once

#include "demo_play.hpp"
#include "terminal.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace adieu::tool {

class demo_report {
 public:
  virtual ~demo_report() = default;
  virtual void begin() {}
  virtual void group(std::string_view) {}
  virtual void scenario_played(const scenario& what, const outcome& came)             = 0;
  virtual void end(std::size_t good, std::size_t all, std::chrono::milliseconds took) = 0;
};

std::unique_ptr<demo_report> lines_report(const palette& colors);
std::unique_ptr<demo_report> json_report();

}  // namespace adieu::tool
