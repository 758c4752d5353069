// What the application may call, and the state it sees. [docs/closing.md 1, 2]
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

class ConnectionCalls : public either_end {};
INSTANTIATE_TEST_SUITE_P(ends, ConnectionCalls, ::testing::ValuesIn(both_roles), name_of_role);

const std::string too_long(124, 'r');

// Brings a fresh machine to each stage of a closing.
void bring_to(script& s, stage where) {
  switch (where) {
    case stage::flushing: s.takes = 0, s.closes(); break;
    case stage::awaiting_close: s.closes(); break;
    case stage::replying: s.holds_reply = true, s.peer_sends(closing(1000)); break;
    case stage::answering: s.takes = 0, s.peer_sends(closing(1000)); break;
    case stage::failing: s.takes = 0, s.peer_sends(frame{3, ""}); break;
    case stage::ending: s.peer_sends(closing(1000)); break;
    case stage::closed: s.peer_resets(); break;
    default: break;
  }
  s.expect_at(where);
  s.newly_sent();
}

constexpr stage after_open[] = {stage::flushing,  stage::awaiting_close, stage::replying,
                                stage::answering, stage::failing,        stage::ending,
                                stage::closed};

TEST_P(ConnectionCalls, end_closes_with_1000_and_no_reason_if_told_nothing_else) {
  auto s = script::open(side());
  EXPECT_TRUE(s.closes());
  s.expect_sent(closing(1000));
}

TEST_P(ConnectionCalls, end_sends_the_code_and_reason_it_is_told) {
  auto s = script::open(side());
  EXPECT_TRUE(s.closes(4001, "adieu, ça suffit"));
  s.expect_sent(closing(4001, "adieu, ça suffit"));
}

TEST_P(ConnectionCalls, end_sends_an_empty_close_for_no_status) {
  auto s = script::open(side());
  EXPECT_TRUE(s.closes(no_status));
  s.expect_sent(empty_close());
}

TEST_P(ConnectionCalls, end_may_send_a_reason_of_123_bytes) {
  auto s = script::open(side());
  const std::string longest(123, 'r');
  EXPECT_TRUE(s.closes(3000, longest));
  s.expect_sent(closing(3000, longest));
}

TEST_P(ConnectionCalls, end_refuses_every_bad_code_before_anything_changes) {
  auto s = script::open(side());
  for (unsigned code = 0; code < 65536; ++code) {
    const auto c = static_cast<std::uint16_t>(code);
    if (may_send(c, side())) continue;
    ASSERT_EQ(s.refused_close(c), error::bad_close_code) << code;
  }
  s.expect_nothing_sent();
  s.expect_at(stage::open);
  EXPECT_EQ(s.sends("still here"), error::none);
  s.expect_sent(text("still here"));
  EXPECT_TRUE(s.closes());
}

TEST_P(ConnectionCalls, end_refuses_a_bad_reason_before_anything_changes) {
  auto s = script::open(side());
  EXPECT_EQ(s.refused_close(1000, too_long), error::reason_too_long);
  EXPECT_EQ(s.refused_close(no_status, std::string_view("x")), error::reason_too_long);
  EXPECT_EQ(s.refused_close(1000, std::string_view("\xc3")), error::invalid_utf8);
  EXPECT_EQ(s.refused_close(1000, std::string_view("\xed\xa0\x80")), error::invalid_utf8);
  s.expect_nothing_sent();
  s.expect_at(stage::open);
  EXPECT_EQ(s.machine().state(), ready_state::open);
}

TEST(ConnectionCalls, server_may_send_the_codes_a_server_has_reason_for_and_a_client_may_not) {
  for (std::uint16_t code : {1001, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014}) {
    auto server = script::open(role::server);
    EXPECT_TRUE(server.closes(code));
    server.expect_sent(closing(code));
    auto client = script::open(role::client);
    EXPECT_EQ(client.refused_close(code), error::bad_close_code);
  }
}

TEST_P(ConnectionCalls, end_does_nothing_when_closed_a_second_time_in_any_state) {
  for (stage where : after_open) {
    SCOPED_TRACE(name(where));
    auto s = script::open(side());
    bring_to(s, where);
    EXPECT_FALSE(s.closes(4000, "again"));
    // Not even a wrong argument is an error then.
    EXPECT_FALSE(s.closes(std::uint16_t{1006}));
    s.expect_nothing_sent();
    s.expect_at(where);
  }
}

TEST_P(ConnectionCalls, end_is_not_open_for_messages_and_pings_once_the_closing_has_begun) {
  for (stage where : after_open) {
    SCOPED_TRACE(name(where));
    auto s = script::open(side());
    bring_to(s, where);
    const auto buffered = s.machine().buffered_amount();
    EXPECT_EQ(s.sends("late"), error::not_open);
    EXPECT_EQ(s.machine().ping({}, s.now()), error::not_open);
    EXPECT_TRUE(where == stage::replying || s.sends_last_word("late") == error::not_open);
    EXPECT_EQ(s.machine().buffered_amount(), buffered);
    s.expect_nothing_sent();
  }
}

