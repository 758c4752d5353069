// Two real ends of a connection, and what each makes of the other. [docs/closing.md 4, 5, 9]
#include "protocol/pair.hpp"

namespace adieu::inline v1::protocol {
namespace {

using enum initiator;

void expect_both_clean(pair& p, initiator clients, initiator servers) {
  expect_agreement(p);
  EXPECT_TRUE(p.client.how().was_clean);
  EXPECT_TRUE(p.server.how().was_clean);
  EXPECT_EQ(name(p.client.how().initiator), name(clients));
  EXPECT_EQ(name(p.server.how().initiator), name(servers));
  EXPECT_EQ(p.client.how().phase, phase::ending);
  EXPECT_EQ(p.server.how().phase, phase::ending);
}

TEST(Pair, client_closes_and_both_ends_are_closed_at_once) {
  pair p;
  p.client.sends("one");
  p.server.sends("two");
  p.client.closes(4000, "bye");
  p.drive();
  EXPECT_TRUE(p.client.closed() && p.server.closed());
  expect_both_clean(p, local, remote);
  EXPECT_EQ(p.server.how().code, 4000);
  EXPECT_EQ(p.server.how().reason, "bye");
  EXPECT_EQ(p.client.how().code, 4000);
  EXPECT_EQ(p.client.how().reason, "");
  EXPECT_EQ(p.server.messages.size(), 1u);
  EXPECT_EQ(p.client.messages.size(), 1u);
}

TEST(Pair, server_closes_and_both_ends_are_closed_at_once) {
  pair p;
  p.server.closes(1001);
  p.drive();
  EXPECT_TRUE(p.client.closed() && p.server.closed());
  expect_both_clean(p, remote, local);
}

TEST(Pair, server_ends_the_stream_first_and_the_client_waits_for_it) {
  for (const bool client_closes : {true, false}) {
    pair p;
    p.to_client.delay = p.to_server.delay = 100ms;
    (client_closes ? p.client : p.server).closes();
    for (int i = 0; i < 100 && !(p.client.closed() && p.server.closed()); ++i) {
      EXPECT_FALSE(p.to_server.ended && !p.to_client.ended) << "the client ended first";
      p.passes(10ms);
    }
    expect_both_clean(p, client_closes ? local : remote, client_closes ? remote : local);
  }
}

TEST(Pair, both_close_at_once_and_each_takes_the_others_for_the_answer) {
  pair p;
  p.to_client.delay = p.to_server.delay = 50ms;
  p.drive();
  p.client.closes(4000);
  p.server.closes(4001);
  p.ends_within(1s);
  expect_both_clean(p, local, local);
  EXPECT_EQ(p.client.how().code, 4001);
  EXPECT_EQ(p.server.how().code, 4000);
}

TEST(Pair, messages_that_cross_a_close_are_delivered) {
  pair p;
  p.to_client.delay = p.to_server.delay = 50ms;
  p.client.sends("before");
  p.client.closes();
  p.server.sends("crossing");
  p.passes(20ms);
  p.server.sends("crossing too");
  p.ends_within(1s);
  expect_both_clean(p, local, remote);
  EXPECT_EQ(p.client.messages.size(), 2u);
}

TEST(Pair, last_words_reach_the_end_that_closed) {
  pair p;
  p.server.holds_reply = true;
  p.client.closes(4000);
  p.passes(1s);
  EXPECT_EQ(p.server.closings, 1);
  p.server.sends_last_word("last");
  p.server.sends_last_word("words");
  p.server.finishes_reply();
  p.ends_within(1s);
  expect_both_clean(p, local, remote);
  EXPECT_EQ(p.client.messages.size(), 2u);
}

TEST(Pair, a_kept_reply_is_shorter_than_the_wait_for_it) {
  pair p;
  p.server.holds_reply = true;
  p.client.closes(4000);
  p.ends_within(4s);
  expect_both_clean(p, local, remote);
}

TEST(Pair, a_closing_is_the_same_however_the_link_cuts_it) {
  for (const std::size_t piece : {1u, 2u, 3u, 5u, 7u, 100u})
    for (const std::size_t window : {1u, 3u, 64u, 100'000u}) {
      pair p;
      p.to_client.piece = p.to_server.piece = piece;
      p.to_client.window = p.to_server.window = window;
      p.drive();
      for (int i = 0; i < 20; ++i) {
        p.client.sends(std::string(static_cast<std::size_t>(i) * 13, 'c'));
        p.server.sends(std::string(static_cast<std::size_t>(i) * 17, 's'));
      }
      p.client.closes(4000, "bye");
      p.ends_within(1s);
      EXPECT_TRUE(p.client.how().was_clean && p.server.how().was_clean);
      EXPECT_EQ(p.server.messages.size(), 20u);
      expect_agreement(p);
    }
}

TEST(Pair, a_large_message_leaves_through_a_narrow_link_before_the_close) {
  pair p;
  p.to_client.window = 1000;
  p.to_client.delay  = 10ms;
  p.drive();
  p.server.sends(std::string(500'000, 's'));
  p.server.closes(1001);
  p.ends_within(60s);
  expect_both_clean(p, remote, local);
  EXPECT_EQ(p.client.messages.at(0).bytes.size(), 500'000u);
}

TEST(Pair, a_violation_fails_one_end_and_tells_the_other) {
  pair p({}, {.max_message = 100});
  p.client.sends(std::string(101, 'c'));
  p.client.sends("never seen");
  p.ends_within(5s);
  expect_row(p.server.how(), {false, 1006, local, cause::message_too_big, phase::open});
  expect_row(p.client.how(), {true, 1009, remote, cause::completed, phase::ending});
  EXPECT_TRUE(p.server.messages.empty());
}

TEST(Pair, a_peer_that_goes_on_sending_after_a_violation_still_reads_why) {
  pair p({.max_buffered = 0}, {.max_message = 100});
  p.to_server.window = 64 * 1024;
  p.drive();
  p.client.sends(std::string(26 << 20, 'c'));  // far more than is discarded
  p.ends_within(70s);
  EXPECT_EQ(p.client.how().code, 1009);
  EXPECT_EQ(p.server.how().cause, cause::message_too_big);
}

TEST(Pair, a_black_hole_ends_both_within_their_deadlines) {
  pair p;
  p.drive();
  p.to_client.silent = p.to_server.silent = true;
  p.client.sends("lost");
  p.client.closes();
  p.passes(5s);
  expect_row(p.client.how(), {false, 1006, local, cause::closing_timed_out, phase::awaiting_close});
  p.ends_within(40s);
  expect_row(p.server.how(), {false, 1006, local, cause::keepalive_timed_out, phase::open});
}

TEST(Pair, a_silent_connection_is_kept_alive_for_days) {
  pair p;
  p.passes(48h);
  EXPECT_EQ(p.client.machine().at(), stage::open);
  EXPECT_EQ(p.server.machine().at(), stage::open);
  EXPECT_TRUE(p.client.messages.empty());
}

TEST(Pair, a_reset_ends_both_and_tells_what_was_not_sent) {
  pair p;
  p.to_server.window = 6;
  p.drive();
  p.client.sends("0123456789");
  p.client.sends("0123456789");
  p.is_reset();
  p.ends_within(0s);
  expect_row(p.client.how(), {false, 1006, none, cause::reset, phase::open});
  EXPECT_EQ(p.client.how().unsent_messages, 2u);
  expect_row(p.server.how(), {false, 1006, none, cause::reset, phase::open});
}

TEST(Pair, a_terminated_end_is_seen_to_vanish) {
  pair p;
  p.client.terminates();
  p.ends_within(1s);
  expect_row(p.client.how(), {false, 1006, local, cause::terminated, phase::open});
  expect_row(p.server.how(), {false, 1006, none, cause::peer_vanished, phase::open});
}

TEST(Pair, an_end_that_stopped_reading_answers_when_it_reads_again) {
  pair p;
  p.server.stops_reading();
  p.client.sends("unread");
  p.client.closes();
  p.passes(3s);
  EXPECT_EQ(p.server.machine().at(), stage::open);
  p.server.reads_again();
  p.ends_within(1s);
  expect_both_clean(p, local, remote);
  EXPECT_EQ(p.server.messages.size(), 1u);
}

}  // namespace
}  // namespace adieu::inline v1::protocol
