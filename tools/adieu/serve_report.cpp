// Events and lines.
#include "serve_report.hpp"

#include "close_line.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

namespace adieu::tool {
namespace {

std::string dropped_line(std::uint64_t lines) {
  return fmt::format("{} line{} dropped here: nobody read them in time", lines,
                     lines == 1 ? "" : "s");
}

std::string dropped_event(std::uint64_t lines) {
  return json_line({{"event", "dropped"}, {"lines", lines}});
}

}  // namespace

serve_report::serve_report(form how, palette colors)
    : form_(how),
      palette_(colors),
      errors_(std::make_unique<bounded_output>(STDERR_FILENO, dropped_line)) {
  if (how == form::json) events_ = std::make_unique<bounded_output>(STDOUT_FILENO, dropped_event);
}

void serve_report::print_json(const nlohmann::ordered_json& event) const {
  events_->line(json_line(event, is_terminal(STDOUT_FILENO)));
}

void serve_report::listening(const endpoint& at, bool secure) const {
  const auto url = (secure ? "wss://" : "ws://") + to_string(at);
  if (form_ == form::json)
    return print_json({{"event", "listening"}, {"url", url}, {"port", at.port}});
  line("listening on " + palette_(tone::strong, url));
}

void serve_report::closed(const close_event& event, std::string_view target) const {
  if (form_ == form::json) {
    auto json    = close_json(event);
    json["path"] = target;
    return print_json(json);
  }
  const std::string error = error_text(event);
  line(fmt::format("{} {}{}", palette_(event.was_clean ? tone::good : tone::bad, close_line(event)),
                   palette_(tone::faint, "path=" + escape(target)),
                   error.empty() ? "" : " error=" + quote(error)));
}

void serve_report::refused(const refusal& why) const {
  // Without a status no answer was given: TLS failed before there was a request.
  const std::string status = why.status == 0 ? "" : fmt::format(" {}", why.status);
  const std::string target = why.target.empty() ? "" : " " + escape(why.target);
  line(palette_(tone::faint, fmt::format("refused{}{} {}: {}", status, target,
                                         to_string(why.remote_endpoint), escape(why.why))));
}

void serve_report::shutting_down(std::size_t connections, std::string_view at_most) const {
  line(fmt::format("closing {} connection{} with 1001, at most {}; once more to end at once",
                   connections, connections == 1 ? "" : "s", at_most));
}

void serve_report::drained(const shutdown_report& how) const {
  line(palette_(how.terminated == 0 ? tone::good : tone::bad,
                fmt::format("drained clean={} terminated={} unsent={}", how.clean, how.terminated,
                            how.unsent_messages)));
}

}  // namespace adieu::tool
