// Every phase has a deadline, which passes when it should and not before. [docs/closing.md 6]
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Deadlines : public either_end {};
INSTANTIATE_TEST_SUITE_P(ends, Deadlines, ::testing::ValuesIn(both_roles), name_of_role);

TEST_P(Deadlines, end_measures_the_whole_opening_whatever_its_phases) {
  script s(side());
  for (const phase where : {phase::connecting, phase::tls, phase::opening}) {
    s.passes(3s);
    s.machine().entering(where);
  }
  s.machine().say({});
  s.expect_deadline_in(1s);
  s.expect_ended({false, 1006, initiator::none, cause::opening_timed_out, phase::opening});
}

TEST_P(Deadlines, end_does_not_give_the_opening_more_time_for_bytes_that_leave_or_for_reading) {
  script s(side());
  s.checks_frames       = false;
  s.takes               = 10;
  const std::string get = "GET / HTTP/1.1\r\n\r\n";
  s.passes(4s);
  s.machine().say(std::as_bytes(std::span(get)));
  s.settle();
  s.passes(2s);
  s.stops_reading();
  s.reads_again();
  s.transport_takes(one_end::unlimited);
  s.expect_deadline_in(4s);
  s.expect_ended({false, 1006, initiator::none, cause::opening_timed_out, phase::opening});
}

TEST_P(Deadlines, end_measures_flushing_by_progress) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends("0123456789");
  s.closes();
  for (int i = 0; i < 5; ++i) {
    s.passes(9s);
    s.transport_takes(1);
    s.expect_at(stage::flushing);
  }
  s.expect_deadline_in(10s);
  s.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::flushing});
}

TEST_P(Deadlines, end_does_not_take_bytes_that_come_for_progress) {
  auto s  = script::open(side());
  s.takes = 0;
  s.closes();
  s.passes(6s);
  s.peer_sends(text("late"));
  s.expect_deadline_in(4s);
  s.expect_at(stage::closed);
}

TEST_P(Deadlines, end_is_over_sixty_seconds_after_the_first_close_however_the_peer_trickles) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends(std::string(1000, 'x'));
  s.closes();
  for (int i = 0; i < 59; ++i) {
    s.passes(1s);
    s.transport_takes(1);
  }
  s.expect_deadline_in(1s);
  s.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::flushing});
  EXPECT_EQ(s.how().time_closing, 60s);
}

TEST_P(Deadlines, end_counts_the_whole_closing_from_the_peers_close_too) {
  auto s        = script::open(side());
  s.holds_reply = true;
  s.takes       = 0;
  s.peer_sends(closing(1000));
  s.sends_last_word(std::string(1000, 'x'));
  s.passes(2s);
  s.finishes_reply();
  for (int i = 2; i < 59; ++i) {
    s.passes(1s);
    s.transport_takes(1);
  }
  s.expect_deadline_in(1s);
  s.expect_ended({false, 1000, initiator::remote, cause::closing_timed_out, phase::flushing});
}

TEST_P(Deadlines, end_does_not_let_the_ending_outlast_the_whole_closing) {
  auto s = script::open(side(), {.deadlines = {.closing = 4s}});
  s.closes();
  s.passes(3s);
  s.peer_sends(closing(1000));
  s.expect_at(stage::ending);
  s.expect_deadline_in(1s);
  s.expect_ended({true, 1000, initiator::local, cause::completed, phase::ending});
}

TEST_P(Deadlines, end_sends_its_close_when_the_kept_reply_takes_too_long) {
  auto s        = script::open(side());
  s.holds_reply = true;
  s.peer_sends(closing(4001));
  s.passes(2s);
  s.sends_last_word("last");
  s.newly_sent();
  s.expect_nothing_sent();
  s.passes(1s - 1ns);
  s.expect_at(stage::replying);
  s.passes(1ns);
  s.expect_sent(closing(4001));
  s.expect_ends_tcp_by_role();
  s.finishes_reply();  // too late, and no harm
  s.expect_nothing_sent();
  s.peer_ends_stream();
  s.expect_ended({true, 4001, initiator::remote, cause::completed, phase::ending});
}