TEST_P(ConnectionCalls, end_is_not_open_while_connecting) {
  script s(side());
  EXPECT_EQ(s.sends("early"), error::not_open);
  EXPECT_EQ(s.sends_last_word("early"), error::not_open);
  EXPECT_EQ(s.machine().ping({}, s.now()), error::not_open);
  EXPECT_FALSE(s.machine().has_output());
}

TEST_P(ConnectionCalls, end_may_be_terminated_in_every_state) {
  for (stage where : after_open) {
    SCOPED_TRACE(name(where));
    auto s = script::open(side());
    bring_to(s, where);
    s.terminates();
    s.expect_at(stage::closed);
    s.terminates();
    s.transport_takes(one_end::unlimited);
    s.expect_nothing_sent();  // the transport is destroyed at once
  }
  script connecting(side());
  connecting.terminates();
  connecting.expect_ended({false, 1006, initiator::local, cause::terminated, phase::opening});
}

TEST_P(ConnectionCalls, end_that_is_closed_changes_no_more_whatever_is_called) {
  auto s  = script::open(side());
  s.takes = 3;
  s.sends("never leaves");
  s.closes(4000);
  s.terminates();
  const ending before = s.how();
  s.takes             = one_end::unlimited;
  s.peer_sends({text("x"), closing(1000)});
  s.peer_ends_stream();
  s.peer_resets();
  s.throws();
  s.leaves();
  s.finishes_reply();
  s.machine().hurry(s.now());
  s.passes(1h);
  EXPECT_EQ(s.how().received, before.received);
  EXPECT_EQ(s.how().unsent_messages, 1u);
  EXPECT_EQ(s.how().unsent_bytes, before.unsent_bytes);
  EXPECT_TRUE(s.messages.empty());
  s.expect_ended({false, 1006, initiator::local, cause::terminated, phase::flushing});
}

TEST_P(ConnectionCalls, end_that_is_closed_takes_no_bytes_for_sent_any_more) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends("message");
  s.closes();
  s.terminates();
  const std::uint64_t frames = 2 + 7 + 2 + 2 + (side() == role::client ? 8 : 0);
  s.machine().consumed(frames, s.now());
  EXPECT_FALSE(s.how().sent);
  EXPECT_EQ(s.how().unsent_messages, 1u);
  EXPECT_EQ(s.machine().buffered_amount(), 7u);
}

TEST_P(ConnectionCalls, end_that_is_dropped_closes_with_1001_whichever_its_role) {
  auto s = script::open(side());
  s.leaves();
  s.expect_sent(closing(1001));
  s.peer_sends(closing(1001));
  s.expect_ends_tcp_by_role();
}

TEST_P(ConnectionCalls, end_that_is_dropped_while_connecting_abandons) {
  script s(side());
  s.machine().entering(phase::tls);
  s.leaves();
  s.expect_ended({false, 1006, initiator::local, cause::abandoned, phase::tls});
}

TEST_P(ConnectionCalls, end_goes_from_connecting_to_open_to_closing_to_closed) {
  script s(side());
  EXPECT_EQ(s.machine().state(), ready_state::connecting);
  EXPECT_FALSE(s.machine().was_open());
  s.opens();
  EXPECT_EQ(s.machine().state(), ready_state::open);
  EXPECT_TRUE(s.machine().was_open());
  bool began = false;
  EXPECT_EQ(s.machine().close(1000, "", s.now(), began), error::none);
  EXPECT_EQ(s.machine().state(), ready_state::closing);  // inside the call
  s.settle();
  s.peer_sends(closing(1000));
  EXPECT_EQ(s.machine().state(), ready_state::closing);
  s.peer_ends_stream();
  EXPECT_EQ(s.machine().state(), ready_state::closed);
}

TEST_P(ConnectionCalls, end_is_closing_when_the_peers_close_arrives) {
  auto s     = script::open(side());
  s.on_event = [&](const event& e) {
    EXPECT_EQ(e.what, event::kind::closing);
    EXPECT_EQ(s.machine().state(), ready_state::closing);
  };
  s.peer_sends(closing(1000));
  EXPECT_EQ(s.closings, 1);
}

TEST_P(ConnectionCalls, end_may_be_closed_from_every_event) {
  auto s     = script::open(side());
  s.on_event = [&](const event&) {
    bool began = false;
    EXPECT_EQ(s.machine().close(1000, "", s.now(), began), error::none);
  };
  s.peer_sends({text("one"), text("two"), pong(), closing(1000)});
  s.expect_messages({"one", "two"});
  s.expect_sent(closing(1000));
  EXPECT_EQ(s.how().initiator, initiator::both);  // the peer's was read before ours had left
}

