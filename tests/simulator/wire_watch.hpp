// Reads what one end puts on the wire, frame by frame, slowly and by another hand than src/wire,
// and holds it against what the application of that end did: every message whole, once, in order;
// masks by role and never the same key twice; pings and pongs; at most one Close and nothing behind
// it.
#pragma once

#include <adieu/ending.hpp>

#include "protocol/deflate_agreement.hpp"
#include "simulator/inflating.hpp"

#include "simulator/contents.hpp"
#include "simulator/pings.hpp"
#include "simulator/world.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace simulator {

/// Strong randomness of a life: key number n is a scrambled n, so that a key seen tells which it
/// is.
std::uint32_t scrambled(std::uint32_t n) noexcept;
std::uint32_t unscrambled(std::uint32_t n) noexcept;

class wire_watch {
 public:
  void begin(world& w, who whose, bool with_opening);

  // --- what the application did ---
  void accepted(const content& c) {
    accepted_.push_back(c);
    accepted_bytes_ += c.size;
  }
  /// What it may compress, and how, it has agreed on.
  void compresses(const adieu::protocol::deflate_agreement& how);
  void keys_drawn(std::uint32_t n) noexcept { keys_drawn_ = n; }

  /// These bytes were handed to the network.
  void put(std::span<const std::byte> bytes);
  void put_end();
  /// Nothing more comes, though a frame may have begun.
  void is_broken_off() noexcept { ended_ = true; }

  // --- what is known ---
  const std::vector<content>& messages() const noexcept { return accepted_; }
  std::uint64_t accepted_bytes() const noexcept { return accepted_bytes_; }
  std::size_t messages_put() const noexcept { return next_message_; }
  /// Payload bytes of messages on the wire, of the one under way too.
  std::uint64_t payload_put() const noexcept { return payload_put_; }
  /// The whole Close, once it is on the wire.
  const std::optional<adieu::close_frame>& close() const noexcept { return close_; }
  std::uint64_t position() const noexcept { return position_; }
  /// Where the Close ends.
  std::uint64_t close_position() const noexcept { return close_position_; }
  bool in_head() const noexcept { return in_head_; }

  const std::vector<ping_seen>& pings() const noexcept { return pings_; }
  std::size_t pongs() const noexcept { return pongs_; }
  /// The tag of the last pong.
  std::uint64_t last_pong() const noexcept { return last_pong_; }
  /// The pings that this end gets.
  void answers(const std::vector<ping_seen>& pings) noexcept { peers_pings_ = &pings; }
  const std::vector<ping_seen>& peers_pings() const noexcept { return *peers_pings_; }
  /// The peer's pings are not known: somebody changes them.
  bool believes_pongs = false;

 private:
  void byte_of_opening(std::byte b);
  void byte_of_head(std::byte b);
  void head_whole();
  std::size_t payload(const std::byte* at, std::size_t n);
  void frame_whole();
  void control_whole();
  void close_whole();
  void pong_whole();
  std::size_t head_size() const noexcept;

  world* world_                              = nullptr;
  who whose_                                 = who::client;
  const std::vector<ping_seen>* peers_pings_ = nullptr;

  std::vector<content> accepted_;
  std::uint64_t accepted_bytes_ = 0;
  std::uint32_t keys_drawn_     = 0;
  std::vector<std::uint64_t> keys_seen_;  // a bit each

  bool in_head_           = false;
  unsigned blank_         = 0;  // how much of CRLF CRLF was seen
  std::uint64_t position_ = 0;
  bool ended_             = false;

  std::array<unsigned char, 14> head_;
  std::size_t head_got_ = 0;
  bool compressed_      = false;
  bool in_payload_      = false;
  unsigned opcode_      = 0;
  std::uint64_t length_ = 0;
  std::uint64_t at_     = 0;  // payload bytes of this frame that were seen
  std::array<unsigned char, 4> key_{};
  std::array<std::byte, 125> control_;

  adieu::protocol::deflate_agreement deflate_;
  inflating inflating_;
  std::vector<std::byte> scratch_;
  std::size_t next_message_  = 0;
  std::uint64_t payload_put_ = 0;
  std::vector<ping_seen> pings_;
  std::size_t pongs_ = 0, answered_ = 0;
  std::uint64_t last_pong_ = 0;
  std::optional<adieu::close_frame> close_;
  std::uint64_t close_position_ = 0;
};

}  // namespace simulator
