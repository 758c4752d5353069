// The keepalive: a ping after silence, and the end if nothing comes back. What leaves is no sign of
// life; that the peer reads what lies before the ping is one. [docs/closing.md 6]
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Keepalive : public either_end {
 protected:
  // The time of what was sent last is kept to a millisecond or two.
  static constexpr duration about = 2ms;

  static script open(connection_options options = {}) {
    if (options.deadlines.ping_after == deadlines::by_role) options.deadlines.ping_after = 20s;
    return script::open(side(), options);
  }
  // Of a peer that has acknowledged that much and has room for so much more.
  static transport_look seen(std::uint64_t acknowledged, std::uint64_t unacknowledged,
                             std::uint64_t window, std::uint64_t most = 50'000) {
    return {true, true, acknowledged, unacknowledged, window, most};
  }
};
INSTANTIATE_TEST_SUITE_P(ends, Keepalive, ::testing::ValuesIn(both_roles), name_of_role);

TEST_P(Keepalive, end_pings_by_default_after_twenty_seconds_on_a_server_and_25_on_a_client) {
  auto s              = script::open(side());
  const duration wait = side() == role::server ? 20s : 25s;
  s.passes(wait - 1ms);
  s.expect_nothing_sent();
  s.passes(1ms);
  s.expect_sent(ping());
}

TEST_P(Keepalive, end_pings_after_twenty_seconds_of_silence_and_not_before) {
  auto s = open();
  s.passes(20s - 1ns);
  s.expect_nothing_sent();
  s.passes(1ns);
  s.expect_sent(ping());
}

TEST_P(Keepalive, end_takes_any_byte_for_life) {
  auto s = open();
  s.passes(20s);
  s.expect_sent(ping());
  s.passes(19s);
  s.peer_sends_bytes(bytes_of(text("x"), peer()).substr(0, 1));
  s.expect_nothing_sent();
  s.passes(1s + about);  // nothing was sent since the first
  s.expect_sent(ping());
  s.passes(20s - about);
  s.expect_at(stage::open);
  s.passes(about);
  s.expect_at(stage::ending);
}

TEST_P(Keepalive, end_takes_a_pong_for_life_again_and_again) {
  auto s = open();
  s.passes(20s);
  for (int i = 0; i < 10; ++i) {
    s.expect_sent(ping());
    s.passes(19s);
    s.peer_sends(pong());
    s.expect_at(stage::open);
    s.passes(1s + about);
  }
}

TEST_P(Keepalive, end_gives_up_twenty_seconds_after_its_ping) {
  auto s = open();
  s.passes(20s);
  s.expect_deadline_in(20s);
  s.expect_at(stage::ending);
  EXPECT_EQ(s.how().cause, cause::keepalive_timed_out);
}

