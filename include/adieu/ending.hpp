// How a connection ended, as the protocol knows it: who began, why, where, what was lost. Knows
// nothing of sockets and Asio; close_event.hpp adds the system's own error.
#pragma once

#include <adieu/close_code.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adieu::inline v1 {

/// As in a browser (WHATWG WebSockets, `readyState`); never goes backwards.
enum class ready_state : std::uint8_t { connecting, open, closing, closed };

/// On which side the first Close was, or who terminated or abandoned.
enum class initiator : std::uint8_t {
  none,    ///< the stream ended and nobody had closed
  local,   ///< this end
  remote,  ///< the peer
  both,    ///< certain only: close() had been called and the peer's Close was read before ours left
};

/// Why a connection ended.
enum class cause : std::uint8_t {
  completed = 1,        ///< the closing handshake was completed
  peer_vanished,        ///< the stream ended without a Close frame
  reset,                ///< the peer, or something between, reset the stream
  closing_timed_out,    ///< a deadline of the closing passed; `phase` says which
  opening_timed_out,    ///< the opening took too long
  keepalive_timed_out,  ///< nothing came back
  protocol_violation,   ///< the peer broke a rule; it was sent 1002
  message_too_big,      ///< a message over `max_message`; the peer was sent 1009
  invalid_text,         ///< a text or a reason that is not UTF-8; the peer was sent 1007
  flooded,              ///< too many control frames in a second; the peer was sent 1008
  handler_failed,       ///< a handler of the application threw; the peer was sent 1011
  send_queue_overflow,  ///< over `max_buffered`, and `on_overflow` closes; the peer was sent 1013
  tls_failed,           ///< TLS could not be set up, or the peer wanted to set it up once more
  tls_truncated,        ///< TLS ended without close_notify before the handshake was completed
  refused,              ///< the answer to the opening was not a WebSocket's; `http_status`
  unreachable,          ///< name not found, or no connection
  terminated,           ///< terminate()
  abandoned,            ///< close() before the connection was open
  out_of_memory,        ///< this process has none; the peer was sent 1011, if that was possible
};

/// Where a connection was when its cause came about.
enum class phase : std::uint8_t {
  resolving,       ///< looking up the name, or before that: between two attempts to come back
  connecting,      ///< TCP
  tls,             ///< the TLS handshake
  opening,         ///< the HTTP request and its answer
  open,            ///< nobody had closed
  flushing,        ///< our Close, and what was queued before it, had not left whole
  awaiting_close,  ///< our Close had left, the peer's had not come
  ending,          ///< completed: the Close frames were done with; ending TLS and TCP
};

/// "local", "completed", "awaiting_close", …: the enumerators' own names.
ADIEU_API std::string_view name(initiator value) noexcept;
ADIEU_API std::string_view name(cause value) noexcept;
ADIEU_API std::string_view name(phase value) noexcept;
ADIEU_API std::string_view name(ready_state value) noexcept;

/// A Close frame as it went over the wire. No code: the frame was empty.
struct close_frame {
  std::optional<std::uint16_t> code = {};
  std::string reason                = {};

  bool operator==(const close_frame&) const = default;
};

/// What the one close event of a connection tells. Plain data.
struct ending {
  /// A Close frame was sent and a valid one received, and no rule of the protocol was broken. What
  /// TCP does afterwards does not change it. If this end began and it is true, the peer had taken
  /// every message we sent off the wire before it answered. [RFC 6455 7.1.4]
  bool was_clean = false;
  /// The code received: 1005 if the Close was empty, 1006 if no valid one came, 1015 if TLS could
  /// not be set up. [7.1.5]
  std::uint16_t code = 1006;
  /// The reason received, at most 123 bytes of UTF-8. [7.1.6]
  std::string reason = {};
  /// Our Close frame, if it was handed whole to the transport.
  std::optional<close_frame> sent = {};
  /// The peer's Close frame, if a valid one came.
  std::optional<close_frame> received = {};

  adieu::initiator initiator = adieu::initiator::none;
  adieu::cause cause         = adieu::cause::peer_vanished;
  adieu::phase phase         = adieu::phase::open;

  /// The HTTP status of the answer that refused the opening; 0 if there was none.
  std::uint16_t http_status = 0;
  /// The answer's Retry-After, in seconds.
  std::optional<std::chrono::seconds> retry_after = {};
  /// What was wrong, in words, where there is more to say than the fields do; else "".
  std::string note = {};

  /// Accepted by send() and never handed to the transport; a partly handed message counts as one,
  /// with the bytes that remain. Zero if `was_clean`. A lower bound of what was lost: the kernel
  /// took the rest, and it is not known here whether the peer got that.
  std::uint64_t unsent_messages = 0;
  std::uint64_t unsent_bytes    = 0;
  /// What send() refused in the whole life of the connection, through refs too: messages, and
  /// their payload bytes. Whoever looks at send()'s result knows of each one; this counts all.
  std::uint64_t rejected_messages = 0;
  std::uint64_t rejected_bytes    = 0;
  /// Messages that came after our Close and were not delivered.
  std::uint64_t late_messages = 0;

  /// From open to the first Close, or to the end if there was none.
  std::chrono::microseconds time_open = {};
  /// From the first Close to the end.
  std::chrono::microseconds time_closing = {};
};

/// One line for a log: who ended it, how, what was lost, what to do.
ADIEU_API std::string explain(const ending& how);

}  // namespace adieu::inline v1
