// Every row of the table of endings, with every field. [docs/closing.md 3a, 8]
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

class ConnectionEndings : public either_end {};
INSTANTIATE_TEST_SUITE_P(ends, ConnectionEndings, ::testing::ValuesIn(both_roles), name_of_role);

using enum initiator;

const close_frame bye{4000, "bye"};

// Open for 7 s when the first Close comes.
void close_and_answer(script& s) {
  s.passes(7s);
  s.closes(4000, "bye");
  s.passes(2s);
  s.peer_sends(closing(4001, "and you"));
}

void expect_closed_and_answered(script& s) {
  s.expect_ended({true, 4001, local, cause::completed, phase::ending});
  EXPECT_EQ(s.how().reason, "and you");
  EXPECT_EQ(s.how().sent, bye);
  EXPECT_EQ(s.how().received, (close_frame{4001, "and you"}));
  EXPECT_EQ(s.how().note, "");
  EXPECT_EQ(s.how().time_open, 7s);
}

TEST_P(ConnectionEndings, end_closed_and_was_answered) {
  auto s = script::open(side());
  close_and_answer(s);
  s.passes(1s);
  s.peer_ends_stream();
  expect_closed_and_answered(s);
  EXPECT_EQ(s.how().time_closing, 3s);
}

TEST_P(ConnectionEndings, end_answered_the_peers_close) {
  auto s = script::open(side());
  s.passes(5s);
  s.peer_sends(closing(1001, "going"));
  s.expect_sent(closing(1001));
  s.passes(1s);
  s.peer_ends_stream();
  s.expect_ended({true, 1001, remote, cause::completed, phase::ending});
  EXPECT_EQ(s.how().reason, "going");
  EXPECT_EQ(s.how().sent, (close_frame{1001, ""}));
  EXPECT_EQ(s.how().received, (close_frame{1001, "going"}));
  EXPECT_EQ(s.how().time_open, 5s);
  EXPECT_EQ(s.how().time_closing, 1s);
}

TEST_P(ConnectionEndings, end_and_peer_closed_both_and_it_is_certain) {
  auto s  = script::open(side());
  s.takes = 0;
  s.closes(4000, "bye");
  s.peer_sends(closing(4001));
  s.expect_at(stage::answering);
  s.transport_takes(one_end::unlimited);
  s.expect_ends_tcp_by_role();
  s.peer_ends_stream();
  s.expect_ended({true, 4001, both, cause::completed, phase::ending});
  EXPECT_EQ(s.how().sent, bye);
  EXPECT_EQ(s.closings, 0);
}

TEST_P(ConnectionEndings, end_does_not_claim_both_once_its_close_has_left) {
  auto s = script::open(side());
  s.closes(4000);
  s.peer_sends(closing(4001));
  EXPECT_EQ(s.how().initiator, local);
}

TEST_P(ConnectionEndings, end_stays_clean_when_the_ending_deadline_passes) {
  auto s = script::open(side());
  close_and_answer(s);
  s.expect_deadline_in(2s);
  expect_closed_and_answered(s);
}

TEST_P(ConnectionEndings, end_stays_clean_when_the_stream_is_reset_after_both_closes) {
  auto s = script::open(side());
  close_and_answer(s);
  s.peer_resets();
  expect_closed_and_answered(s);
}

TEST_P(ConnectionEndings, end_stays_clean_when_close_notify_is_missing_after_both_closes) {
  auto s = script::open(side());
  close_and_answer(s);
  s.loses_stream(cause::tls_truncated);
  expect_closed_and_answered(s);
}

TEST_P(ConnectionEndings, end_stays_clean_when_terminated_after_both_closes) {
  auto s = script::open(side());
  close_and_answer(s);
  s.terminates();
  expect_closed_and_answered(s);
}

