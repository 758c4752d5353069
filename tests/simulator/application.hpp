// An application that does what chance says: sends, answers, pings, reads slowly or not at all,
// closes, has the last word, throws, leaves. It notes what it is told and holds it against what the
// other one sent: each message whole, in order, once. Knows no network and no frames.
#pragma once

#include "simulator/end.hpp"

namespace simulator {

/// What an application is like in one life.
struct manners {
  unsigned actions      = 6;      // how much it does of its own accord
  std::uint32_t largest = 2000;   // bytes of a message
  bool large_sometimes  = false;  // up to 70 KB, now and then 210
  unsigned reacts       = 20;     // in how many of a hundred events it does something
  bool polite           = true;   // never terminates; stops reading and keeps replies only briefly
  unsigned leaves       = 0;      // in how many of a thousand moments the owner drops it
  unsigned throws       = 0;      // in how many of a thousand events the handler throws
  unsigned terminates   = 0;      // in how many of a thousand moments
  bool pings            = true;
  bool mistakes         = true;  // calls that have to be refused
  bool refuses_opening  = false;
  bool slow_to_accept   = false;
  duration ticks_every  = {};     // while it is open it sends a message that often; 0: not
  std::uint32_t tick    = 20;     // bytes of it
  bool fills            = false;  // and more of them, as many as the queue takes
};

class application final : public application_of_end {
 public:
  void begin(world& w, end& e, const wire_watch& theirs, const manners& m);

  // --- when it acts ---
  time next_act() const noexcept { return next_; }
  void act();
  void closes();
  /// For good, or until it is told.
  void keeps_reading_only_if(bool reads);
  /// Chance is over: reads, finishes, and closes if it is told to.
  void winds_up(bool closes);
  bool has_wound_up() const noexcept { return winding_up_; }

  // --- what it was told ---
  std::size_t delivered() const noexcept { return delivered_; }
  bool was_opened() const noexcept { return opened_; }
  bool was_ended() const noexcept { return ended_; }
  std::size_t pongs() const noexcept { return pongs_; }
  /// What it was refused: messages, and their bytes.
  std::uint64_t rejected_messages() const noexcept { return rejected_messages_; }
  std::uint64_t rejected_bytes() const noexcept { return rejected_bytes_; }
  /// It was refused a message because the queue was full, while it was open.
  bool overflowed() const noexcept { return overflowed_; }

  bool on_opened() override;
  bool on_message(message_view incoming) override;
  bool on_closing() override;
  bool on_pong(std::span<const std::byte> payload) override;
  bool on_drained() override;
  void on_ended() override;
  void on_request() override;

  /// Messages are no longer compared: somebody corrupts them.
  bool believes_all   = false;
  bool believes_pongs = false;

 private:
  void something();
  bool may_queue(std::uint64_t bytes, std::uint64_t messages) const;
  void sends(std::uint32_t bytes);
  void sends_last_word();
  void ticks();
  void pings();
  void leaves();
  void makes_a_mistake();
  void keeps_reading(bool reads);
  bool reacts();
  std::uint32_t size();
  void expect(bool right, const char* what);
  error send_as(const content& c, bool last_word);
  void judges(error e, const content& c, error refused, unsigned refusals, const char* wrong);
  void counts(error e, std::uint64_t bytes);

  world* world_             = nullptr;
  end* end_                 = nullptr;
  const wire_watch* theirs_ = nullptr;
  manners manners_;

  time next_             = never;
  time reads_again_      = never;
  time finishes_         = never;  // the reply that it kept
  time ticks_at_         = never;
  unsigned left_         = 0;  // actions
  bool opened_           = false;
  bool left_it_          = false;  // the owner has dropped it
  bool ended_            = false;
  bool in_on_closing_    = false;
  bool reply_finished_   = false;
  bool winding_up_       = false;
  bool request_waits_    = false;
  std::size_t delivered_ = 0;
  std::size_t pongs_ = 0, last_pong_ = 0;
  std::uint64_t ping_number_       = 0;
  std::uint64_t rejected_messages_ = 0, rejected_bytes_ = 0;
  bool overflowed_ = false;
  std::vector<std::byte> scratch_;
};

}  // namespace simulator
