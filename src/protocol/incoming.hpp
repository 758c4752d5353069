// What has been received of a message or frame that is not whole yet. Exists only meanwhile: frames
// that lie whole in the receive buffer never come here. Knows no rules.
#pragma once

#include "base/byte_buffer.hpp"
#include "wire/frame.hpp"
#include "wire/inflater.hpp"
#include "wire/utf8.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace adieu::inline v1::protocol {

struct incoming {
  // The message being put together, over its fragments. Unmasked and, if text, checked.
  byte_buffer message;
  wire::utf8_state text;
  bool is_text    = false;
  bool unfinished = false;  // a message has begun and its last fragment has not come whole
  // Only while a compressed message is unfinished, and how many bytes its frames declared.
  std::unique_ptr<wire::inflater> inflater;
  std::uint64_t deflated = 0;

  // The data frame in progress.
  std::uint64_t remaining = 0;  // payload bytes still to come
  bool final_frame        = false;
  wire::mask_key key      = 0;  // for the next byte

  // The beginning of a head, or of a control frame: these are put together here.
  std::array<std::byte, wire::max_head + wire::max_control_payload> start;
  std::uint8_t start_size = 0;

  // Input that was not parsed because the application had stopped reading.
  byte_buffer kept;
  std::size_t kept_done = 0;      // bytes at its front that are parsed by now
  bool replaying        = false;  // `kept` is the input now

  bool ready     = false;  // `message` is whole and not handed out yet
  bool delivered = false;  // it was handed out; its bytes live until the next event

  bool idle() const noexcept {
    return !unfinished && start_size == 0 && kept.empty() && !delivered && !ready;
  }
  std::size_t footprint() const noexcept { return message.capacity() + kept.capacity(); }
  /// `kept` is parsed up to there. What is left moves to the front once it is the smaller half, so
  /// that an application that stops reading at every message makes us move each byte once.
  void keep_from(const std::byte* at) noexcept {
    kept_done = static_cast<std::size_t>(at - kept.data());
    if (2 * kept_done < kept.size()) return;
    kept.drop_front(kept_done);
    kept_done = 0;
  }
  void forget_kept() noexcept {
    kept.clear();
    kept_done = 0;
  }
  void reset() noexcept {
    message.clear();
    forget_kept();
    text       = {};
    unfinished = replaying = ready = delivered = false;
    remaining                                  = 0;
    start_size                                 = 0;
  }
};

}  // namespace adieu::inline v1::protocol