TEST_P(Deadlines, end_awaits_the_answer_from_the_moment_its_close_has_left) {
  auto s  = script::open(side());
  s.takes = 0;
  s.closes();
  s.passes(7s);
  s.transport_takes(one_end::unlimited);
  s.passes(3s);
  s.peer_sends(text("late messages are no answer"));
  s.expect_deadline_in(2s);
  s.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::awaiting_close});
  EXPECT_EQ(s.how().time_closing, 12s);
}

TEST_P(Deadlines, end_ends_the_stream_for_two_seconds_whatever_comes) {
  auto s = script::open(side());
  s.closes();
  s.peer_sends(closing(1000));
  s.passes(1s);
  s.peer_sends_bytes("junk");
  s.expect_deadline_in(1s);
  s.expect_ended({true, 1000, initiator::local, cause::completed, phase::ending});
}

TEST_P(Deadlines, end_takes_each_deadline_from_its_options) {
  const connection_options options{.deadlines = {.opening        = 11ms,
                                                 .flushing       = 12ms,
                                                 .last_words     = 13ms,
                                                 .awaiting_close = 14ms,
                                                 .ending         = 15ms}};
  script connecting(side(), options);
  EXPECT_EQ(connecting.machine().deadline() - connecting.now(), 11ms);
  auto flushing  = script::open(side(), options);
  flushing.takes = 0, flushing.closes();
  EXPECT_EQ(flushing.machine().deadline() - flushing.now(), 12ms);
  auto replying        = script::open(side(), options);
  replying.holds_reply = true, replying.peer_sends(closing(1000));
  EXPECT_EQ(replying.machine().deadline() - replying.now(), 13ms);
  replying.finishes_reply();
  EXPECT_EQ(replying.machine().deadline() - replying.now(), 15ms);
  auto awaiting = script::open(side(), options);
  awaiting.closes();
  EXPECT_EQ(awaiting.machine().deadline() - awaiting.now(), 14ms);
}

TEST_P(Deadlines, end_in_a_hurry_is_closed_by_then_in_every_stage) {
  const auto in_time = [&](script& s, stage where) {
    SCOPED_TRACE(name(where));
    s.expect_at(where);
    s.machine().hurry(s.now() + 100ms);
    s.machine().hurry(s.now() + 10s);  // the shorter counts
    EXPECT_EQ(s.machine().deadline() - s.now(), 100ms);
    s.passes(100ms - 1ns);
    s.expect_at(where);
    s.passes(1ns);
    s.expect_at(stage::closed);
  };
  script connecting(side());
  in_time(connecting, stage::connecting);
  auto flushing  = script::open(side());
  flushing.takes = 0, flushing.closes();
  in_time(flushing, stage::flushing);
  flushing.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::flushing});
  auto awaiting = script::open(side());
  awaiting.closes();
  in_time(awaiting, stage::awaiting_close);
  auto replying        = script::open(side());
  replying.holds_reply = true, replying.takes = 0, replying.peer_sends(closing(1000));
  in_time(replying, stage::replying);
  auto answering  = script::open(side());
  answering.takes = 0, answering.peer_sends(closing(1000));
  in_time(answering, stage::answering);
  auto failing  = script::open(side());
  failing.takes = 0, failing.peer_sends(frame{3, ""});
  in_time(failing, stage::failing);
  auto ending = script::open(side());
  ending.peer_sends(closing(1000));
  in_time(ending, stage::ending);
  ending.expect_ended({true, 1000, initiator::remote, cause::completed, phase::ending});
}

TEST_P(Deadlines, end_hurried_before_it_closes_is_in_a_hurry_once_it_does) {
  auto s = script::open(side());
  s.machine().hurry(s.now() + 1s);
  s.passes(500ms);
  s.expect_at(stage::open);
  s.closes();
  s.expect_deadline_in(500ms);
  s.expect_at(stage::closed);
}

TEST_P(Deadlines, end_survives_a_clock_that_jumps_by_hours) {
  auto s = script::open(side());
  s.clock_jumps(5h);  // one late tick: a ping is owed first, not the end
  s.expect_sent(ping());
  s.expect_at(stage::open);
  s.closes();
  s.clock_jumps(5h);
  s.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::awaiting_close});
}

TEST_P(Deadlines, end_ticked_late_while_replying_goes_all_the_way) {
  auto s        = script::open(side());
  s.holds_reply = true;
  s.peer_sends(closing(1000));
  s.clock_jumps(5h);
  s.expect_at(stage::closed);
}

}  // namespace
}  // namespace adieu::inline v1::protocol
