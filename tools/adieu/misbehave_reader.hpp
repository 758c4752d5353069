// Reads a peer's frames for a connection that is driven by hand: takes bytes in any pieces, gives
// whole messages, pings and the Close. Lenient: it checks only what it needs to stay in step.
#pragma once

#include "wire/frame.hpp"
#include "wire/mask.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>

namespace adieu::tool {

class frame_reader {
 public:
  /// `opcode` as the message's first frame had it; control frames are given as they come. False:
  /// nothing more is wanted.
  using sink = std::function<bool(wire::opcode opcode, std::string payload)>;

  /// Of a message over `max_message` only the first bytes are given: it is counted, not kept.
  frame_reader(std::uint64_t max_message, sink to)
      : max_message_(max_message), to_(std::move(to)) {}

  /// False if the bytes are no frames: out of step for good.
  bool take(std::span<const std::byte> bytes) {
    while (!bytes.empty() && wanted_) {
      if (in_payload_) {
        bytes = bytes.subspan(take_payload(bytes));
      } else {
        head_[head_size_++] = bytes.front();
        bytes               = bytes.subspan(1);
        if (!take_head()) return false;
      }
      if (in_payload_ && left_ == 0) finish_frame();
    }
    return true;
  }

 private:
  bool take_head() {
    const auto status = wire::parse_head(head_, head_size_, frame_);
    if (status == wire::head_status::incomplete) return true;
    if (status == wire::head_status::bad_length) return false;
    if (wire::is_control(frame_.opcode)) {
      if (frame_.length > wire::max_control_payload) return false;
      control_.clear();
    } else if (frame_.opcode != 0) {
      message_.clear();
      opcode_ = static_cast<wire::opcode>(frame_.opcode);
    }
    head_size_  = 0;
    in_payload_ = true;
    left_       = frame_.length;
    done_       = 0;
    return true;
  }

  std::size_t take_payload(std::span<const std::byte> bytes) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left_));
    std::string& to = wire::is_control(frame_.opcode) ? control_ : message_;
    if (to.size() < max_message_ || wire::is_control(frame_.opcode)) {
      const auto at = to.size();
      to.resize(at + size);
      auto* place = reinterpret_cast<std::byte*>(to.data() + at);
      if (frame_.masked) {
        wire::copy_masked(place, bytes.data(), size,
                          wire::rotated(frame_.key, static_cast<std::size_t>(done_ % 4)));
      } else {
        std::copy_n(bytes.data(), size, place);
      }
    }
    left_ -= size;
    done_ += size;
    return size;
  }

  void finish_frame() {
    in_payload_ = false;
    if (wire::is_control(frame_.opcode))
      wanted_ = to_(static_cast<wire::opcode>(frame_.opcode), std::move(control_));
    else if (frame_.fin)
      wanted_ = to_(opcode_, std::exchange(message_, {}));
  }

  std::uint64_t max_message_;
  sink to_;
  bool wanted_ = true;

  std::byte head_[wire::max_head];
  std::size_t head_size_ = 0;
  wire::frame_head frame_;
  bool in_payload_    = false;
  std::uint64_t left_ = 0;  // of this frame's payload
  std::uint64_t done_ = 0;

  std::string control_;
  std::string message_;
  wire::opcode opcode_ = wire::opcode::text;
};

}  // namespace adieu::tool
