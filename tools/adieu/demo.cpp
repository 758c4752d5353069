// `adieu demo`: the options, and the tour through the scenarios.
#include "arguments.hpp"
#include "commands.hpp"
#include "demo_report.hpp"
#include "exit_code.hpp"

#include <adieu/log.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace adieu::tool {
namespace {

constexpr int exit_not_as_it_should_be = 1;

struct demo_options {
  std::vector<std::string> only = {};
  bool json                     = false;
  bool verbose                  = false;
  color_choice color            = color_choice::automatic;
};

std::string complaint_about(const std::string& name) {
  for (const auto& group : all_scenarios())
    for (const auto& one : group.scenarios)
      if (one.name == name) return "";
  return quote(name) + " is no scenario: adieu demo --help has them all";
}

bool is_wanted(const demo_options& given, const scenario& one) {
  return given.only.empty() ||
         std::find(given.only.begin(), given.only.end(), one.name) != given.only.end();
}

int run_demo(const demo_options& given) {
  const palette colors(given.color, 1);
  const auto report = given.json ? json_report() : lines_report(colors);
  const auto began  = std::chrono::steady_clock::now();
  std::size_t all = 0, good = 0;
  set_log_hook(nullptr);  // what goes wrong here goes wrong on purpose, and is shown
  report->begin();
  for (const auto& group : all_scenarios()) {
    bool is_first = true;
    for (const auto& one : group.scenarios) {
      if (!is_wanted(given, one)) continue;
      if (std::exchange(is_first, false)) report->group(group.title);
      const auto came = play(one, given.verbose && !given.json ? &colors : nullptr);
      report->scenario_played(one, came);
      ++all;
      good += came.problems.empty() ? 1 : 0;
    }
  }
  report->end(good, all,
              std::chrono::duration_cast<std::chrono::milliseconds>(
                  std::chrono::steady_clock::now() - began));
  return good == all ? exit_success : exit_not_as_it_should_be;
}

std::string notes() {
  std::string text = "Scenarios:\n";
  for (const auto& group : all_scenarios())
    for (const auto& one : group.scenarios)
      text += fmt::format("  {:18} {}\n", one.name, one.title);
  return text + R"(
With --json stdout is one array with {"scenario","expected","client","server","ok"} for each: what
both ends should have seen, and the close events that they saw (null for an end that is not ours or
is gone). The exit code is 0 if every ending was as docs/closing.md wants it, else 1.

Examples:
  adieu demo
  adieu demo --verbose last-words both-at-once
  adieu demo --json | jq '.[] | select(.ok | not)')";
}

}  // namespace

void add_demo(CLI::App& tool, int& exit_code) {
  auto* command =
      tool.add_subcommand("demo", "The tour: every way in which a connection ends, on loopback");
  const auto given = std::make_shared<demo_options>();
  command->add_option("scenario", given->only, "Only these")
      ->check(CLI::Validator(complaint_about, ""))
      ->type_name("NAME");
  command->add_flag("--json", given->json, "One JSON array on stdout");
  command->add_flag("-v,--verbose", given->verbose, "The frames of both ends, with their times");
  add_color(*command, given->color);
  command->footer(notes());
  command->callback([given, &exit_code] { exit_code = run_demo(*given); });
}

}  // namespace adieu::tool
