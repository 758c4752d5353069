// What has to hold of one end: after every event, at its end, and between two ends that have ended.
// [docs/closing.md, tests in every run; RFC 6455 5.5.1, 7] Computes everything a second time, from
// what was seen outside of the machine.
#pragma once

#include "simulator/application.hpp"

namespace simulator {

/// What may be assumed of a life.
struct assumptions {
  bool calm    = false;  // nothing goes wrong: every closing is clean, and no deadline is needed
  bool honest  = true;   // what this end reads means what the other machine wrote
  bool foreign = false;  // in other frames, perhaps
};

class invariants {
 public:
  void begin(world& w, end& e, application& a, const wire_watch& own, const wire_watch& theirs,
             const link& l, const assumptions& given);
  /// After every event.
  void hold();
  stage last_stage() const noexcept { return furthest_; }

 private:
  void follow_stage();
  void buffered_is_exact();
  void deadline_is_right();
  void looks_are_wanted();
  void memory_is_within_budget();
  void pings_are_answered();
  void what_was_sent_is_known();
  void ending_is_right();
  void accounts_balance(const ending& how);
  void first_cause_stays(const ending& how);
  void frames_are_those_on_the_wire(const ending& how);
  void fields_agree(const ending& how);
  void cause_happened(const ending& how);
  void times_are_right(const ending& how);
  void expect(bool right, const char* what) {
    if (!right) [[unlikely]]
      world_->breach(end_->whose(), what);
  }

  world* world_             = nullptr;
  end* end_                 = nullptr;
  application* application_ = nullptr;
  const wire_watch* own_    = nullptr;
  const wire_watch* theirs_ = nullptr;
  const link* link_         = nullptr;
  assumptions given_;

  stage furthest_ = stage::connecting;
  time started_, opened_at_, began_, stage_began_;
  bool began_known_            = false;
  bool told_of_end_            = false;
  bool kept_input_             = false;
  std::uint64_t most_buffered_ = 0;
  std::size_t own_seen_ = 0, theirs_seen_ = 0;  // messages whose size was looked at
  std::uint32_t largest_own_ = 0, largest_theirs_ = 0;
  std::size_t pings_passed_ = 0;
  bool awaited_             = false;  // it was seen awaiting the peer's Close
};

/// Once both have ended.
void hold_between(world& w, end& one, application& of_one, end& other, application& of_other,
                  link& l, bool calm);

}  // namespace simulator
