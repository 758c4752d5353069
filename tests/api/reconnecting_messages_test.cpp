// Messages of a client that comes back: what it may send when, what of it never left, and receiving
// across connections.
#include "virtual_world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

namespace adieu::tests {
namespace {

using lines = std::vector<std::string>;

class reconnecting_messages : public reconnecting_test {
 protected:
  error_code send(std::string_view text) {
    const error_code ec = client->send(text);
    return ec;
  }
  lines unsent() {
    lines texts;
    for (const message& m : client->take_unsent()) texts.emplace_back(m.text());
    return texts;
  }
  ending vanished_with(std::uint64_t messages, std::uint64_t bytes) {
    ending how          = vanished();
    how.unsent_messages = messages;
    how.unsent_bytes    = bytes;
    return how;
  }
};

TEST_F(reconnecting_messages, without_a_queue_nothing_is_taken_while_there_is_no_connection) {
  begin();
  EXPECT_EQ(send("x"), error::not_open);
  next_open();
  EXPECT_EQ(send("x"), error_code());
  EXPECT_EQ(world.live->sent, (lines{"x"}));
  world.live->end(vanished());
  settle();
  EXPECT_EQ(send("x"), error::not_open);
  EXPECT_EQ(client->send("x"), error::not_open);
}

TEST_F(reconnecting_messages, what_is_refused_without_a_connection_is_told_in_the_next_event) {
  begin();
  settle();
  EXPECT_EQ(send("x"), error::not_open);
  next_open();
  EXPECT_EQ(send("a"), error_code());
  world.live->end(vanished());
  settle();
  EXPECT_EQ(last_event.rejected_messages, 1u);
  EXPECT_EQ(last_event.rejected_bytes, 1u);
  EXPECT_EQ(send("more"), error::not_open);
  EXPECT_EQ(send("and more"), error::not_open);
  EXPECT_EQ(client->send("\xff"), error::not_open);
  client->close();
  settle();
  EXPECT_EQ(last_event.rejected_messages, 3u) << "those alone that came since";
  EXPECT_EQ(last_event.rejected_bytes, 4u + 8 + 1);
}

TEST_F(reconnecting_messages, flush_is_handed_on_to_the_connection) {
  begin();
  client->flush();
  auto& link = next_open();
  client->flush();
  EXPECT_EQ(link.flushes, 1);
}

TEST_F(reconnecting_messages, what_never_left_is_handed_back) {
  lines in_on_down;
  begin({}, {.on_down = [&](reconnecting_websocket&, const close_event&, const decision&) {
          in_on_down = unsent();
        }});
  next_open();
  for (const char* text : {"one", "two", "three", "four"}) send(text);
  world.live->end(vanished_with(2, 6));  // a part of "three" had left
  settle();
  EXPECT_EQ(in_on_down, (lines{"three", "four"}));
  EXPECT_TRUE(unsent().empty());
}

TEST_F(reconnecting_messages, what_never_left_may_be_taken_until_the_next_on_open_has_returned) {
  std::vector<lines> in_on_open;
  begin({}, {.on_open = [&](reconnecting_websocket& c) {
          in_on_open.push_back(unsent());
          for (const std::string& text : in_on_open.back()) c.send(text);
        }});
  next_open();
  send("one");
  world.live->end(vanished_with(1, 3));
  settle();
  next_attempt().end(failed(cause::unreachable, phase::connecting));
  settle();
  virtual_link& link = next_open();
  EXPECT_EQ(in_on_open, (std::vector<lines>{{}, {"one"}}));
  EXPECT_EQ(link.sent, (lines{"one"}));
}

TEST_F(reconnecting_messages, without_a_queue_what_is_not_taken_is_forgotten) {
  begin();
  next_open();
  send("one");
  world.live->end(vanished_with(1, 3));
  settle();
  EXPECT_TRUE(next_open().sent.empty());
  EXPECT_TRUE(unsent().empty());
}

TEST_F(reconnecting_messages, what_never_left_is_there_after_the_end_too) {
  begin();
  next_open();
  send("one");
  send("two");
  ending how          = completed(1008, initiator::remote);
  how.unsent_messages = 1;
  how.unsent_bytes    = 3;
  world.live->end(how);
  settle();
  EXPECT_EQ(log.back(), "close completed");
  EXPECT_EQ(unsent(), (lines{"two"}));
}

TEST_F(reconnecting_messages, last_words_are_not_taken_for_messages_that_can_be_sent_again) {
  begin();
  next_open();
  send("one");
  send("two");
  world.live->peer_closes();
  settle();
  world.live->words   = 3;
  ending how          = completed(1001, initiator::remote);
  how.was_clean       = false;
  how.unsent_messages = 4;
  how.unsent_bytes    = 30;
  world.live->end(how);
  settle();
  EXPECT_EQ(unsent(), (lines{"two"}));
}

TEST_F(reconnecting_messages, a_message_that_has_left_is_not_kept) {
  begin();
  virtual_link& link = next_open();
  for (int i = 0; i < 100; ++i) {
    send("x");
    link.in_queue = 0;
    settle();
  }
  send("last");
  link.end(vanished_with(5, 5));  // more than there are
  settle();
  EXPECT_EQ(unsent(), (lines{"last"}));
}

// --- with a queue ---

TEST_F(reconnecting_messages, the_queue_leaves_once_on_open_has_returned) {
  begin({.max_queued_messages = 10}, {.on_open = [](reconnecting_websocket& c) {
          c.send("login");
          EXPECT_EQ(c.buffered_amount(), 1u + 6u);
        }});
  EXPECT_EQ(send("one"), error_code());
  EXPECT_EQ(send("two"), error_code());
  virtual_link& link = next_open();
  EXPECT_EQ(link.sent, (lines{"login", "one", "two"}));
  send("three");
  EXPECT_EQ(link.sent.back(), "three");
}

TEST_F(reconnecting_messages, the_queue_is_bounded_and_refuses_what_it_cannot_take) {
  begin({.max_queued_messages = 3, .max_queued_bytes = 10});
  EXPECT_EQ(send("\xff"), error::invalid_utf8);
  EXPECT_EQ(send("12345"), error_code());
  EXPECT_EQ(send("123456"), error::send_queue_full);
  EXPECT_EQ(send("12345"), error_code());
  EXPECT_EQ(send(""), error_code());
  EXPECT_EQ(send(""), error::send_queue_full);
  EXPECT_EQ(unsent(), (lines{"12345", "12345", ""}));
  EXPECT_EQ(client->buffered_amount(), 0u);
}

TEST_F(reconnecting_messages, what_a_lost_connection_never_sent_goes_before_what_was_queued_since) {
  begin({.max_queued_messages = 10});
  next_open();
  send("one");
  send("two");
  world.live->end(vanished_with(1, 3));
  settle();
  send("three");
  EXPECT_EQ(next_open().sent, (lines{"two", "three"}));
}

TEST_F(reconnecting_messages, a_connection_lost_before_the_queue_has_left_loses_nothing) {
  begin({.max_queued_messages = 100});
  for (int i = 0; i < 10; ++i) send(std::to_string(i));
  std::vector<std::string> left;
  for (int i = 0; i < 5; ++i) {
    virtual_link& link = next_attempt();
    link.takes         = 4;
    link.open();
    settle();
    // Two leave, two do not.
    left.insert(left.end(), link.sent.begin(), link.sent.begin() + 2);
    link.end(vanished_with(2, 2));
    settle();
  }
  EXPECT_EQ(left, (lines{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
}

// A connection counts what it refuses as lost, and what waits in the queue is not.
TEST_F(reconnecting_messages, the_queue_is_not_offered_to_a_connection_that_is_closing) {
  begin({.max_queued_messages = 10},
        {.on_open = [](reconnecting_websocket& c) { c.reconnect_now(); }});
  EXPECT_EQ(send("one"), error_code());
  virtual_link& link = next_attempt();
  link.answers_close = false;
  link.open();
  settle();
  EXPECT_EQ(link.refused, 0u);
  EXPECT_EQ(unsent(), (lines{"one"}));
}

TEST_F(reconnecting_messages, what_the_connection_cannot_take_yet_stays_in_order) {
  begin({.max_queued_messages = 100});
  for (int i = 0; i < 6; ++i) send(std::to_string(i));
  virtual_link& link = next_attempt();
  link.takes         = 2;
  link.open();
  settle();
  EXPECT_EQ(send("6"), error_code());  // behind those that wait
  link.takes = 5;
  link.drain();
  settle();
  EXPECT_EQ(count("drain"), 0);  // not everything has left
  link.takes = 100;
  link.drain();
  settle();
  EXPECT_EQ(link.sent, (lines{"0", "1", "2", "3", "4", "5", "6"}));
  EXPECT_EQ(count("drain"), 1);
}

TEST_F(reconnecting_messages, the_message_that_was_too_big_for_the_peer_is_never_sent_again) {
  for (const bool taken : {false, true}) {
    begin({.policy = reconnect_policy().on(1009, action::back_off), .max_queued_messages = 10});
    next_open();
    for (const char* text : {"small", "much too big", "after it"}) send(text);
    ending how          = completed(1009, initiator::remote);
    how.unsent_messages = 2;
    how.unsent_bytes    = 15;
    world.live->end(how);
    settle();
    if (taken) {
      EXPECT_EQ(unsent(), (lines{"much too big", "after it"}));
      EXPECT_TRUE(next_open().sent.empty());
    } else {
      EXPECT_EQ(next_open().sent, (lines{"after it"}));
    }
    client.reset();
    settle();
  }
}

TEST_F(reconnecting_messages, nothing_is_taken_once_it_has_been_closed) {
  begin({.max_queued_messages = 10});
  next_open();
  world.live->answers_close = false;
  client->close();
  EXPECT_EQ(send("x"), error::not_open);
  client->terminate();
  settle();
  EXPECT_EQ(send("x"), error::not_open);
}

// --- receiving ---

TEST_F(reconnecting_messages, async_receive_lives_across_connections_and_ends_with_the_client) {
  begin();
  lines got;
  std::function<void()> receive = [&] {
    client->async_receive([&](error_code ec, std::optional<message> m) {
      EXPECT_FALSE(ec);
      got.push_back(m ? std::string(m->text()) : "(end)");
      if (m) receive();
    });
  };
  receive();
  client->async_receive(
      [&](error_code ec, std::optional<message>) { EXPECT_EQ(ec, error::already_receiving); });
  next_open().say("one");
  world.live->say("two");
  settle();
  world.live->end(vanished());
  settle();
  next_open().say("three");
  settle();
  client->close();
  settle();
  EXPECT_EQ(got, (lines{"one", "two", "three", "(end)"}));
  receive();
  settle();
  EXPECT_EQ(got.size(), 5u);
}

TEST_F(reconnecting_messages, what_waits_is_given_first_and_holds_the_peer_back) {
  begin({.websocket = {.connection = {.max_unread = 6}}});
  next_open().say("123");
  settle();
  EXPECT_FALSE(world.live->is_held);
  world.live->say("456");
  settle();
  EXPECT_TRUE(world.live->is_held);
  world.live->end(vanished());
  settle();
  EXPECT_TRUE(next_open().is_held);  // the next one too
  lines got;
  const auto receive = [&] {
    client->async_receive([&](error_code, std::optional<message> m) {
      got.push_back(m ? std::string(m->text()) : "(end)");
    });
    settle();
  };
  receive();
  EXPECT_FALSE(world.live->is_held);
  client->close();
  settle();
  receive();
  receive();
  EXPECT_EQ(got, (lines{"123", "456", "(end)"}));
}

TEST_F(reconnecting_messages, pausing_to_read_holds_for_later_connections_too) {
  begin();
  next_open();
  client->pause_reading();
  EXPECT_TRUE(world.live->is_held);
  world.live->end(vanished());
  settle();
  EXPECT_TRUE(next_open().is_held);
  client->resume_reading();
  EXPECT_FALSE(world.live->is_held);
}

TEST_F(reconnecting_messages, cancelling_or_destroying_ends_the_waiting) {
  begin();
  boost::asio::cancellation_signal signal;
  int aborted      = 0;
  const auto count = [&](error_code ec, std::optional<message>) {
    aborted += ec == boost::asio::error::operation_aborted;
  };
  client->async_receive(boost::asio::bind_cancellation_slot(signal.slot(), count));
  signal.emit(boost::asio::cancellation_type::total);
  settle();
  EXPECT_EQ(aborted, 1);
  client->async_receive(count);
  client.reset();
  settle();
  EXPECT_EQ(aborted, 2);
}

}  // namespace
}  // namespace adieu::tests