TEST_P(ConnectionEndings, end_fails_a_connection) {
  auto s = script::open(side());
  s.passes(3s);
  s.peer_sends(frame{3, "unknown opcode"});
  s.expect_sent(closing(1002, "invalid frame"));
  s.peer_ends_stream();
  s.expect_ended({false, 1006, local, cause::protocol_violation, phase::open});
  EXPECT_EQ(s.how().sent, (close_frame{1002, "invalid frame"}));
  EXPECT_FALSE(s.how().received);
  EXPECT_EQ(s.how().note, "invalid frame");
  EXPECT_EQ(s.how().time_open, 3s);
}

TEST_P(ConnectionEndings, end_fails_a_connection_that_it_was_closing) {
  auto s = script::open(side());
  s.closes(4000);
  s.newly_sent();
  s.peer_sends(closing(1006));
  s.expect_nothing_sent();  // no second Close
  s.expect_ends_tcp_by_role();
  s.peer_ends_stream();
  s.expect_ended({false, 1006, local, cause::protocol_violation, phase::awaiting_close});
  EXPECT_EQ(s.how().sent, (close_frame{4000, ""}));
  EXPECT_FALSE(s.how().received);
}

TEST_P(ConnectionEndings, end_sees_the_stream_end_and_nobody_had_closed) {
  auto s = script::open(side());
  s.passes(4s);
  s.peer_ends_stream();
  s.expect_ended({false, 1006, none, cause::peer_vanished, phase::open});
  EXPECT_FALSE(s.how().sent);
  EXPECT_EQ(s.how().time_open, 4s);
  EXPECT_EQ(s.how().time_closing, 0s);
}

TEST_P(ConnectionEndings, end_sees_a_reset_while_open) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends("twelve bytes");
  s.sends("three");
  s.peer_resets();
  s.expect_ended({false, 1006, none, cause::reset, phase::open});
  EXPECT_EQ(s.how().unsent_messages, 2u);
  EXPECT_EQ(s.how().unsent_bytes, 17u);
}

TEST_P(ConnectionEndings, end_sees_tls_cut_off_while_open) {
  auto s = script::open(side());
  s.loses_stream(cause::tls_truncated);
  s.expect_ended({false, 1006, none, cause::tls_truncated, phase::open});
}

TEST_P(ConnectionEndings, end_sees_the_stream_end_instead_of_an_answer) {
  auto s = script::open(side());
  s.closes(4000, "bye");
  s.peer_ends_stream();
  s.expect_ended({false, 1006, local, cause::peer_vanished, phase::awaiting_close});
  EXPECT_EQ(s.how().sent, bye);
}

TEST_P(ConnectionEndings, end_loses_the_stream_while_its_close_is_queued) {
  for (const bool reset : {true, false}) {
    auto s  = script::open(side());
    s.takes = 1;
    s.sends("0123456789");
    s.closes(4000, "bye");
    reset ? s.peer_resets() : s.peer_ends_stream();
    s.expect_ended(
        {false, 1006, local, reset ? cause::reset : cause::peer_vanished, phase::flushing});
    EXPECT_FALSE(s.how().sent);
    EXPECT_EQ(s.how().unsent_messages, 1u);
    EXPECT_EQ(s.how().unsent_bytes, 10u);
  }
}

TEST_P(ConnectionEndings, end_gives_up_when_its_queued_close_makes_no_progress) {
  auto s  = script::open(side());
  s.takes = 8;
  s.sends("0123456789");
  s.closes(4000);
  s.expect_deadline_in(10s);
  s.expect_ended({false, 1006, local, cause::closing_timed_out, phase::flushing});
  EXPECT_EQ(s.how().unsent_messages, 1u);
  EXPECT_EQ(s.how().unsent_bytes, side() == role::client ? 8u : 4u);
  EXPECT_EQ(s.how().time_closing, 10s);
}

TEST_P(ConnectionEndings, end_gives_up_when_no_answer_comes) {
  auto s = script::open(side());
  s.closes(4000, "bye");
  s.expect_deadline_in(5s);
  s.expect_ended({false, 1006, local, cause::closing_timed_out, phase::awaiting_close});
  EXPECT_EQ(s.how().sent, bye);
}

