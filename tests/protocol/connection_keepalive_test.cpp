// The keepalive: a ping after silence, and the end if nothing comes back. [docs/closing.md 6]
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Keepalive : public either_end {};
INSTANTIATE_TEST_SUITE_P(ends, Keepalive, ::testing::ValuesIn(both_roles), name_of_role);

TEST_P(Keepalive, end_pings_after_twenty_seconds_of_silence_and_not_before) {
  auto s = script::open(side());
  s.passes(20s - 1ns);
  s.expect_nothing_sent();
  s.passes(1ns);
  s.expect_sent(ping());
}

TEST_P(Keepalive, end_takes_any_byte_for_life) {
  auto s = script::open(side());
  s.passes(20s);
  s.expect_sent(ping());
  s.passes(19s);
  s.peer_sends_bytes(bytes_of(text("x"), peer()).substr(0, 1));
  s.passes(20s - 1ns);
  s.expect_nothing_sent();
  s.passes(1ns);
  s.expect_sent(ping());
}

TEST_P(Keepalive, end_takes_a_pong_for_life_again_and_again) {
  auto s = script::open(side());
  for (int i = 0; i < 10; ++i) {
    s.passes(20s);
    s.expect_sent(ping());
    s.passes(19s);
    s.peer_sends(pong());
    s.expect_at(stage::open);
  }
}

TEST_P(Keepalive, end_takes_bytes_that_leave_for_life) {
  auto s = script::open(side());
  s.passes(15s);
  s.sends("x");
  s.passes(15s);
  s.expect_sent(text("x"));
  s.passes(5s);
  s.expect_sent(ping());
}

TEST_P(Keepalive, end_gives_up_twenty_seconds_after_its_ping) {
  auto s = script::open(side());
  s.passes(20s);
  s.expect_deadline_in(20s);
  s.expect_at(stage::ending);
  EXPECT_EQ(s.how().cause, cause::keepalive_timed_out);
}

TEST_P(Keepalive, end_gives_up_a_peer_that_takes_nothing) {
  auto s  = script::open(side());
  s.takes = 2;
  s.sends("stuck");
  s.passes(20s);
  EXPECT_FALSE(s.machine().at() != stage::open);
  s.passes(20s);
  s.expect_at(stage::ending);
  s.passes(2s);
  s.expect_ended({false, 1006, initiator::local, cause::keepalive_timed_out, phase::open});
  EXPECT_EQ(s.how().unsent_messages, 1u);
  EXPECT_FALSE(s.how().sent);
}

TEST_P(Keepalive, end_does_not_give_up_a_peer_that_took_what_was_blocked_and_was_never_pinged) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends("stuck");
  s.passes(30s);  // at 20 s a ping would have been due, but nothing leaves
  s.transport_takes(one_end::unlimited);
  s.expect_sent(text("stuck"));
  s.passes(20s);
  s.expect_sent(ping());
  s.expect_at(stage::open);
}

TEST_P(Keepalive, end_lives_while_bytes_trickle_out) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends(std::string(100, 'x'));
  for (int i = 0; i < 20; ++i) {
    s.passes(15s);
    s.transport_takes(1);
    s.expect_at(stage::open);
  }
}

TEST_P(Keepalive, end_rests_while_the_application_does_not_read) {
  auto s = script::open(side());
  s.stops_reading();
  EXPECT_EQ(s.machine().deadline(), never);
  s.passes(1h);
  s.expect_nothing_sent();
  s.reads_again();
  s.passes(20s - 1ns);
  s.expect_nothing_sent();
  s.passes(1ns);
  s.expect_sent(ping());
}

TEST_P(Keepalive, end_begins_anew_when_reading_resumes_after_a_ping) {
  auto s = script::open(side());
  s.passes(30s);
  s.expect_sent(ping());
  s.stops_reading();
  s.passes(1min);
  s.reads_again();
  s.passes(20s);
  s.expect_sent(ping());
  s.expect_at(stage::open);
}

TEST_P(Keepalive, end_without_keepalive_has_no_deadline_while_open) {
  for (const deadlines d : {deadlines{.ping_after = 0ms}, deadlines{.pong_within = 0ms}}) {
    auto s = script::open(side(), {.deadlines = d});
    EXPECT_EQ(s.machine().deadline(), never);
    s.passes(24h);
    s.expect_nothing_sent();
    s.expect_at(stage::open);
  }
}

TEST_P(Keepalive, end_has_options_for_both_times) {
  auto s = script::open(side(), {.deadlines = {.ping_after = 3s, .pong_within = 7s}});
  s.expect_deadline_in(3s);
  s.expect_sent(ping());
  s.expect_deadline_in(7s);
  EXPECT_EQ(s.how().cause, cause::keepalive_timed_out);
}

TEST_P(Keepalive, end_ends_only_by_the_closings_deadlines_once_it_has_closed) {
  auto s = script::open(side());
  s.passes(39s);
  s.newly_sent();
  s.closes();
  s.expect_sent(closing(1000));
  s.expect_deadline_in(5s);
  s.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::awaiting_close});
}

}  // namespace
}  // namespace adieu::inline v1::protocol
