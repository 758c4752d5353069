// The closing handshake, rule by rule, and the messages that cross it. [docs/closing.md 4, 5]
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

class ClosingHandshake : public either_end {};
INSTANTIATE_TEST_SUITE_P(ends, ClosingHandshake, ::testing::ValuesIn(both_roles), name_of_role);

TEST(ClosingHandshake, server_answers_a_close_and_ends_the_stream_first) {
  auto server = script::open(role::server);
  server.peer_sends(closing(1000, "done"));
  server.expect_sent(closing(1000));
  server.expect_at(stage::ending);
  server.expect_fate(stream_fate::end_our_side);
  server.peer_ends_stream();
  server.expect_fate(stream_fate::release);
  server.expect_ended({true, 1000, initiator::remote, cause::completed, phase::ending});
}

TEST(ClosingHandshake, client_answers_a_close_and_waits_for_the_server_to_end_the_stream) {
  auto client = script::open(role::client);
  client.peer_sends(closing(1000, "done"));
  client.expect_sent(closing(1000));
  client.expect_at(stage::ending);
  client.expect_fate(stream_fate::await_its_end);
  EXPECT_TRUE(client.machine().wants_input());
  client.peer_ends_stream();
  client.expect_fate(stream_fate::release);
}

TEST_P(ClosingHandshake, end_keeps_the_stream_until_both_closes_are_done) {
  auto s = script::open(side());
  s.expect_fate(stream_fate::keep);
  s.closes();
  s.expect_fate(stream_fate::keep);
  s.peer_sends(closing(1000));
  s.expect_ends_tcp_by_role();
}

TEST_P(ClosingHandshake, end_puts_its_close_behind_every_message_accepted) {
  auto s  = script::open(side(), {.max_buffered = 6, .on_overflow = overflow::refuse});
  s.takes = 4;  // the first message is partly written
  s.sends("first");
  s.sends("second");  // over the limit from here on
  EXPECT_EQ(s.sends("third"), error::send_queue_full);
  EXPECT_TRUE(s.closes());  // limits are for messages
  s.transport_takes(one_end::unlimited);
  s.expect_sent({text("first"), text("second"), closing(1000)});
}

TEST_P(ClosingHandshake, end_answers_no_ping_once_it_has_closed) {
  auto s  = script::open(side());
  s.takes = 0;
  s.closes();
  s.peer_sends(ping("while it is queued"));
  s.transport_takes(one_end::unlimited);
  s.peer_sends(ping("after it has left"));
  s.expect_sent(closing(1000));
  s.expect_at(stage::awaiting_close);
}

TEST_P(ClosingHandshake, end_drops_the_waiting_pong_when_it_closes) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends("blocks");
  s.peer_sends(ping("waits"));
  s.closes();
  s.transport_takes(one_end::unlimited);
  s.expect_sent({text("blocks"), closing(1000)});
}

TEST_P(ClosingHandshake, end_lets_the_application_have_the_last_word) {
  auto s        = script::open(side());
  s.holds_reply = true;
  s.peer_sends(closing(4001, "why"));
  EXPECT_EQ(s.closings, 1);
  EXPECT_EQ(s.how().received, (close_frame{4001, "why"}));
  s.expect_at(stage::replying);
  EXPECT_FALSE(s.closes());
  EXPECT_EQ(s.sends_last_word("last"), error::none);
  EXPECT_EQ(s.sends_last_word("words"), error::none);
  s.expect_sent({text("last"), text("words")});
  s.finishes_reply();
  s.expect_sent(closing(4001));  // the code is echoed, the reason is not
  EXPECT_EQ(s.sends_last_word("too late"), error::not_open);
}

TEST_P(ClosingHandshake, end_echoes_every_code_that_may_be_received) {
  for (unsigned code = 1000; code < 5000; ++code) {
    if (!may_receive(static_cast<std::uint16_t>(code))) continue;
    auto s = script::open(side());
    s.peer_sends(closing(code));
    s.expect_sent(closing(code));
  }
}

TEST_P(ClosingHandshake, end_whose_closing_handler_threw_answers_with_1011_instead_of_the_echo) {
  auto s        = script::open(side());
  s.holds_reply = true;
  s.peer_sends(closing(1000));
  s.throws();
  s.expect_sent(closing(1011));
  s.peer_ends_stream();
  s.expect_ended({true, 1000, initiator::remote, cause::handler_failed, phase::flushing});
}

TEST_P(ClosingHandshake, end_takes_a_crossing_close_as_the_answer_whatever_its_code) {
  auto s = script::open(side());
  s.closes(4000);
  s.peer_sends(closing(1001));
  s.expect_sent(closing(4000));  // and no answer to theirs
  s.expect_ends_tcp_by_role();
  EXPECT_EQ(s.closings, 0);
}

