// The bytes of one direction of a connection, as readable lines: heads of the opening, then frames.
// Checks none of the protocol's rules, for it has to show those that are broken too; knows neither
// the tap that brings the bytes nor where the lines go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace adieu::tool {

/// One line about what went over the wire.
struct wire_line {
  enum class kind : std::uint8_t { head, frame, note };
  kind is = kind::frame;
  /// Of a frame: 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong.
  std::uint8_t opcode = 0;
  /// Escaped: "GET / HTTP/1.1", `text 5 B masked "hello"`, `text 9 B deflated f2 48 …`,
  /// `close 1000 "bye"`, `ping 4 B "abcd"`.
  std::string text = {};
};

class wire_reader {
 public:
  enum class start : std::uint8_t { at_head, at_frames };

  explicit wire_reader(std::function<void(const wire_line&)> to, start at = start::at_head)
      : to_(std::move(to)), at_(at == start::at_head ? place::head : place::frames) {}

  /// Takes bytes in any pieces; keeps no more of them than the beginning of one frame or line.
  void feed(std::span<const std::byte> bytes);

  /// An answer other than 101 was read: nothing more is shown.
  bool refused() const noexcept { return is_refusal_; }

 private:
  enum class place : std::uint8_t { head, frames, beyond };

  // Each reads one thing from kept_ at read_ on; false if it is not all there.
  bool read_head_line();
  bool read_frame();

  void tell(wire_line::kind is, std::string text, std::uint8_t opcode = 0) const;

  std::function<void(const wire_line&)> to_;
  place at_;
  std::string kept_;               // came and was not told yet
  std::size_t read_      = 0;      // of kept_
  std::uint64_t to_skip_ = 0;      // payload that is not shown
  std::uint8_t message_  = 0;      // the opcode that continuations go on with
  bool is_deflated_      = false;  // the message is compressed [RFC 7692 6]
  bool is_first_line_    = true;   // of the head
  bool is_refusal_       = false;  // an answer other than 101: a body follows, no frames
};

}  // namespace adieu::tool