TEST_P(ConnectionEndings, end_could_not_answer_the_peers_close) {
  for (const bool reset : {true, false}) {
    auto s  = script::open(side());
    s.takes = 0;
    s.peer_sends(closing(4003, "theirs"));
    if (reset)
      s.peer_resets();
    else
      s.expect_deadline_in(10s);
    s.expect_ended(
        {false, 4003, remote, reset ? cause::reset : cause::closing_timed_out, phase::flushing});
    EXPECT_EQ(s.how().reason, "theirs");
    EXPECT_FALSE(s.how().sent);
    EXPECT_EQ(s.how().received, (close_frame{4003, "theirs"}));
  }
}

TEST_P(ConnectionEndings, end_loses_the_stream_while_the_application_has_the_last_word) {
  auto s        = script::open(side());
  s.holds_reply = true;
  s.peer_sends(closing(4003));
  s.peer_resets();
  s.expect_ended({false, 4003, remote, cause::reset, phase::flushing});
}

TEST_P(ConnectionEndings, end_is_terminated_while_open) {
  auto s = script::open(side());
  s.terminates();
  s.expect_ended({false, 1006, local, cause::terminated, phase::open});
  s.expect_nothing_sent();
}

TEST_P(ConnectionEndings, end_is_terminated_before_both_closes) {
  auto flushing  = script::open(side());
  flushing.takes = 0;
  flushing.closes();
  flushing.terminates();
  flushing.expect_ended({false, 1006, local, cause::terminated, phase::flushing});

  auto awaiting = script::open(side());
  awaiting.closes();
  awaiting.terminates();
  awaiting.expect_ended({false, 1006, local, cause::terminated, phase::awaiting_close});

  auto replying        = script::open(side());
  replying.holds_reply = true;
  replying.peer_sends(closing(4005, "received"));
  replying.terminates();
  replying.expect_ended({false, 4005, local, cause::terminated, phase::flushing});
  EXPECT_EQ(replying.how().reason, "received");
}

TEST_P(ConnectionEndings, end_is_closed_or_terminated_while_connecting) {
  for (const phase where : {phase::resolving, phase::connecting, phase::tls, phase::opening}) {
    script closed(side());
    closed.machine().entering(where);
    EXPECT_TRUE(closed.closes(4000));
    closed.expect_ended({false, 1006, local, cause::abandoned, where});
    closed.expect_fate(stream_fate::release);
    EXPECT_EQ(closed.how().time_open, 0s);

    script terminated(side());
    terminated.machine().entering(where);
    terminated.terminates();
    terminated.expect_ended({false, 1006, local, cause::terminated, where});
  }
}

TEST_P(ConnectionEndings, end_gives_up_a_peer_that_has_fallen_silent) {
  auto s = script::open(side(), {.deadlines = {.ping_after = 20s}});
  s.passes(40s);
  s.expect_sent({ping(), closing(1011, "keepalive: nothing came back")});
  s.expect_ends_tcp_by_role();
  s.peer_sends(closing(1011));  // too late to mean anything
  s.passes(2s);
  s.expect_ended({false, 1006, local, cause::keepalive_timed_out, phase::open});
  EXPECT_FALSE(s.how().received);
  EXPECT_EQ(s.how().time_open, 40s);
  EXPECT_EQ(s.how().time_closing, 2s);
}

TEST_P(ConnectionEndings, end_whose_handler_threw_is_answered) {
  auto s = script::open(side());
  s.throws();
  s.expect_sent(closing(1011));
  s.peer_sends(closing(1011));
  s.peer_ends_stream();
  s.expect_ended({true, 1011, local, cause::handler_failed, phase::open});
}

