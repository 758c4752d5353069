// How a connection's end becomes the tool's exit code.
#include "exit_code.hpp"

namespace adieu::tool {

namespace {

constexpr int no_name            = 6;
constexpr int no_connection      = 7;
constexpr int refused            = 22;
constexpr int opening_too_slow   = 28;
constexpr int tls_failed         = 35;
constexpr int closed_by_protocol = 40;  // a code 1xxx
constexpr int closed_by_library  = 43;  // 3xxx
constexpr int closed_by_app      = 44;  // 4xxx
constexpr int lost               = 46;
constexpr int closing_too_slow   = 47;
constexpr int peer_broke_rules   = 48;

bool before_open(phase where) { return where < phase::open; }

int by_code(std::uint16_t code, std::optional<std::uint16_t> closed_with) {
  if (code == 1000 || code == 1001 || code == 1005 || code == closed_with) return exit_success;
  if (code < 3000) return closed_by_protocol;
  return code < 4000 ? closed_by_library : closed_by_app;
}

}  // namespace

int exit_code(const close_event& event, std::optional<std::uint16_t> closed_with) noexcept {
  switch (event.cause) {
    case cause::unreachable: return event.phase == phase::resolving ? no_name : no_connection;
    case cause::refused: return refused;
    case cause::opening_timed_out: return opening_too_slow;
    case cause::tls_failed: return tls_failed;
    case cause::closing_timed_out: return closing_too_slow;
    case cause::protocol_violation:
    case cause::invalid_text:
    case cause::message_too_big:
    case cause::flooded: return peer_broke_rules;
    case cause::peer_vanished:
    case cause::reset: return before_open(event.phase) ? no_connection : lost;
    case cause::keepalive_timed_out:
    case cause::tls_truncated:
    case cause::terminated:
    case cause::abandoned: return lost;
    case cause::completed:
    case cause::handler_failed:
    case cause::out_of_memory:
    case cause::send_queue_overflow: break;
  }
  return event.was_clean ? by_code(event.code, closed_with) : lost;
}

}  // namespace adieu::tool