TEST_P(ClosingHandshake, end_discards_all_that_follows_the_peers_close) {
  auto s = script::open(side());
  s.peer_sends({text("before"), closing(4001, "first"), closing(4002), text("after"), ping()});
  s.expect_messages({"before"});
  s.expect_sent(closing(4001));
  s.peer_sends({closing(4003), frame{3, "not even wrong"}});
  s.peer_ends_stream();
  s.expect_ended({true, 4001, initiator::remote, cause::completed, phase::ending});
  EXPECT_EQ(s.how().reason, "first");
}

TEST_P(ClosingHandshake, end_discards_one_mebibyte_then_stops_reading_but_keeps_the_stream) {
  auto s = script::open(side());
  s.peer_sends(closing(1000));
  const std::string chunk(64 * 1024, 'x');
  for (int i = 0; i < 16; ++i) {
    EXPECT_TRUE(s.machine().wants_input());
    s.peer_sends_bytes(chunk);
  }
  EXPECT_FALSE(s.machine().wants_input());
  s.expect_ends_tcp_by_role();
  s.expect_deadline_in(2s);
  s.expect_ended({true, 1000, initiator::remote, cause::completed, phase::ending});
}

TEST_P(ClosingHandshake, end_counts_what_came_behind_the_close_in_one_piece_as_discarded) {
  auto s = script::open(side());
  s.peer_sends_bytes(bytes_of(closing(1000), peer()) + std::string((1 << 20) - 1, 'x'));
  EXPECT_TRUE(s.machine().wants_input());
  s.peer_sends_bytes("x");
  EXPECT_FALSE(s.machine().wants_input());
}

TEST_P(ClosingHandshake, end_reads_the_peers_close_while_its_own_is_blocked) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends("unread");
  s.closes();
  s.peer_sends({text("late"), closing(1000)});
  s.expect_messages({"late"});
  s.expect_at(stage::answering);
}

TEST_P(ClosingHandshake, end_takes_a_close_inside_a_fragmented_message) {
  auto s = script::open(side());
  s.peer_sends({first_part("never "), closing(1000)});
  s.expect_messages({});
  s.expect_sent(closing(1000));
  s.peer_ends_stream();
  s.expect_ended({true, 1000, initiator::remote, cause::completed, phase::ending});
}

TEST_P(ClosingHandshake, end_delivers_messages_that_cross_its_close) {
  auto s = script::open(side());
  s.closes();
  s.peer_sends({text("one"), first_part("t"), last_part("wo")});
  s.peer_sends({binary("three"), closing(1000), text("four")});
  s.expect_messages({"one", "two", "three"});
  EXPECT_EQ(s.how().late_messages, 0u);
}

TEST_P(ClosingHandshake, end_counts_and_drops_late_messages_if_told_to) {
  auto s = script::open(side(), {.late_messages = late::discard});
  s.peer_sends(text("in time"));
  s.closes();
  s.peer_sends({text("one"), first_part("t"), last_part("wo"), first_part("un")});
  s.peer_sends({last_part("whole"), pong("p"), closing(1000)});
  s.expect_messages({"in time"});
  EXPECT_EQ(s.pongs, std::vector<std::string>{"p"});
  s.peer_ends_stream();
  EXPECT_EQ(s.how().late_messages, 3u);
  s.expect_ended({true, 1000, initiator::local, cause::completed, phase::ending});
}

TEST_P(ClosingHandshake, end_still_judges_the_late_messages_that_it_drops) {
  auto s = script::open(side(), {.late_messages = late::discard});
  s.closes();
  s.peer_sends(text("\xff"));
  s.peer_ends_stream();
  s.expect_ended({false, 1006, initiator::local, cause::invalid_text, phase::awaiting_close});
}

TEST_P(ClosingHandshake, end_counts_what_the_layer_above_dropped) {
  auto s = script::open(side());
  s.closes();
  s.machine().count_late_message();
  s.machine().count_late_message();
  s.peer_sends(closing(1000));
  s.peer_ends_stream();
  EXPECT_EQ(s.how().late_messages, 2u);
}

TEST_P(ClosingHandshake, end_whose_handler_throws_while_closing_sends_no_second_close) {
  auto s = script::open(side());
  s.closes(4000);
  s.throws();
  s.expect_sent(closing(4000));
  s.peer_sends(closing(4000));
  s.peer_ends_stream();
  s.expect_ended({true, 4000, initiator::local, cause::handler_failed, phase::awaiting_close});
}

TEST_P(ClosingHandshake, end_whose_last_words_overflow_refuses_them_and_still_answers) {
  auto s  = script::open(side(), {.max_buffered = 4, .on_overflow = overflow::close});
  s.takes = 0, s.holds_reply = true;
  s.peer_sends(closing(1000));
  EXPECT_EQ(s.sends_last_word("four"), error::none);
  EXPECT_EQ(s.sends_last_word("more"), error::send_queue_full);
  s.finishes_reply();
  s.transport_takes(one_end::unlimited);
  s.expect_sent({text("four"), closing(1000)});
}

}  // namespace
}  // namespace adieu::inline v1::protocol
