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
  first_cause_stays(how);
  times_are_right(how);
}

void invariants::accounts_balance(const ending& how) {
  expect(how.unsent_messages == own_->messages().size() - own_->messages_put(),
         "unsent_messages is not what was accepted and did not leave");
  expect(how.unsent_bytes == own_->accepted_bytes() - own_->payload_put(),
         "unsent_bytes is not what was accepted and did not leave");
  expect(how.rejected_messages == application_->rejected_messages(),
         "rejected_messages is not what send() refused");
  expect(how.rejected_bytes == application_->rejected_bytes(),
         "rejected_bytes is not what send() refused");
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
  if (how.sent && end_->was().threw_in_on_closing)
    expect(how.sent->code == 1011, "a handler threw in on_closing, but 1011 was not sent");
}

void invariants::fields_agree(const ending& how) {
  expect(!how.was_clean || (how.sent && how.received), "clean without both Closes");
  expect(!how.was_clean || how.cause == cause::completed || how.cause == cause::handler_failed ||
             how.cause == cause::send_queue_overflow,
         "clean, with a cause that is not");
  if (how.received) {
    expect(how.code == how.received->code.value_or(1005), "`code` is not the one received");
    expect(how.reason == how.received->reason, "`reason` is not the one received");
  } else {
    expect(how.code == 1006 && how.reason.empty(), "a code or reason out of nothing");
  }
  const auto& was = end_->was();
  if (!end_->machine().was_open() && how.initiator == initiator::local && !was.terminated)
    expect(how.cause == cause::abandoned, "an opening that was given up has another cause");
  switch (how.initiator) {
    case initiator::remote:
      expect(how.received.has_value(), "remote began, without a Close");
      break;
    case initiator::both:
      expect(how.received && (was.closed_by_us || was.threw || was.left_by_owner ||
                              end_->options().on_overflow == overflow::close),
             "both began: not certain");
      expect(!awaited_, "both began, but ours had left");
      break;
    case initiator::none:
      expect(!how.received && !own_->close(), "nobody began, but there was a Close");
      break;
    case initiator::local: break;
  }
  // A cause may come about long before the end: where it does there may be no Close yet.
  const bool threw = how.cause == cause::handler_failed;
  const bool goes_on =
      how.cause >= cause::keepalive_timed_out && how.cause <= cause::send_queue_overflow;
  switch (how.phase) {
    case phase::awaiting_close:
      expect(how.sent && (!how.received || threw), "phase awaiting_close is wrong");
      break;
    case phase::flushing: expect(!how.sent || goes_on, "phase flushing is wrong"); break;
    case phase::ending: expect(how.cause == cause::completed, "phase ending is wrong"); break;
    case phase::open: expect(goes_on || (!how.received && !how.sent), "phase open is wrong"); break;
    default: expect(!end_->machine().was_open(), "a phase of the opening once it was open");
  }
}

void invariants::cause_happened(const ending& how) {
  const auto& was    = end_->was();
  const bool gave_up = link_->timed_out(end_->whose());
  // Nobody ends the stream of a closing that is complete but for a reason. [7.1.1]
  if (how.was_clean)
    expect(was.ended_input || was.lost || was.ticked_closing || was.terminated,
           "the stream is given up before the peer has ended it");
  switch (how.cause) {
    case cause::completed: return expect(how.was_clean, "completed, but not clean");
    case cause::peer_vanished:
      return expect(was.ended_input || !end_->machine().was_open(),
                    "the peer is said to have vanished");
    case cause::tls_truncated:
      return expect(was.ended_input && end_->encrypts, "TLS is said to be truncated");
    case cause::reset: return expect(was.lost, "the stream is said to be reset");
    case cause::closing_timed_out:
      return expect(was.ticked_closing || gave_up, "timed out without a deadline");
    case cause::opening_timed_out:
      return expect(was.ticked_ever && !how.was_clean, "timed out without a deadline");
    case cause::keepalive_timed_out:
      expect(end_->waits().keeps_alive(), "the peer is given up, and no keepalive was asked for");
      return expect((end_->waits().gives_up() || gave_up) && !how.was_clean,
                    "the peer is given up without having been silent");
    case cause::handler_failed: return expect(was.threw, "no handler threw");
    case cause::terminated:
      return expect((was.terminated || end_->keys().fails) && !how.was_clean,
                    "terminated by nobody");
    case cause::abandoned:
      return expect(!end_->machine().was_open() && (was.closed_by_us || was.left_by_owner),
                    "abandoned by nobody");
    case cause::out_of_memory: return expect(false, "there is memory enough");
    case cause::send_queue_overflow:
      return expect(end_->options().on_overflow == overflow::close && application_->overflowed(),
                    "no overflow closes");
    case cause::refused: return expect(!end_->machine().was_open(), "refused once it was open");
    case cause::message_too_big:
      return expect(
          !how.was_clean && (!given_.honest || largest_theirs_ > end_->options().max_message),
          "no message was too big");
    case cause::flooded:
      return expect(!how.was_clean && end_->options().max_control_frames_per_second != 0 &&
                        (!given_.honest || given_.foreign ||
                         theirs_->pings().size() + theirs_->pongs() >
                             end_->options().max_control_frames_per_second),
                    "nobody flooded");
    case cause::protocol_violation:
    case cause::invalid_text:
      return expect(!given_.honest && !how.was_clean,
                    "an end of ours is said to break the protocol");
    default: expect(false, "a cause that cannot be");
  }
}

