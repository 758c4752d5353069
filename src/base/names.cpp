// The enumerators' own names, for logs and JSON.
#include <adieu/ending.hpp>
#include <adieu/error.hpp>

namespace adieu::inline v1 {

std::string_view name(initiator value) noexcept {
  switch (value) {
    case initiator::none: return "none";
    case initiator::local: return "local";
    case initiator::remote: return "remote";
    case initiator::both: return "both";
  }
  return "";
}

std::string_view name(cause value) noexcept {
  switch (value) {
    case cause::completed: return "completed";
    case cause::peer_vanished: return "peer_vanished";
    case cause::reset: return "reset";
    case cause::closing_timed_out: return "closing_timed_out";
    case cause::opening_timed_out: return "opening_timed_out";
    case cause::keepalive_timed_out: return "keepalive_timed_out";
    case cause::protocol_violation: return "protocol_violation";
    case cause::message_too_big: return "message_too_big";
    case cause::invalid_text: return "invalid_text";
    case cause::flooded: return "flooded";
    case cause::handler_failed: return "handler_failed";
    case cause::send_queue_overflow: return "send_queue_overflow";
    case cause::tls_failed: return "tls_failed";
    case cause::tls_truncated: return "tls_truncated";
    case cause::refused: return "refused";
    case cause::unreachable: return "unreachable";
    case cause::terminated: return "terminated";
    case cause::abandoned: return "abandoned";
    case cause::out_of_memory: return "out_of_memory";
  }
  return "";
}

std::string_view name(phase value) noexcept {
  switch (value) {
    case phase::resolving: return "resolving";
    case phase::connecting: return "connecting";
    case phase::tls: return "tls";
    case phase::opening: return "opening";
    case phase::open: return "open";
    case phase::flushing: return "flushing";
    case phase::awaiting_close: return "awaiting_close";
    case phase::ending: return "ending";
  }
  return "";
}

std::string_view name(ready_state value) noexcept {
  switch (value) {
    case ready_state::connecting: return "connecting";
    case ready_state::open: return "open";
    case ready_state::closing: return "closing";
    case ready_state::closed: return "closed";
  }
  return "";
}

std::string_view explain(error value) noexcept {
  switch (value) {
    case error::none: return "no error";
    case error::not_open: return "the websocket is not open: wait for on_open, and stop at close()";
    case error::bad_close_code:
      return "this end may not send that close code: use 1000 or 3000 to 4999";
    case error::reason_too_long:
      return "a close reason has at most 123 bytes, and none without a code: use truncate_reason()";
    case error::invalid_utf8: return "text is not UTF-8: send binary, or mend the text";
    case error::send_queue_full:
      return "the send queue is full: wait for on_drain, or use async_send";
    case error::already_receiving: return "another async_receive waits: one at a time";
    case error::bad_url: return "not a ws:// or wss:// URL";
    case error::bad_option: return "an option cannot be";
  }
  return "";
}

}  // namespace adieu::inline v1
