// A close event as the tool tells it: one line for people, one JSON object for programs. Knows no
// stream.
#pragma once

#include <adieu/close_event.hpp>
#include <adieu/reconnect_policy.hpp>

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

namespace adieu::tool {

/// `closed 1008 "bad token" by=remote clean=yes cause=completed unsent=0 open=3.2s closing=12ms`,
/// without a newline; always one line, whatever the reason holds.
std::string close_line(const close_event& event);

/// The close event with docs/closing.md's names; "event" is "close".
nlohmann::ordered_json close_json(const close_event& event);

/// `down 1012 "restart" by=remote; back in 2.4 s (attempt 1)`
std::string down_line(const close_event& event, const decision& made);

/// The close event as "down" (and when it comes back), or as "gave_up" (and why).
nlohmann::ordered_json down_json(const close_event& event, const decision& made);
nlohmann::ordered_json gave_up_json(const close_event& event, const decision& made);

/// {"code":1000,"reason":"bye"}; code null for an empty Close; null if there was none.
nlohmann::ordered_json frame_json(const std::optional<close_frame>& frame);

/// {"status":403,"headers":[["Server","x"]],"body":"no"}; null if there was none.
nlohmann::ordered_json response_json(const opening_response* response);

/// What the system, TLS or the library says was wrong; empty when clean.
std::string error_text(const close_event& event);

/// One object on one line, without a newline. Bytes that are not UTF-8 become U+FFFD. `ascii`: all
/// that is not ASCII is escaped, for a terminal.
std::string json_line(const nlohmann::ordered_json& object, bool ascii = false);

}  // namespace adieu::tool
