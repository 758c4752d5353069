// A close event as the tool tells it.
#include "close_line.hpp"

#include "duration.hpp"
#include "terminal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace adieu::tool {

namespace {

double in_milliseconds(std::chrono::microseconds length) {
  return static_cast<double>(length.count()) / 1000.0;
}

}  // namespace

std::string close_line(const close_event& event) {
  return fmt::format("closed {} {} by={} clean={} cause={} unsent={} open={} closing={}",
                     event.code, quote(event.reason), name(event.initiator),
                     event.was_clean ? "yes" : "no", name(event.cause), event.unsent_messages,
                     print_duration(event.time_open), print_duration(event.time_closing));
}

std::string down_line(const close_event& event, const decision& made) {
  return fmt::format("down {} {} by={}; back in {:.1f} s (attempt {})", event.code,
                     quote(event.reason), name(event.initiator),
                     static_cast<double>(made.delay.count()) / 1000.0, made.attempt);
}

std::string error_text(const close_event& event) {
  if (event.was_clean) return {};
  if (!event.error) return event.note;
  const auto message = event.error.message();
  return event.note.empty() ? message : fmt::format("{} ({})", message, event.note);
}

nlohmann::ordered_json frame_json(const std::optional<close_frame>& frame) {
  if (!frame) return nullptr;
  nlohmann::ordered_json json;
  if (frame->code)
    json["code"] = *frame->code;
  else
    json["code"] = nullptr;
  json["reason"] = frame->reason;
  return json;
}

nlohmann::ordered_json response_json(const opening_response* response) {
  if (!response) return nullptr;
  nlohmann::ordered_json json;
  json["status"]  = response->status;
  json["headers"] = nlohmann::ordered_json::array();
  for (const auto& [name, value] : response->headers)
    json["headers"].push_back(nlohmann::ordered_json::array({name, value}));
  json["body"] = response->body;
  return json;
}

nlohmann::ordered_json close_json(const close_event& event) {
  const auto error = error_text(event);
  nlohmann::ordered_json json;
  json["event"]     = "close";
  json["was_clean"] = event.was_clean;
  json["code"]      = event.code;
  json["reason"]    = event.reason;
  json["initiator"] = name(event.initiator);
  json["cause"]     = name(event.cause);
  json["phase"]     = name(event.phase);
  json["sent"]      = frame_json(event.sent);
  json["received"]  = frame_json(event.received);
  json["error"]     = nullptr;
  if (!error.empty()) json["error"] = error;
  json["http_status"] = nullptr;
  if (event.http_status != 0) json["http_status"] = event.http_status;
  json["unsent_messages"] = event.unsent_messages;
  json["unsent_bytes"]    = event.unsent_bytes;
  json["open_ms"]         = in_milliseconds(event.time_open);
  json["closing_ms"]      = in_milliseconds(event.time_closing);

  json["rejected_messages"]    = event.rejected_messages;
  json["rejected_bytes"]       = event.rejected_bytes;
  json["unacknowledged_bytes"] = nullptr;
  if (event.unacknowledged_bytes) json["unacknowledged_bytes"] = *event.unacknowledged_bytes;
  json["retry_after_s"] = nullptr;
  if (event.retry_after) json["retry_after_s"] = event.retry_after->count();
  json["late_messages_dropped"] = event.late_messages;
  json["response"]              = response_json(event.response.get());
  return json;
}

nlohmann::ordered_json down_json(const close_event& event, const decision& made) {
  auto json        = close_json(event);
  json["event"]    = "down";
  json["opened"]   = event.phase >= phase::open;
  json["attempt"]  = made.attempt;
  json["delay_ms"] = made.delay.count();
  json["why"]      = made.why;
  return json;
}

nlohmann::ordered_json gave_up_json(const close_event& event, const decision& made) {
  auto json      = close_json(event);
  json["event"]  = "gave_up";
  json["opened"] = event.phase >= phase::open;
  json["why"]    = made.why;
  return json;
}

std::string json_line(const nlohmann::ordered_json& object, bool ascii) {
  return object.dump(-1, ' ', ascii, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace adieu::tool
