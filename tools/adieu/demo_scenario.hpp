// What a scenario of the demo is: a name, what both ends do, and the endings that docs/closing.md
// wants. Knows neither how it is played nor how it is shown.
#pragma once

#include "demo_stage.hpp"

#include <adieu/close_event.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::tool {

/// A close event as it should be. What is empty may be anything.
struct expected_ending {
  bool was_clean                         = true;
  std::uint16_t code                     = 1000;
  std::optional<std::string_view> reason = "";
  adieu::initiator initiator             = adieu::initiator::local;
  adieu::cause cause                     = adieu::cause::completed;
  adieu::phase phase                     = adieu::phase::ending;
  std::uint16_t http_status              = 0;
  /// The code of the Close that this end put on the wire.
  std::optional<std::uint16_t> sent_code = {};
  /// Messages are known to be lost. Otherwise none may be.
  bool loses_messages = false;
  /// Messages that send() refused.
  std::uint64_t rejected_messages = 0;
  /// Where the Close frames may cross: `initiator` or both.
  bool may_cross = false;
};

struct scenario {
  std::string_view name;   ///< for the command line and JSON
  std::string_view title;  ///< for people
  std::optional<expected_ending> client;
  std::optional<expected_ending> server;
  /// In the place of a side that is not ours: what it does.
  std::string_view stand_in;
  void (*set)(stage&);
  /// The ends that the client comes back from: "1012", "2x1006", "401".
  std::string_view came_back_after = {};
};

struct scenario_group {
  std::string_view title;
  std::span<const scenario> scenarios;
};

std::span<const scenario> endings_done_properly();
std::span<const scenario> endings_cut_short();
std::span<const scenario> endings_by_broken_rules();
std::span<const scenario> openings_that_failed();
std::span<const scenario> clients_that_come_back();

std::vector<scenario_group> all_scenarios();

}  // namespace adieu::tool
