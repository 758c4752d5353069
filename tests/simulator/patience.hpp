// How long an end has to wait for its peer, and when it has to ask: the keepalive, and the closing
// of a slow reader, computed a second time from what was seen outside of the machine. The end
// (end.hpp) tells it of every call that matters. Knows no frames.
#pragma once

#include "protocol/connection.hpp"
#include "simulator/link.hpp"

namespace simulator {

using adieu::protocol::stage;

class patience {
 public:
  /// Where more than one time is right.
  struct span {
    time from = never, to = never;
    bool has(time t) const noexcept { return from <= t && t <= to; }
  };

  void begin(world& w, who whose, const adieu::protocol::terms& agreed, const direction& out);

  // --- what happens, in its order ---
  /// Whenever the stage may have changed.
  void at(stage now_at);
  void opened();
  /// A byte came, or reading began again.
  void heard();
  void reads(bool reading);
  /// Bytes were handed to the transport; `all`: nothing is left.
  void left(std::uint64_t bytes, bool all);
  /// The transport took not all.
  void refused();
  void looked(const transport_look& seen);
  void hurried(time until);
  void input_ended() noexcept { input_ended_ = true; }
  /// A deadline was over while it was open, and the machine was told; that is its next one. How
  /// many pings have to be queued now.
  unsigned ticked(time next_deadline);
  /// The clock has jumped. As above.
  unsigned doubted();
  /// Behind how many bytes the ping waits, its own included.
  void ping_is_behind(std::uint64_t bytes) noexcept { ahead_ = bytes; }

  // --- what has to be ---
  span deadline() const;
  /// That is the machine's: one that follows from its jitter tells of it.
  void saw(time deadline);
  /// Until when the next look at the transport has to be wanted; never: none is.
  time look_by() const;
  /// The peer must be given up.
  bool gives_up() const noexcept { return gives_up_; }
  /// The peer has sent something not long ago, and a reset would destroy what is on its way to it.
  bool talks() const;
  /// What there is in all for the closing is over.
  bool closing_is_over() const;

  bool keeps_alive() const;
  /// Keepalive pings that were queued.
  std::uint64_t pings() const noexcept { return pings_; }
  time last_heard() const noexcept { return heard_; }
  time last_left() const noexcept { return left_; }
  /// Since when the transport takes not all; never: it does.
  time refused_since() const noexcept { return refused_; }
  bool asks() const noexcept { return asks_; }

 private:
  void watch_anew();
  void answered();
  void take_arrival_for_life();
  unsigned ask();
  bool is_acknowledged() const;
  time blocked_until() const;
  span silence_after(time t, duration coarse) const;
  span open_deadline() const;
  span closing_deadline() const;
  void shown(const transport_look& seen, bool tells_window);
  void was_away(time since);
  /// What the peer has, in this stage, to be seen to do something.
  duration within() const;

  world* world_                         = nullptr;
  who whose_                            = who::client;
  const adieu::protocol::terms* agreed_ = nullptr;
  const direction* out_                 = nullptr;
  stage stage_                          = stage::connecting;
  time started_, began_, stage_began_;
  bool began_known_ = false;
  time until_       = never;
  time heard_, left_;
  time refused_          = never;
  bool reading_          = true;
  bool input_ended_      = false;
  duration silence_from_ = {}, silence_to_ = {};  // before a ping, as far as it is known

  bool asks_     = false;
  bool gives_up_ = false;
  span waits_;  // since when an answer is waited for
  std::uint64_t pings_ = 0;

  // While the transport is looked at:
  bool watches_ = false;
  time watch_began_, looked_;
  time progress_, acknowledged_more_;
  bool known_ = false;  // a look has told something
  transport_look last_;
  std::uint64_t ahead_          = 0;  // bytes that leave before the question, and its own
  std::uint64_t asked_at_       = 0;  // where it ends in the stream
  std::uint64_t place_          = 0;  // and as the first look behind it has it
  bool has_place_               = false;
  bool has_read_                = false;  // certainly: only an answer counts
  std::uint64_t largest_window_ = 0;      // what the peer's kernel can hold
};

}  // namespace simulator