TEST_P(Keepalive, end_gives_up_a_peer_that_takes_nothing) {
  auto s  = open();
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

TEST_P(Keepalive, end_does_not_take_what_it_sends_for_life) {
  auto s = open();
  for (int i = 0; i < 39; ++i) {
    s.passes(1s);
    s.sends("x");
    s.looks(seen(1, 100, 1 << 20));
    s.expect_at(stage::open);
  }
  s.passes(1s);
  s.expect_at(stage::ending);
  EXPECT_EQ(s.how().cause, cause::keepalive_timed_out);
}

TEST_P(Keepalive, end_pings_when_it_has_sent_nothing_though_the_peer_talks) {
  auto s = open();
  for (int i = 0; i < 19; ++i) {
    s.passes(1s);
    s.peer_sends(text("x"));
  }
  s.expect_nothing_sent();
  s.passes(1s + about);
  s.expect_sent(ping());
}

TEST_P(Keepalive, end_gives_up_a_frozen_peer_whose_kernel_acknowledges) {
  auto s = open();
  s.passes(20s);
  s.expect_sent(ping());
  for (int i = 0; i < 20; ++i) {
    s.looks(seen(1000 + 50 * static_cast<unsigned>(i), 0, 60'000 - 50 * static_cast<unsigned>(i)));
    s.expect_at(stage::open);
    s.passes(1s);
  }
  s.expect_at(stage::ending);
  EXPECT_EQ(s.how().cause, cause::keepalive_timed_out);
}

TEST_P(Keepalive, end_does_not_count_against_the_peer_that_nobody_could_look) {
  auto s = open();
  s.passes(20s);
  s.looks(seen(1000, 0, 60'000));
  s.is_stopped_for(1h);
  s.looks(seen(1000, 0, 60'000));
  s.passes(duration{});
  s.expect_at(stage::open);  // the answer may lie in the kernel
  for (int i = 0; i < 2; ++i) {
    s.passes(5s);
    s.looks(seen(1000, 0, 60'000));
    s.expect_at(stage::open);
  }
  s.passes(5s);
  s.expect_at(stage::ending);
  EXPECT_EQ(s.how().cause, cause::keepalive_timed_out);
}

TEST_P(Keepalive, end_waits_on_while_the_peer_makes_room) {
  auto s = open();
  s.passes(20s);
  s.looks(seen(0, 5'000'000, 0));
  // More than there was room for: its application has read.
  for (unsigned i = 1; i < 20; ++i) {
    s.passes(15s);
    s.looks(seen(i * 60'000, 5'000'000 - i * 60'000, 0));
    s.expect_at(stage::open);
  }
  s.passes(20s);
  s.expect_at(stage::ending);
}

TEST_P(Keepalive, end_waits_on_while_the_window_grows) {
  auto s = open();
  s.passes(20s);
  s.looks(seen(1000, 0, 1000));
  s.passes(15s);
  s.looks(seen(1000, 0, 2000));
  s.passes(15s);
  s.expect_at(stage::open);
  s.passes(5s);
  s.expect_at(stage::ending);
}

TEST_P(Keepalive, end_wants_a_byte_once_the_peer_has_read_what_lay_before_the_ping) {
  auto s = open();
  s.passes(20s);
  s.looks(seen(0, 100'000, 50'000));
  s.passes(10s);
  s.looks(seen(160'000, 1'000'000, 10'000));  // beyond the ping, and all that fits behind it
  s.passes(10s);
  s.looks(seen(260'000, 1'000'000, 10'000));
  s.passes(10s - 1ms);
  s.expect_at(stage::open);
  s.passes(1ms);
  s.expect_at(stage::ending);
  EXPECT_EQ(s.how().cause, cause::keepalive_timed_out);
}

TEST_P(Keepalive, end_gives_up_a_peer_that_talks_and_never_reads) {
  auto s  = open();
  s.takes = 0;
  s.sends("stuck");
  for (int i = 0; i < 39; ++i) {
    s.passes(1s);
    s.peer_sends(text("x"));
    s.looks(seen(7, 100'000, 0));
    s.expect_at(stage::open);
  }
  s.passes(1s);
  s.expect_at(stage::ending);
  EXPECT_EQ(s.how().cause, cause::keepalive_timed_out);
}

// The looks are closer together while an answer is awaited: that the first of them was not yet due
// before the ping is no time in which nobody could look.
TEST_P(Keepalive, end_does_not_take_its_own_patience_for_time_away) {
  auto s  = open({.deadlines = {.ping_after = 20s, .pong_within = 1s}});
  s.takes = 0;
  s.sends("stuck");
  for (int i = 0; i < 3; ++i) {
    s.passes(5250ms);  // a quarter of both times
    s.looks(seen(7, 100'000, 0));
  }
  s.passes(4250ms);  // the ping: from now on an answer is awaited
  s.looks(seen(7, 100'000, 0));
  s.passes(500ms);
  s.peer_sends(text("x"));
  s.expect_at(stage::open);
  s.passes(500ms);
  s.expect_at(stage::ending);
  EXPECT_EQ(s.how().cause, cause::keepalive_timed_out);
}

TEST_P(Keepalive, end_lives_with_a_peer_that_reads_slowly_from_a_queue_that_is_never_empty) {
  auto s  = open();
  s.takes = 0;
  s.sends(std::string(1000, 'x'));
  for (unsigned i = 0; i < 40; ++i) {
    s.passes(15s);
    s.looks(seen(i * 60'000, 4'000'000, 0));
    s.transport_takes(1);
    s.expect_at(stage::open);
  }
}

TEST_P(Keepalive, end_has_one_ping_in_a_queue_that_does_not_move) {
  auto s  = open();
  s.takes = 0;
  s.sends("stuck");
  for (int i = 0; i < 30; ++i) {
    s.passes(1s);
    if (i % 21 == 20) s.peer_sends(text("x"));
  }
  const auto queued = s.machine().queued_bytes();
  s.passes(5s);
  EXPECT_EQ(s.machine().queued_bytes(), queued);
  s.transport_takes(one_end::unlimited);
  s.expect_sent({text("stuck"), ping()});
  s.expect_at(stage::open);
}

TEST_P(Keepalive, end_takes_what_leaves_for_reading_where_the_transport_tells_nothing) {
  auto s  = open();
  s.takes = 0;
  s.sends(std::string(100, 'x'));
  for (int i = 0; i < 20; ++i) {
    s.passes(15s);
    s.looks({});
    s.transport_takes(1);
    s.expect_at(stage::open);
  }
}

TEST_P(Keepalive, end_pings_though_the_application_does_not_read_but_awaits_no_answer) {
  auto s = open();
  s.stops_reading();
  for (int i = 0; i < 5; ++i) {
    s.passes(20s + about);
    s.sends("x");
    s.expect_sent({ping(), text("x")});
    s.looks(seen(100, 0, 1000));  // it has arrived: that is all there is to be seen
    s.expect_at(stage::open);
  }
}

TEST_P(Keepalive, end_gives_up_a_network_that_is_gone_though_the_application_does_not_read) {
  auto s = open();
  s.stops_reading();
  s.passes(20s + about);
  s.expect_sent(ping());
  s.looks(seen(100, 2, 1000));
  s.passes(20s - 2 * about);
  s.expect_at(stage::open);
  s.passes(2 * about);
  s.expect_at(stage::ending);
  EXPECT_EQ(s.how().cause, cause::keepalive_timed_out);
}

TEST_P(Keepalive, end_finds_a_frozen_peer_once_reading_resumes) {
  auto s = open();
  s.stops_reading();
  for (int i = 0; i < 10; ++i) {
    s.passes(10s);
    s.looks(seen(100, 0, 1000));
  }
  s.expect_at(stage::open);
  s.reads_again();
  s.passes(42s + about);  // until the next ping, for its answer, and for the end of the stream
  s.expect_ended({false, 1006, initiator::local, cause::keepalive_timed_out, phase::open});
}

TEST_P(Keepalive, end_asks_at_once_when_it_doubts) {
  auto s = open();
  s.passes(3s);
  s.machine().doubt(s.now());
  s.settle();
  s.expect_sent(ping());
  s.passes(15s);
  s.machine().doubt(s.now());  // once more: the answer may be there
  s.settle();
  s.expect_nothing_sent();
  s.passes(20s - 1ms);
  s.expect_at(stage::open);
  s.passes(1ms);
  s.expect_at(stage::ending);
}

TEST_P(Keepalive, end_keeps_nothing_of_a_ping_that_was_answered) {
  auto s = open();
  s.passes(20s);
  EXPECT_NE(s.machine().look_at(), never);
  s.peer_sends(pong());
  EXPECT_EQ(s.machine().look_at(), never);
}

TEST_P(Keepalive, end_without_keepalive_has_no_deadline_while_open) {
  for (const deadlines d : {deadlines{.ping_after = 0ms}, deadlines{.pong_within = 0ms}}) {
    auto s = open({.deadlines = d});
    EXPECT_EQ(s.machine().deadline(), never);
    s.passes(24h);
    s.expect_nothing_sent();
    s.expect_at(stage::open);
  }
}

TEST_P(Keepalive, end_has_options_for_both_times) {
  auto s = open({.deadlines = {.ping_after = 3s, .pong_within = 7s}});
  s.expect_deadline_in(3s);
  s.expect_sent(ping());
  s.expect_deadline_in(7s);
  EXPECT_EQ(s.how().cause, cause::keepalive_timed_out);
}

TEST_P(Keepalive, end_ends_only_by_the_closings_deadlines_once_it_has_closed) {
  auto s = open();
  s.passes(39s);
  s.newly_sent();
  s.closes();
  s.expect_sent(closing(1000));
  s.expect_deadline_in(5s);
  s.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::awaiting_close});
}

}  // namespace
}  // namespace adieu::inline v1::protocol
