// Stands behind one end and makes another peer of it: one that cuts its messages into fragments
// with control frames between them, says something behind its Close, breaks a rule of the protocol,
// or whose bytes are changed on the way. Its own machine knows nothing of it.
#pragma once

#include <adieu/ending.hpp>
#include <adieu/options.hpp>

#include "simulator/pings.hpp"
#include "simulator/world.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace simulator {

class saboteur {
 public:
  enum class way : std::uint8_t {
    none,
    reframes,  // lawful, but not as we do it
    violates,  // once, between two frames
    corrupts,  // one byte of all
  };

  void begin(world& w, who of, way how, const adieu::connection_options& of_receiver);
  /// What follows the violation is more than anybody reads.
  bool floods = false;
  bool active() const noexcept { return how_ != way::none; }
  way how() const noexcept { return how_; }

  /// Puts on `out` what goes over the wire instead of these bytes.
  void pass(std::span<const std::byte> bytes, std::vector<std::byte>& out);
  /// `out` will begin there in the stream.
  void at(std::uint64_t position) noexcept { position_ = position; }
  /// Of one that reframes: all pings, its own too.
  const std::vector<ping_seen>& pings() const noexcept { return pings_; }
  /// Nothing more comes: what was held back.
  void over(std::vector<std::byte>& out);

  // --- of a violation ---
  bool fired() const noexcept { return fired_; }
  /// How many whole messages went before it.
  std::size_t messages_before() const noexcept { return messages_; }
  adieu::cause cause() const noexcept { return cause_; }
  std::uint16_t code() const noexcept { return code_; }
  const char* name() const noexcept { return name_; }

 private:
  using bytes_of = std::vector<std::byte>;
  void frame_whole(bytes_of& out);
  void fragments(bytes_of& out);
  void violates(bytes_of& out);
  void frame(bytes_of& out, unsigned first_byte, std::span<const std::byte> payload,
             int length_bytes = 0, bool against_role = false);
  void control_between(bytes_of& out);
  void pings(bytes_of& out, std::string_view payload);

  world* world_ = nullptr;
  who of_       = who::client;
  way how_      = way::none;
  adieu::connection_options receiver_;
  bytes_of held_;  // of a frame that is not whole
  std::vector<ping_seen> pings_;
  std::uint64_t position_   = 0;
  unsigned frames_left_     = 0;
  std::uint64_t corrupt_at_ = 0;
  bool fired_ = false, closed_ = false;
  std::size_t messages_ = 0;
  adieu::cause cause_   = adieu::cause::protocol_violation;
  std::uint16_t code_   = 1002;
  const char* name_     = "";
};

}  // namespace simulator
