// One JSON array, an element a line.
#include "close_line.hpp"
#include "demo_report.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace adieu::tool {
namespace {

using json = nlohmann::ordered_json;

json side_json(const std::optional<close_event>& event) {
  return event ? close_json(*event) : json(nullptr);
}

json expected_json(const std::optional<expected_ending>& wanted) {
  if (!wanted) return nullptr;
  json out;
  out["was_clean"] = wanted->was_clean;
  out["code"]      = wanted->code;
  if (wanted->reason) out["reason"] = *wanted->reason;
  if (wanted->may_cross)
    out["initiator"] = json::array({name(wanted->initiator), "both"});
  else
    out["initiator"] = name(wanted->initiator);
  out["cause"] = name(wanted->cause);
  out["phase"] = name(wanted->phase);
  if (wanted->http_status != 0) out["http_status"] = wanted->http_status;
  if (wanted->sent_code) out["sent_code"] = *wanted->sent_code;
  if (!wanted->loses_messages) out["unsent_messages"] = 0;
  return out;
}

class json_array final : public demo_report {
 public:
  void begin() override { print("["); }

  void scenario_played(const scenario& what, const outcome& came) override {
    json one;
    one["scenario"] = what.name;
    one["expected"] = {{"client", expected_json(what.client)},
                       {"server", expected_json(what.server)}};
    one["client"]   = side_json(came.client);
    one["server"]   = side_json(came.server);
    if (!what.came_back_after.empty()) one["came_back_after"] = came.came_back_after;
    one["ok"] = came.problems.empty();
    if (!came.problems.empty()) one["problems"] = came.problems;
    print((is_first_ ? "\n" : ",\n") + json_line(one, is_terminal(1)));
    is_first_ = false;
  }

  void end(std::size_t, std::size_t, std::chrono::milliseconds) override { print("\n]\n"); }

 private:
  static void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  bool is_first_ = true;
};

}  // namespace

std::unique_ptr<demo_report> json_report() { return std::make_unique<json_array>(); }

}  // namespace adieu::tool