void invariants::first_cause_stays(const ending& how) {
  const auto& was = end_->was();
  if (was.threw_first)
    expect(how.cause == cause::handler_failed, "a handler threw, and another cause is told");
  if (how.cause == cause::handler_failed)
    expect(how.note == thrown_words, "what a handler threw is not told");
  if (end_->options().on_overflow == overflow::close && application_->overflowed()) {
    expect(how.cause == cause::send_queue_overflow,
           "the queue was full, and another cause is told");
    // A rule that the peer broke meanwhile is told in its place.
    const unsigned code = how.sent ? how.sent->code.value_or(1005) : 1013;
    expect(code == 1013 || code == 1002 || (code >= 1007 && code <= 1009),
           "the queue was full, and 1013 was not sent");
  }
  // Its own kernel has given up the peer: nobody has said goodbye.
  if (link_->timed_out(end_->whose()) && !was.ended_before_timeout)
    expect(how.cause != cause::peer_vanished && how.cause != cause::tls_truncated,
           "a peer that was given up is said to have ended");
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

namespace {

// A peer that broke a rule is told which, and is not made to wait. [7.1.7; docs/closing.md 4.6]
void hold_after_violation(world& w, end& fails, end& violates, const saboteur& how) {
  const who whose   = fails.whose();
  const ending& end = fails.how();
  if (end.was_clean) return w.breach(whose, "clean, though the peer broke a rule");
  const auto& was         = fails.was();
  const bool had_closed   = was.closed_by_us || was.left_by_owner;
  const bool other_reason = was.threw || end.cause == cause::send_queue_overflow;
  if (end.cause != how.cause() && !other_reason)
    return w.breach(whose, "another cause than the violation's");
  if (end.received) return w.breach(whose, "a Close counts that came after a violation");
  if (!end.sent) return w.breach(whose, "the violation is not told to the peer");
  if (end.sent->code != how.code() && !had_closed && !other_reason)
    return w.breach(whose, "the violation is told with another code");
  if (!violates.how().received)
    return w.breach(violates.whose(), "who broke a rule does not get to know");
}

}  // namespace

void hold_between(world& w, end& one, application& of_one, end& other, application& of_other,
                  link& l, bool calm) {
  struct side {
    end& is;
    application& app;
    end& peer;
  };
  const side sides[] = {{one, of_one, other}, {other, of_other, one}};
  for (const side& s : sides) {
    const saboteur& sab = l.behind(s.peer.whose());
    if (sab.how() == saboteur::way::violates && sab.fired() &&
        s.app.delivered() + s.is.how().late_messages > sab.messages_before())
      return w.breach(s.is.whose(), "what came after a violation is parsed");
  }
  if (!calm || !one.machine().was_open() || !other.machine().was_open()) return;
  const auto a = one.was().deflate, b = other.was().deflate;
  if (a.on != b.on ||
      (a.on &&
       (a.our_takeover != b.their_takeover || b.our_takeover != a.their_takeover ||
        a.our_window_bits > b.their_window_bits || b.our_window_bits > a.their_window_bits)))
    return w.breach(who::both, "the two have not agreed on the same compression");
  if (l.any_reset()) return w.breach(who::both, "nothing went wrong, but there was a reset");
  for (const side& s : sides) {
    const who whose     = s.is.whose();
    const saboteur& sab = l.behind(s.peer.whose());
    if (s.is.was().ticked_closing)
      return w.breach(whose, "nothing went wrong, but it took a deadline to end");
    if (s.is.was().lost) return w.breach(whose, "nothing went wrong, but the stream was lost");
    if (sab.how() == saboteur::way::violates && sab.fired()) {
      hold_after_violation(w, s.is, s.peer, sab);
      continue;
    }
    if (!s.is.how().was_clean)
      return w.breach(whose, "nothing went wrong, but the end is not clean");
    if (s.app.delivered() + s.is.how().late_messages != s.peer.watch().messages().size())
      w.breach(whose, "nothing went wrong, but a message is missing");
  }
}

}  // namespace simulator
