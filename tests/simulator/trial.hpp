// Lives in which a peer freezes, reads slowly, talks and never reads, or reads and never talks; in
// which an application pauses, or looks for no life at all. One of the two ends is watched: it has
// to give up who has to be given up, in time, and nobody else. [docs/closing.md]
#pragma once

#include "simulator/application.hpp"

namespace simulator {

struct plan;

class trial {
 public:
  enum class of : std::uint8_t {
    none,
    frozen,   // the peer's process stops; its kernel goes on
    slow,     // the peer reads little, steadily, and says nothing
    talker,   // the peer sends, and never reads
    mute,     // the peer reads all, and can say nothing
    paused,   // the application watched reads nothing for long; all is well
    dead,     // the same, and the network is gone
    unasked,  // the peer is frozen, and nobody asked for a keepalive
    closing,  // a slow reader, and the end watched closes
    cut_off,  // the same, but it stops reading for too long; it talks on
  };
  /// What of it is decided before the life begins.
  struct plan {
    of what         = of::none;
    who watched     = who::client;
    duration begins = {}, lasts = {};
  };

  void begin(world& w, const simulator::plan& p, link& l, end* ends, application* applications);
  bool is_on() const noexcept { return plan_.what != of::none; }
  /// When something is to happen.
  time next() const noexcept { return next_; }
  void happens();
  bool is_over() const noexcept { return over_; }
  /// After every event.
  void hold();
  /// Once both have ended.
  void judge();

 private:
  void begins();
  void closes();
  bool gives_up_by(time at) const;
  time give_up_by() const;
  duration ping() const;
  duration pong() const;
  duration slack() const;
  bool is_open() const;
  bool shows_that_it_reads() const;
  void expect(bool right, const char* what);
  end& watched() const noexcept { return ends_[index(plan_.watched)]; }
  end& peer() const noexcept { return ends_[index(peer_of(plan_.watched))]; }

  world* world_              = nullptr;
  link* link_                = nullptr;
  end* ends_                 = nullptr;
  application* applications_ = nullptr;
  plan plan_;
  duration lateness_   = {};
  std::uint64_t queue_ = 0;  // bytes that the end watched queues
  time next_           = never;
  time began_          = never;
  time refused_since_  = never;  // while it was open
  time seen_open_      = {};     // the last time
  bool closing_        = false;
  bool over_           = false;
};

/// Draws the conditions of such a life.
void draw_trial(plan& p, dice& chance);

}  // namespace simulator