TEST_P(ConnectionEndings, end_closes_when_its_queue_overflows_and_the_peer_drains_it) {
  auto s  = script::open(side(), {.max_buffered = 4, .on_overflow = overflow::close});
  s.takes = 0;
  EXPECT_EQ(s.sends("four"), error::none);
  EXPECT_EQ(s.sends("more"), error::send_queue_full);
  s.expect_at(stage::flushing);
  s.transport_takes(one_end::unlimited);
  s.expect_sent({text("four"), closing(1013)});
  s.peer_sends(closing(1013));
  s.peer_ends_stream();
  s.expect_ended({true, 1013, local, cause::send_queue_overflow, phase::open});
}

TEST_P(ConnectionEndings, end_fails_at_tls_and_nothing_else_tells_1015) {
  script s(side());
  s.machine().entering(phase::tls);
  s.loses_stream(cause::tls_failed);
  s.expect_ended({false, 1015, none, cause::tls_failed, phase::tls});
  for (int c = 1; c <= static_cast<int>(cause::abandoned); ++c) {
    if (static_cast<cause>(c) == cause::tls_failed) continue;
    script other(side());
    other.loses_stream(static_cast<cause>(c));
    EXPECT_EQ(other.how().code, 1006);
  }
}

TEST_P(ConnectionEndings, end_is_not_opened_in_time_in_whatever_phase) {
  for (const phase where : {phase::resolving, phase::connecting, phase::tls, phase::opening}) {
    script s(side());
    s.passes(4s);
    s.machine().entering(where);
    s.expect_deadline_in(6s);
    s.expect_ended({false, 1006, none, cause::opening_timed_out, where});
  }
}

TEST_P(ConnectionEndings, end_sees_the_stream_end_or_reset_during_the_opening) {
  script ended(side());
  ended.peer_ends_stream();
  ended.expect_ended({false, 1006, none, cause::peer_vanished, phase::opening});
  script reset(side());
  reset.peer_resets();
  reset.expect_ended({false, 1006, none, cause::reset, phase::opening});
}

TEST(ConnectionEndings, client_is_refused) {
  script client(role::client);
  client.machine().ending_so_far().http_status = 404;
  client.loses_stream(cause::refused);
  client.expect_ended({false, 1006, none, cause::refused, phase::opening});
  EXPECT_EQ(client.how().http_status, 404);
}

TEST(ConnectionEndings, client_cannot_reach_the_server) {
  for (const phase where : {phase::resolving, phase::connecting}) {
    script client(role::client);
    client.machine().entering(where);
    client.loses_stream(cause::unreachable);
    client.expect_ended({false, 1006, none, cause::unreachable, where});
  }
}

TEST_P(ConnectionEndings, end_goes_on_sending_when_the_peer_closed_and_ended_its_stream) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends("queued before");
  s.peer_sends(closing(1000));
  s.peer_ends_stream();
  s.expect_at(stage::answering);
  EXPECT_FALSE(s.machine().wants_input());
  s.transport_takes(one_end::unlimited);
  s.expect_sent({text("queued before"), closing(1000)});
  s.expect_ended({true, 1000, remote, cause::completed, phase::ending});
}

TEST_P(ConnectionEndings, end_keeps_the_last_word_when_the_peer_closed_and_ended_its_stream) {
  auto s        = script::open(side());
  s.holds_reply = true;
  s.peer_sends(closing(1000));
  s.peer_ends_stream();
  s.expect_at(stage::replying);
  EXPECT_EQ(s.sends_last_word("last"), error::none);
  s.finishes_reply();
  s.expect_sent({text("last"), closing(1000)});
  s.expect_ended({true, 1000, remote, cause::completed, phase::ending});
}

TEST_P(ConnectionEndings, end_tells_1005_for_an_empty_close) {
  auto s = script::open(side());
  s.peer_sends(empty_close());
  s.expect_sent(empty_close());
  s.peer_ends_stream();
  s.expect_ended({true, 1005, remote, cause::completed, phase::ending});
  EXPECT_EQ(s.how().received, close_frame{});
  EXPECT_EQ(s.how().sent, close_frame{});
}

}  // namespace
}  // namespace adieu::inline v1::protocol
