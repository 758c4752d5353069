// The bytes of one direction of a connection, as events of the trace: lines of heads, then frames,
// with their payload unmasked and decompressed. Checks none of the protocol's rules, for it has to
// show those that are broken too. Knows neither where the bytes come from nor where the events go.
#pragma once

#include <adieu/handler.hpp>
#include <adieu/trace.hpp>

#include "base/byte_buffer.hpp"
#include "http/secrets.hpp"
#include "wire/frame.hpp"
#include "wire/inflater.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace adieu::inline v1::protocol {

class wire_reader {
 public:
  enum class start : std::uint8_t { at_head, at_frames };
  enum class secrets : std::uint8_t { masked, shown };

  /// What the event is about is filled in; whose it is, whither and when is the taker's.
  using taker = handler<void(trace_event&)>;

  explicit wire_reader(taker to, start at = start::at_head, secrets are = secrets::masked)
      : to_(std::move(to)),
        at_(at == start::at_head ? place::head : place::head_of_frame),
        secrets_(are) {}

  /// Compression was agreed on for this direction; before its first frame.
  void agree(bool takeover, int window_bits) noexcept {
    deflate_     = true;
    takeover_    = takeover;
    window_bits_ = window_bits;
  }
  /// Takes bytes in any pieces; keeps no more of them than a line of a head or the beginning of a
  /// frame. Whatever throws, it is of no use afterwards.
  void feed(std::span<const std::byte> bytes);

  /// Something about the bytes that are not there, for who reads the trace.
  void note(std::string_view words);

  /// An answer other than 101 was read: nothing more is told.
  bool refused() const noexcept { return is_refusal_; }
  /// A request to a proxy (CONNECT) was read last: another head follows. [RFC 9110 9.3.6]
  bool asked_for_tunnel() const noexcept { return is_tunnel_; }
  /// The other direction asked for one: another head follows an answer 2xx.
  void expect_tunnel() noexcept { is_tunnel_ = true; }

 private:
  enum class place : std::uint8_t { head, head_of_frame, payload, beyond };

  // Each takes bytes from the front, and returns how many.
  std::size_t read_head(std::string_view bytes);
  std::size_t read_head_of_frame(std::span<const std::byte> bytes);
  std::size_t read_payload(std::span<const std::byte> bytes);

  void tell_line(std::string_view line);
  void end_head();
  void begin_frame();
  void take(std::span<const std::byte> unmasked);
  void end_frame();
  void tell_frame();
  void give_up(std::string_view why);
  bool is_inflating() const noexcept;
  void inflate(std::span<const std::byte> from);
  void show(std::span<const std::byte> bytes);

  taker to_;
  place at_;
  secrets secrets_;

  // of the head
  std::string line_;
  http::head_without_secrets masked_;
  bool is_first_line_ = true;
  bool is_refusal_    = false;  // an answer other than 101: a body follows, no frames
  bool is_interim_    = false;  // 103 and the like: another head follows [RFC 9110 15.2]
  bool is_tunnel_     = false;

  // of the frame
  std::string bytes_;  // of its head
  wire::frame_head head_;
  std::uint64_t left_ = 0;      // payload that has not come
  bool told_          = false;  // all else of it is skipped
  std::string shown_;           // the beginning of its payload

  // of the message that frames belong to
  bool is_text_       = false;
  bool is_compressed_ = false;
  bool deflate_       = false;
  bool takeover_      = false;
  bool unreadable_    = false;  // its compressed data, and all that refers to it
  int window_bits_    = 15;
  std::unique_ptr<wire::inflater> inflater_;
  byte_buffer inflated_;
};

}  // namespace adieu::inline v1::protocol