TEST_P(ConnectionCalls, end_terminated_from_an_event_is_told_nothing_more) {
  auto s     = script::open(side());
  s.on_event = [&](const event&) { s.machine().terminate(s.now()); };
  s.peer_sends({text("one"), text("two"), closing(1000)});
  s.expect_messages({"one"});
  s.expect_ended({false, 1006, initiator::local, cause::terminated, phase::open});
}

TEST_P(ConnectionCalls, end_without_output_or_kept_input_does_nothing_of_its_own_accord) {
  auto s = script::open(side());
  piece pieces[1];
  EXPECT_EQ(s.machine().output(pieces), 0u);
  s.machine().output_blocked(s.now(), 3);
  s.machine().consumed(0, s.now());
  s.machine().replay_input();
  EXPECT_FALSE(s.machine().has_output());
  EXPECT_FALSE(s.machine().has_much_queued());
  EXPECT_EQ(s.machine().at(), stage::open);
}

TEST_P(ConnectionCalls, end_that_is_closed_is_told_nothing_by_output_that_still_leaves) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends("lost");
  s.peer_resets();
  const ending before = s.how();
  s.machine().consumed(2, s.now());
  s.machine().consumed(0, s.now());
  EXPECT_EQ(s.how().unsent_bytes, before.unsent_bytes);
  EXPECT_EQ(s.machine().at(), stage::closed);
}

TEST_P(ConnectionCalls, end_that_is_connecting_wants_input) {
  virtual_time clock;
  one_end s(side(), clock);
  EXPECT_TRUE(s.machine().wants_input());
  s.machine().hurry(s.now() + std::chrono::seconds(1));
  EXPECT_TRUE(s.machine().wants_input());
}

TEST(EndingRecord, end_is_clean_only_with_both_closes_and_no_broken_rule) {
  for (unsigned which = 0; which < 8; ++which) {
    ending_record r;
    if (which & 1) r.how.sent = close_frame{1000, ""};
    if (which & 2) r.how.received = close_frame{1001, "bye"};
    r.violated = (which & 4) != 0;
    r.conclude(time(std::chrono::hours(1)), time(std::chrono::hours(2)));
    EXPECT_EQ(r.how.was_clean, which == 3);
    EXPECT_EQ(r.how.code, (which & 2) ? 1001 : 1006);
    EXPECT_EQ(r.how.cause, which == 3 ? cause::completed : ending().cause);
  }
}

// --- what is refused is counted ---

TEST_P(ConnectionCalls, end_counts_every_message_that_it_refuses) {
  auto s = script(side(), {.max_buffered = 4, .on_overflow = overflow::refuse});
  EXPECT_EQ(s.sends("early"), error::not_open);
  s.opens();
  EXPECT_EQ(s.sends("\xff"), error::invalid_utf8);
  s.takes = 0;
  EXPECT_EQ(s.sends("full"), error::none);
  EXPECT_EQ(s.sends("refused"), error::send_queue_full);
  s.machine().count_rejected(100, s.now());  // by the layer above
  s.expect_at(stage::open);
  s.takes = one_end::unlimited;
  s.closes();
  EXPECT_EQ(s.sends("late"), error::not_open);
  s.peer_sends(closing(1000));
  s.peer_ends_stream();
  EXPECT_EQ(s.sends("too late"), error::not_open);
  EXPECT_EQ(s.how().rejected_messages, 6u);
  EXPECT_EQ(s.how().rejected_bytes, 5u + 1 + 7 + 100 + 4 + 8);
  EXPECT_EQ(s.how().unsent_messages, 0u);
}

TEST_P(ConnectionCalls, end_counts_last_words_that_it_refuses) {
  auto s        = script::open(side());
  s.holds_reply = true;
  EXPECT_EQ(s.sends_last_word("not yet"), error::not_open);
  s.peer_sends(closing(1000));
  EXPECT_EQ(s.sends("not this way"), error::not_open);
  EXPECT_EQ(s.sends_last_word("last"), error::none);
  s.finishes_reply();
  EXPECT_EQ(s.how().rejected_messages, 2u);
}

TEST_P(ConnectionCalls, end_tells_what_a_handler_threw_in_its_note_and_not_to_the_peer) {
  auto s = script::open(side());
  s.machine().fail_handler(s.now(), "the database is gone");
  s.settle();
  s.expect_sent(closing(1011));
  EXPECT_EQ(s.how().note, "the database is gone");
}

}  // namespace
}  // namespace adieu::inline v1::protocol
