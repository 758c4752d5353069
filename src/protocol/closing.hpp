// The closing handshake, as a table: stage × signal → next stage, what we send, what becomes of the
// byte stream. Client and server differ in one thing only, who ends TCP first; hence two columns.
// Everything that decides how a connection ends is here or in the record of it (ending_record.hpp).
// Knows no bytes, time, limits or sockets. Rules: docs/closing.md; [RFC 6455 5.5.1, 7].
#pragma once

#include <adieu/close_code.hpp>
#include <adieu/ending.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace adieu::inline v1::protocol {

/// How far a connection has come. Only ever moves to a later one.
enum class stage : std::uint8_t {
  connecting,      // not open yet
  open,            // nobody has closed
  flushing,        // we closed; our Close waits behind our messages
  awaiting_close,  // our Close has left; the peer's has not come
  replying,        // the peer's Close has come; the application has the last word
  answering,       // the peer's Close has come; ours waits behind our messages
  failing,         // the peer broke a rule; our last bytes are leaving, nothing is read from it
  ending,          // the Close frames are done with; TCP is being ended
  closed,
};
inline constexpr std::size_t stages = 9;

/// What can happen to the handshake.
enum class signal : std::uint8_t {
  opened,           // the opening has succeeded
  close_called,     // the application, or we on its behalf, want to end it
  close_received,   // the peer's valid Close
  reply_finished,   // the application has said its last word
  violation,        // the peer broke a rule, or we refuse its opening
  close_left,       // everything we queued, our Close last, was handed to the transport
  stream_ended,     // the peer will send no more bytes
  stream_lost,      // the stream is gone in both directions
  deadline_passed,  // the stage took too long
  talks_on,         // the stage took too long, and the peer is still sending
  terminated,       // the application wants no handshake
};
inline constexpr std::size_t signals = 11;

enum class send : std::uint8_t {
  nothing,
  close,    // a Close frame with the application's code
  answer,   // a Close frame that echoes the peer's code
  failure,  // a Close frame with the code of the violation
};

enum class stream_fate : std::uint8_t {
  keep,           // goes on
  end_our_side,   // once our bytes have left: shut down sending; discard to the end of stream
  await_its_end,  // once our bytes have left: wait for the server to end it; discard until then
  stop_sending,   // what is queued does not leave; shut down sending now; discard to the end
  release,        // close it
};

struct transition {
  stage next         = stage::closed;
  send what          = send::nothing;
  stream_fate server = stream_fate::keep;
  stream_fate client = stream_fate::keep;
  bool possible      = false;  // false: cannot happen, a bug of ours if it does

  constexpr stream_fate fate(role side) const noexcept {
    return side == role::server ? server : client;
  }
  bool operator==(const transition&) const = default;
};

/// What the table says.
const transition& look_up(stage now, signal what) noexcept;

constexpr ready_state state_of(stage s) noexcept {
  return s == stage::connecting ? ready_state::connecting
         : s == stage::open     ? ready_state::open
         : s == stage::closed   ? ready_state::closed
                                : ready_state::closing;
}

/// The phase that a close event tells if its cause came about in that stage.
constexpr phase phase_of(stage s) noexcept {
  switch (s) {
    case stage::connecting: return phase::opening;
    case stage::open: return phase::open;
    case stage::awaiting_close: return phase::awaiting_close;
    case stage::ending:
    case stage::closed: return phase::ending;
    case stage::flushing:
    case stage::replying:
    case stage::answering:
    case stage::failing: break;
  }
  return phase::flushing;
}

/// Whether what the peer sends still means anything. [7.1.7: not once we have failed it]
constexpr bool reads_frames(stage s) noexcept {
  return s == stage::open || s == stage::flushing || s == stage::awaiting_close;
}

const char* name(stage s) noexcept;
const char* name(signal s) noexcept;

}  // namespace adieu::inline v1::protocol
