// What holds once an end has ended, and once both have.
#include "simulator/invariants.hpp"

namespace simulator {

void invariants::ending_is_right() {
  const ending& how = end_->how();
  if (world_->told.in_words())
    world_->told.say(world_->now, end_->whose(), "= %s", explain(how).c_str());
  world_->tell(end_->whose(), "  (late %llu, cause and code %llu)", how.late_messages,
               how.code * 100u + static_cast<unsigned>(how.cause));
  expect(application_->was_ended(), "no close event");
  accounts_balance(how);
  frames_are_those_on_the_wire(how);
  fields_agree(how);
  cause_happened(how);
  times_are_right(how);
}

void invariants::accounts_balance(const ending& how) {
  expect(how.unsent_messages == own_->messages().size() - own_->messages_put(),
         "unsent_messages is not what was accepted and did not leave");
  expect(how.unsent_bytes == own_->accepted_bytes() - own_->payload_put(),
         "unsent_bytes is not what was accepted and did not leave");
  if (how.was_clean)
    expect(how.unsent_messages == 0 && how.unsent_bytes == 0, "clean, with messages unsent");
  if (!given_.honest) return;
  const std::uint64_t came = application_->delivered() + how.late_messages;
  expect(came <= theirs_->messages_put(), "more came than is on the wire");
  // Who has the peer's Close has all that was before it. [docs/closing.md 5, 9.4]
  if (how.received)
    expect(came == theirs_->messages().size(), "the peer's Close came, but not all its messages");
  if (how.late_messages != 0)
    expect(end_->options().late_messages == late::discard,
           "a message is dropped that had to be delivered");
}

void invariants::frames_are_those_on_the_wire(const ending& how) {
  expect(how.sent == own_->close(), "`sent` is not the Close on the wire");
  if (given_.honest && how.received)
    expect(how.received == theirs_->close(), "`received` is not the Close that the peer sent");
  // The answer echoes the code, unless a handler threw. [5.5.1]
  if (how.sent && how.received && how.initiator == initiator::remote && !end_->was().threw)
    expect(how.sent->code == how.received->code && how.sent->reason.empty(),
           "the answer is not the peer's code without its reason");
}

void invariants::fields_agree(const ending& how) {
  expect(!how.was_clean || (how.sent && how.received), "clean without both Closes");
  if (how.received) {
    expect(how.code == how.received->code.value_or(1005), "`code` is not the one received");
    expect(how.reason == how.received->reason, "`reason` is not the one received");
  } else {
    expect(how.code == 1006 && how.reason.empty(), "a code or reason out of nothing");
  }
  const auto& was = end_->was();
  switch (how.initiator) {
    case initiator::remote:
      expect(how.received.has_value(), "remote began, without a Close");
      break;
    case initiator::both:
      expect(how.received && (was.closed_by_us || was.threw || was.left_by_owner ||
                              end_->options().on_overflow == overflow::close),
             "both began: not certain");
      break;
    case initiator::none:
      expect(!how.received && !own_->close(), "nobody began, but there was a Close");
      break;
    case initiator::local: break;
  }
  switch (how.phase) {
    case phase::awaiting_close:
      expect(how.sent && !how.received, "phase awaiting_close is wrong");
      break;
    case phase::flushing: expect(!how.sent, "phase flushing is wrong"); break;
    case phase::ending:
      expect(how.sent || how.cause >= cause::protocol_violation, "phase ending is wrong");
      break;
    case phase::open:
      expect(!how.received && (!how.sent || how.cause == cause::keepalive_timed_out),
             "phase open is wrong");
      break;
    default: expect(!end_->machine().was_open(), "a phase of the opening once it was open");
  }
}

void invariants::cause_happened(const ending& how) {
  const auto& was = end_->was();
  // Nobody ends the stream of a closing that is complete but for a reason. [7.1.1]
  if (how.was_clean)
    expect(was.ended_input || was.lost || was.ticked_closing || was.terminated,
           "the stream is given up before the peer has ended it");
  switch (how.cause) {
    case cause::completed: return expect(how.was_clean, "completed, but not clean");
    case cause::peer_vanished:
      return expect(was.ended_input || !end_->machine().was_open(),
                    "the peer is said to have vanished");
    case cause::reset: return expect(was.lost, "the stream is said to be reset");
    case cause::closing_timed_out:
      return expect(was.ticked_closing, "timed out without a deadline");
    case cause::opening_timed_out:
    case cause::keepalive_timed_out:
      return expect(was.ticked_ever && !how.was_clean, "timed out without a deadline");
    case cause::handler_failed: return expect(was.threw, "no handler threw");
    case cause::terminated:
      return expect((was.terminated || end_->keys().fails) && !how.was_clean,
                    "terminated by nobody");
    case cause::abandoned:
      return expect(!end_->machine().was_open() && (was.closed_by_us || was.left_by_owner),
                    "abandoned by nobody");
    case cause::send_queue_overflow:
      return expect(end_->options().on_overflow == overflow::close, "no overflow closes");
    case cause::refused: return expect(!end_->machine().was_open(), "refused once it was open");
    case cause::message_too_big:
      return expect(
          !how.was_clean && (!given_.honest || largest_theirs_ > end_->options().max_message),
          "no message was too big");
    case cause::flooded:
      return expect(!how.was_clean && end_->options().max_control_frames_per_second != 0 &&
                        (!given_.honest || theirs_->pings().size() + theirs_->pongs() >
                                               end_->options().max_control_frames_per_second),
                    "nobody flooded");
    case cause::protocol_violation:
    case cause::invalid_text:
      return expect(!given_.honest && !how.was_clean,
                    "an end of ours is said to break the protocol");
    default: expect(false, "a cause that cannot be");
  }
}

void invariants::times_are_right(const ending& how) {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  if (!end_->machine().was_open()) return;
  expect(how.time_open == duration_cast<microseconds>(began_ - opened_at_), "time_open is wrong");
  expect(how.time_closing == duration_cast<microseconds>(stage_began_ - began_),
         "time_closing is wrong");
}

// --- between the two ---

void hold_between(world& w, end& one, application& of_one, end& other, application& of_other,
                  const link& l, const assumptions& given) {
  if (!given.calm || !one.machine().was_open() || !other.machine().was_open()) return;
  for (end* e : {&one, &other}) {
    const who whose = e->whose();
    if (!e->how().was_clean) return w.breach(whose, "nothing went wrong, but the end is not clean");
    if (e->was().ticked_closing)
      return w.breach(whose, "nothing went wrong, but it took a deadline to end");
    if (e->was().lost) return w.breach(whose, "nothing went wrong, but the stream was lost");
  }
  if (l.any_reset()) w.breach(who::both, "nothing went wrong, but there was a reset");
  if (of_one.delivered() + one.how().late_messages != other.watch().messages().size() ||
      of_other.delivered() + other.how().late_messages != one.watch().messages().size())
    w.breach(who::both, "nothing went wrong, but a message is missing");
}

}  // namespace simulator
