// Lines for people.
#include "demo_report.hpp"

#include "duration.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace adieu::tool {
namespace {

constexpr int title_width = 32;
constexpr int side_width  = 31;

void print(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

// `1000 clean, remote "bye"`, `1006 reset`, `1011 handler_failed, local`
std::string side_text(const close_event& e, std::string_view came_back_after) {
  std::string text =
      fmt::format("{} {}", e.code, e.cause == cause::completed ? "clean" : name(e.cause));
  if (e.http_status != 0) text += fmt::format(" {}", e.http_status);
  if (came_back_after.empty() && e.initiator != initiator::none)
    text += fmt::format(", {}", name(e.initiator));
  if (!came_back_after.empty()) text += fmt::format(", after {}", came_back_after);
  if (e.rejected_messages != 0) text += fmt::format(", {} rejected", e.rejected_messages);
  if (const auto reason = ' ' + quote(e.reason);
      !e.reason.empty() && text.size() + reason.size() <= side_width)
    text += reason;
  return text;
}

class lines final : public demo_report {
 public:
  explicit lines(const palette& colors) : colors_(colors) {}

  void begin() override {
    print(colors_(tone::strong, "Every way in which a WebSocket connection ends"));
    print(colors_(tone::faint,
                  "close code, how, and on which side the first Close was, as each end saw it"));
  }

  void group(std::string_view title) override {
    print("");
    print(colors_(tone::strong, padded(std::string(title), title_width + 3)) +
          colors_(tone::faint, padded("client", side_width + 1) + "server"));
  }

  void scenario_played(const scenario& what, const outcome& came) override {
    const bool good = came.problems.empty();
    print(colors_(good ? tone::good : tone::bad, good ? " ✓ " : " ✗ ") +
          padded(std::string(what.title), title_width) +
          side(came.client, what, side_width + 1, came.came_back_after) +
          side(came.server, what, 0, {}));
    for (const auto& problem : came.problems) print("     " + colors_(tone::bad, problem));
    if (!came.frames.empty()) details(came);
  }

  void end(std::size_t good, std::size_t all, std::chrono::milliseconds took) override {
    print("");
    const auto time = print_duration(took);
    if (good == all)
      print(colors_(tone::good,
                    fmt::format("{}, each as it should be, in {}",
                                all == 1 ? "1 ending" : fmt::format("{} endings", all), time)));
    else
      print(colors_(tone::bad, fmt::format("{} of {} endings not as they should be, in {}",
                                           all - good, all, time)));
  }

 private:
  void details(const outcome& came) const {
    print(came.frames);
    if (came.client) print(colors_(tone::faint, " client: ") + escape(explain(*came.client)));
    if (came.server) print(colors_(tone::faint, " server: ") + escape(explain(*came.server)));
    print("");
  }

  std::string side(const std::optional<close_event>& event, const scenario& what, std::size_t width,
                   std::string_view came_back_after) const {
    if (!event) return colors_(tone::faint, padded(std::string(what.stand_in), width));
    return colors_(event->was_clean ? tone::good : tone::warning,
                   padded(side_text(*event, came_back_after), width));
  }

  palette colors_;
};

}  // namespace

std::unique_ptr<demo_report> lines_report(const palette& colors) {
  return std::make_unique<lines>(colors);
}

}  // namespace adieu::tool
