// The trace: heads and frames of a connection, as they go over the wire, for whoever debugs it. Set
// in the connection's options; costs nothing where it is not.
#pragma once

#include <adieu/config.hpp>
#include <adieu/hook.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace adieu::inline v1 {

class websocket_ref;

enum class trace_direction : std::uint8_t { sent, received };

enum class trace_kind : std::uint8_t {
  head_line,  ///< a line of an HTTP head: the request or status line, a field
  frame,      ///< a frame [RFC 6455 5.2]
  note,       ///< in words: what came is neither, and the last; or why a client asks again
};

/// What the trace hook is given. It and what it points to are valid until the hook returns.
struct trace_event {
  trace_direction direction = trace_direction::sent;
  trace_kind kind           = trace_kind::frame;
  /// Whose it is; never null. To be copied if it is wanted later.
  const websocket_ref* connection = nullptr;
  /// When the bytes were read from the transport, or had been handed to it.
  std::chrono::system_clock::time_point time = {};

  /// Of a line or a note: without line end; control characters and bytes that are not UTF-8 are
  /// escaped ("\x1b").
  std::string_view text = {};

  /// Of a frame: 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong.
  std::uint8_t opcode = 0;
  /// The last frame of its message.
  bool fin = true;
  /// The reserved bits, the first is 4.
  std::uint8_t rsv = 0;
  bool masked      = false;
  /// The message that it belongs to is text. It begins with a text frame, and with RSV1 if it is
  /// compressed. [RFC 7692 6]
  bool is_text    = false;
  bool compressed = false;
  /// Payload bytes on the wire.
  std::uint64_t length = 0;
  /// The beginning of the payload as the application sees it: unmasked and decompressed; at most
  /// `shown_at_most` bytes. A large frame is told when so much of it is there.
  std::span<const std::byte> payload = {};
  /// Of a close frame: its code, if there is one, and its reason as it came.
  std::optional<std::uint16_t> close_code = {};
  std::string_view close_reason           = {};

  static constexpr std::size_t shown_at_most = 1024;
};

/// One line, escaped: "> GET /chat HTTP/1.1", `< text 5 B "hello"`, `> close 1000 "bye" masked`.
/// Of a payload it has the first 60 bytes.
ADIEU_API std::string to_string(const trace_event& event);

using trace_hook = hook<void(const trace_event&)>;

struct trace_options {
  /// Called for every line of a head and every frame, in both directions, on the connection's
  /// thread, from the first byte of the opening until the connection has ended, also in the
  /// background after its websocket was destroyed. It must not call the websocket (it may post to
  /// its ref). What it throws is swallowed. The loops of several threads may call it at once if
  /// they share it.
  trace_hook hook = {};
  /// Whether heads are told as they are. If not, "***" stands for what is often secret: the values
  /// of Authorization, Proxy-Authorization, Cookie, Set-Cookie and Sec-WebSocket-Protocol, and the
  /// user and the query of the request's target and of URLs in Location and Referer. Payload is
  /// told in any case.
  bool show_secrets = false;
};

}  // namespace adieu::inline v1
