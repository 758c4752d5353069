// What is seen of a peer from which no byte comes: whether its application reads. The peer's kernel
// acknowledges what it has room for, although nobody reads; so an acknowledgement alone proves
// little. Room that comes back proves it: more was acknowledged than there was room for, or all of
// that and there is room again, or the room has grown. Knows no socket: what the transport tells is
// an argument.
#pragma once

#include "protocol/time.hpp"

#include <algorithm>
#include <cstdint>

namespace adieu::inline v1::protocol {

/// What a transport tells of the bytes that its kernel was given. Each part may be unknown.
struct transport_look {
  bool tells_acknowledged      = false;
  bool tells_window            = false;
  std::uint64_t acknowledged   = 0;  // in all, by the peer's kernel
  std::uint64_t unacknowledged = 0;  // taken by ours, and not acknowledged
  std::uint64_t window         = 0;  // room that the peer's kernel has announced
  std::uint64_t most           = 0;  // that it can hold at all; 0: not known
};

class peer_watch {
 public:
  bool on() const noexcept { return began_ != time{}; }

  void begin(time now) noexcept {
    *this  = {};
    began_ = acknowledged_more_ = waits_since_ = now;
  }
  void stop() noexcept { *this = {}; }

  /// An answer is owed by who reads up to here: behind so many bytes that have not left yet.
  void wait_for_answer(time now, std::uint64_t ahead) noexcept {
    waits_since_ = now;
    ahead_       = ahead;
    is_placed_ = has_read_ = false;
  }

  /// The question that was asked before is still on its way.
  void wait_again(time now) noexcept { waits_since_ = now; }

  /// Nobody could look since then, because this process was stopped or busy: that time does not
  /// count against the peer.
  void was_away(time since, time now) noexcept {
    const auto later   = [&](time at) { return std::min(at + (now - since), now); };
    progress_          = later(std::max(progress_, began_));
    acknowledged_more_ = later(acknowledged_more_);
    waits_since_       = later(waits_since_);
  }

  /// So many bytes were handed to the kernel. Where nothing better is known that is progress.
  void left(std::uint64_t n, time now) noexcept {
    ahead_ -= std::min(ahead_, n);
    if (!is_known_) progress_ = acknowledged_more_ = waits_since_ = now;
  }

  void look(const transport_look& seen, time now) noexcept {
    looked_ = now;
    if (!seen.tells_acknowledged) return;
    if (ahead_ == 0 && !is_placed_) {
      place_     = seen.acknowledged + seen.unacknowledged;
      is_placed_ = true;
    }
    if (is_known_) {
      const std::uint64_t more  = seen.acknowledged - last_.acknowledged;
      const bool has_room_again = more >= last_.window && seen.window != 0;
      const bool reads          = seen.tells_window
                                      ? has_room_again || more > last_.window || seen.window > last_.window
                                      : more != 0;
      if (more != 0) acknowledged_more_ = now;
      if (reads) progress_ = now;
      if (reads && !has_read_) waits_since_ = now;
    }
    // The peer's kernel cannot hold that much: its application has taken what lay before.
    has_read_ = is_placed_ && seen.most != 0 && seen.acknowledged > place_ + seen.most;
    last_     = seen;
    is_known_ = true;
  }

  time began() const noexcept { return began_; }
  /// Of the last look; time{} before the first.
  time looked() const noexcept { return looked_; }
  /// When the peer was last seen to read; time{} if it was not.
  time progress() const noexcept { return progress_; }
  /// When the peer's kernel was last seen to acknowledge more.
  time acknowledged_more() const noexcept { return acknowledged_more_; }
  /// From when on the answer is waited for: anew with every progress, until all that lies before
  /// the question has been read.
  time waits_since() const noexcept { return waits_since_; }
  /// Whether the question has left.
  bool has_left() const noexcept { return ahead_ == 0; }
  /// Whether the peer's kernel has it; where that is not told, whether ours has.
  bool is_acknowledged() const noexcept {
    return is_known_ ? is_placed_ && last_.acknowledged >= place_ : has_left();
  }

 private:
  time began_             = {};
  time looked_            = {};
  time progress_          = {};
  time acknowledged_more_ = {};
  time waits_since_       = {};
  transport_look last_    = {};
  std::uint64_t ahead_    = 0;      // bytes that leave before the question, and its own
  std::uint64_t place_    = 0;      // where it ends in what is acknowledged
  bool is_known_          = false;  // there was a look that told something
  bool is_placed_         = false;
  bool has_read_          = false;
};

}  // namespace adieu::inline v1::protocol
