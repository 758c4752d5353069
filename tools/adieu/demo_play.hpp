// Plays one scenario and compares what came of it with what should have. Knows no output.
#pragma once

#include "demo_scenario.hpp"
#include "terminal.hpp"

#include <optional>
#include <string>
#include <vector>

namespace adieu::tool {

struct outcome {
  std::optional<close_event> client = {};
  std::optional<close_event> server = {};
  /// The ends that the client came back from.
  std::string came_back_after = {};
  /// What is not as it should be, in words; empty: all well.
  std::vector<std::string> problems = {};
  /// The frames in two columns, if asked for.
  std::string frames = {};
};

/// `colors`: paint the frames; null: none are wanted.
outcome play(const scenario& what, const palette* colors);

}  // namespace adieu::tool
