// An ending in one line for a log: who, how, what was lost, what to do.
#include <adieu/ending.hpp>

#include "base/escape.hpp"

namespace adieu::inline v1 {
namespace {

constexpr std::size_t longest_note = 500;  // bytes

std::string quoted_code(std::uint16_t code, const std::string& reason) {
  std::string text = std::to_string(code);
  if (const auto known = name(close_code(code)); !known.empty()) text += " " + std::string(known);
  if (!reason.empty()) text += " " + quote(reason);
  return text;
}

std::string clean_end(const ending& how) {
  const std::string what = quoted_code(how.code, how.reason);
  switch (how.initiator) {
    case initiator::remote: return "the peer closed with " + what;
    case initiator::both: return "both ends closed at once, the peer with " + what;
    default: break;
  }
  std::string mine  = how.sent && how.sent->code ? quoted_code(*how.sent->code, how.sent->reason)
                                                 : std::string("an empty Close");
  std::string line  = "closed by this end with " + mine;
  const bool echoed = how.sent && how.received && how.sent->code == how.received->code;
  if (!echoed) line += ", answered with " + what;
  return line;
}

std::string where(const ending& how) {
  switch (how.phase) {
    case phase::resolving:  // a client that waits for its next attempt ends there too
      return how.cause == cause::unreachable ? "while looking up the name"
                                             : "before it began to connect";
    case phase::connecting: return "while connecting";
    case phase::tls: return "during the TLS handshake";
    case phase::opening: return "during the opening";
    case phase::open: return "while open";
    case phase::flushing: return "before our Close had left";
    case phase::awaiting_close: return "while waiting for the peer's Close";
    case phase::ending: return "while ending the stream";
  }
  return {};
}

// What happened, and what to do about it.
struct story {
  std::string_view what, advice;
};

story story_of(const ending& how) {
  switch (how.cause) {
    case cause::completed: return {"completed", ""};
    case cause::peer_vanished:
      return {"the stream ended without a Close",
              "the peer or a proxy died or restarted: come back with jitter"};
    case cause::reset:
      return {"the stream was reset", "the peer or a proxy died: come back with jitter"};
    case cause::closing_timed_out:
      return {"the closing took too long", "the peer is stuck or gone"};
    case cause::opening_timed_out: return {"the opening took too long", "back off"};
    case cause::keepalive_timed_out:
      return {"nothing came back", "the peer hangs, or the network is gone: come back with jitter"};
    case cause::protocol_violation: return {"the peer broke the protocol", "mend the peer"};
    case cause::message_too_big:
      return {"the peer sent a message over max_message", "raise the limit or split messages"};
    case cause::invalid_text:
      return {"the peer sent text that is not UTF-8", "mend the peer, or send binary"};
    case cause::flooded: return {"the peer flooded us with control frames", "mend the peer"};
    case cause::handler_failed: return {"a handler threw", "mend the handler"};
    case cause::send_queue_overflow:
      return {"the send queue overflowed", "send less, or wait: on_drain, async_send"};
    case cause::tls_failed:
      if (how.phase >= phase::open)
        return {"TLS was not set up once more",
                "turn renegotiation off in the peer, or use TLS 1.3"};
      return {"TLS could not be set up", "check certificate, name and clock"};
    case cause::tls_truncated:
      return {"TLS was cut off without close_notify", "treat it as a network failure"};
    case cause::refused: return {"the server refused the opening", "read its answer"};
    case cause::unreachable: return {"no connection", "check name, port and network; back off"};
    case cause::terminated: return {"terminated by this end", ""};
    case cause::abandoned: return {"abandoned by this end", ""};
    case cause::out_of_memory:
      return {"this process ran out of memory", "lower max_message, or take fewer connections"};
  }
  return {};
}

std::string counted(std::string_view what, std::uint64_t messages, std::uint64_t bytes) {
  if (messages == 0) return {};
  return "; " + std::string(what) + ": " + std::to_string(messages) +
         (messages == 1 ? " message, " : " messages, ") + std::to_string(bytes) + " bytes";
}

std::string lost(const ending& how) {
  std::string line = counted("unsent", how.unsent_messages, how.unsent_bytes) +
                     counted("rejected", how.rejected_messages, how.rejected_bytes);
  if (how.late_messages != 0)
    line += "; " + std::to_string(how.late_messages) + " late messages dropped";
  return line;
}

}  // namespace

std::string explain(const ending& how) {
  if (how.was_clean && how.cause == cause::completed) return clean_end(how) + lost(how);
  const story told = story_of(how);
  std::string line = std::string(told.what);
  if (how.cause != cause::refused) line += " " + where(how);  // that names its phase
  if (how.http_status != 0 && how.cause == cause::refused)
    line += " with HTTP " + std::to_string(how.http_status);
  if (!how.note.empty()) line += " (" + escape_beginning(how.note, longest_note) + ")";
  if (how.received) line += "; the peer had closed with " + quoted_code(how.code, how.reason);
  line += lost(how);
  if (!told.advice.empty()) line += "; " + std::string(told.advice);
  return line;
}

}  // namespace adieu::inline v1
