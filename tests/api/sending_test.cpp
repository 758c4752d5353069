// What send() refuses is counted, what waits for its turn is sent in order, and what the kernel
// takes does not count as queued.
#include "ledger.hpp"

#include "raw_peer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>

#include <algorithm>

namespace adieu::tests {
namespace {

using outcome = receive_result::outcome;

class sending : public connection_test {
 protected:
  // A server whose peer reads nothing, with a queue that is full.
  static connection_options small_queue(overflow when_full) {
    return {.max_buffered = 100'000,
            .low_water    = 50'000,
            .on_overflow  = when_full,
            .deflate      = {.enabled = false}};
  }
  /// Until the kernel takes no more either: the last one is refused.
  static int fill(websocket& ws, std::size_t size = 10'000, char with = 'x') {
    int accepted = 0;
    while (!ws.send(std::string(size, with))) ++accepted;
    return accepted;
  }
};

TEST_F(sending, many_small_messages_in_one_turn_close_nobody_who_reads) {
  serve({.connection = {.max_buffered = 1000, .low_water = 500}}, {.on_open = [](websocket& ws) {
          for (int i = 0; i < 5000; ++i) EXPECT_FALSE(ws.send(std::string(50, 'x'))) << i;
        }});
  auto ws = client("client");
  run_until([&] { return lives("client").messages.size() == 5000; });
  ws->close();
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(lives("server 1").event.rejected_messages, 0u);
  EXPECT_TRUE(lives("server 1").event.was_clean);
  stop_server();
  run();
}

TEST_F(sending, what_a_full_queue_refuses_is_counted_and_adds_up) {
  int accepted = 0, refused = 1;
  serve({.connection = small_queue(overflow::refuse)}, {.on_open = [&](websocket& ws) {
          accepted = fill(ws);
          for (int i = 0; i < 9; ++i) {
            const bool taken = !ws.send("more");  // the kernel may have room again
            accepted += taken;
            refused += !taken;
          }
        }});
  bool paused = false;
  auto ws     = client("client", {.on_open = [&](websocket& w) {
                     w.pause_reading();
                     paused = true;
                   }});
  run_until([&] { return accepted != 0 && paused; });
  ws->resume_reading();
  run_until([&] { return static_cast<int>(lives("client").messages.size()) == accepted; });
  ws->close();
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  const close_event& event = lives("server 1").event;
  EXPECT_EQ(event.rejected_messages, static_cast<std::uint64_t>(refused));
  EXPECT_EQ(event.rejected_bytes, 10'000u + static_cast<unsigned>(refused - 1) * 4);
  EXPECT_EQ(event.unsent_messages, 0u);
  EXPECT_EQ(event.unacknowledged_bytes, 0u);
  stop_server();
  run();
}

TEST_F(sending, through_a_ref_is_counted_when_it_comes_too_late) {
  serve();
  auto ws        = client("client");
  const auto ref = ws->ref();
  run_until([&] { return ws->state() == ready_state::open; });
  ws->close();
  for (int i = 0; i < 7; ++i) ref.send("too late");
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(lives("client").event.rejected_messages, 7u);
  EXPECT_EQ(lives("client").event.rejected_bytes, 56u);
  stop_server();
  run();
}

TEST_F(sending, while_the_rest_is_handed_out_is_counted) {
  int refused = 0;
  serve({}, {.on_open =
                 [](websocket& ws) {
                   ws.pause_reading();
                   ws.close();
                 },
             .on_message = [&](websocket& ws, message_view m) { refused += ws.send(m) ? 1 : 0; }});
  auto ws = client("client", {.on_open = [](websocket& w) {
                     for (int i = 0; i < 5; ++i) w.send("answer me");
                   }});
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(lives("server 1").messages.size(), 5u);
  EXPECT_EQ(refused, 5);
  EXPECT_EQ(lives("server 1").event.rejected_messages, 5u);
  EXPECT_EQ(lives("server 1").event.rejected_bytes, 45u);
  EXPECT_TRUE(lives("server 1").event.was_clean);
  stop_server();
  run();
}

TEST_F(sending, of_async_send_waits_its_turn_and_keeps_the_order) {
  serve({.connection = small_queue(overflow::close)});
  auto ws = client("client");
  run_until([&] { return server_->connections() == 1 && ws->state() == ready_state::open; });
  std::vector<int> done;
  server_->for_each([&](websocket& s) {
    // More than any kernel takes at once, so that most of them wait.
    for (int i = 1; i <= 20; ++i)
      s.async_send(std::string(2'000'000, static_cast<char>('a' + i)), [&done, i](error_code ec) {
        EXPECT_FALSE(ec) << i;
        done.push_back(i);
      });
    EXPECT_EQ(s.send("behind"), error::send_queue_full) << "those that wait came first";
    EXPECT_EQ(s.state(), ready_state::open) << "and that alone closes nothing";
  });
  run_until([&] { return done.size() == 20 && lives("client").messages.size() == 20; });
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  char last = 'a';
  for (const message& m : lives("client").messages) EXPECT_EQ(m.text()[0], ++last);
  ws->close();
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(lives("server 1").event.rejected_messages, 1u);
  stop_server();
  run();
}

TEST_F(sending, of_async_send_ends_with_not_open_once_it_is_closed) {
  serve({.connection = small_queue(overflow::close)});
  auto ws = client("client");
  run_until([&] { return server_->connections() == 1 && ws->state() == ready_state::open; });
  int refused = 0, sent = 0, cancelled = 0;
  asio::cancellation_signal give_up;
  server_->for_each([&](websocket& s) {
    for (int i = 0; i < 20; ++i)
      s.async_send(std::string(2'000'000, 'x'), [&](error_code ec) {
        refused += ec == error::not_open;
        sent += !ec;
      });
    s.async_send("is cancelled", asio::bind_cancellation_slot(give_up.slot(), [&](error_code ec) {
                   cancelled += ec == asio::error::operation_aborted;
                 }));
    give_up.emit(asio::cancellation_type::terminal);
    s.ref().async_send("comes too late", [&](error_code ec) { refused += ec == error::not_open; });
    s.close();
  });
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  run_until([&] { return refused + sent == 21 && cancelled == 1; });
  EXPECT_GT(refused, 5);
  EXPECT_EQ(lives("client").messages.size() + lives("server 1").event.rejected_messages, 21u)
      << "each was delivered or counted";
  stop_server();
  run();
}

TEST_F(sending, with_flush_leaves_before_the_turn_ends) {
  serve();
  auto ws = client("client");
  run_until([&] { return ws->state() == ready_state::open; });
  ws->send(std::string(1000, 'x'));
  EXPECT_EQ(ws->buffered_amount(), 1000u);
  ws->flush();
  EXPECT_EQ(ws->buffered_amount(), 0u);
  ws->close();
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(lives("server 1").messages.size(), 1u);
  ws->flush();  // harmless
  stop_server();
  run();
}

class receiving_within : public connection_test {
 protected:
  template <typename Then>
  static void receive(websocket& ws, std::chrono::milliseconds limit, Then then) {
    ws.async_receive_within(limit, [then](error_code ec, receive_result r) {
      EXPECT_FALSE(ec);
      then(std::move(r));
    });
  }
};

TEST_F(receiving_within, a_time_tells_a_message_a_time_out_and_the_end) {
  serve({}, {.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  websocket ws(*io, url());
  std::vector<std::string> seen;
  spawn([&]() -> asio::awaitable<void> {
    co_await ws.async_opened();
    auto none = co_await ws.async_receive_within(20ms);
    EXPECT_TRUE(none.timed_out());
    ws.send("one");
    auto one = co_await ws.async_receive_within(10s);
    EXPECT_TRUE(one) << "a message";
    EXPECT_EQ(one.received.text(), "one");
    auto at_once = co_await ws.async_receive_within(0ms);
    EXPECT_TRUE(at_once.timed_out());
    ws.close();
    auto end = co_await ws.async_receive_within(10s);
    EXPECT_TRUE(end.ended());
    seen.push_back("over");
  });
  run_until([&] { return seen.size() == 1; });
  stop_server();
  run();
}

TEST_F(receiving_within, a_time_loses_no_message_to_it) {
  constexpr int count = 2000;
  serve({}, {.on_open = [](websocket& ws) {
          for (int i = 0; i < count; ++i) ws.send(std::to_string(i));
          ws.close();
        }});
  websocket ws(*io, url());
  int next  = 0;
  bool over = false;
  spawn([&]() -> asio::awaitable<void> {
    co_await ws.async_opened();
    for (;;) {
      auto got = co_await ws.async_receive_within(1ms);
      if (got.ended()) break;
      if (!got) continue;
      EXPECT_EQ(got.received.text(), std::to_string(next));
      ++next;
    }
    over = true;
  });
  run_until([&] { return over; });
  EXPECT_EQ(next, count);
  stop_server();
  run();
}

TEST_F(receiving_within, a_time_is_one_receiving_and_may_be_cancelled) {
  serve();
  websocket ws(*io, url());
  run_until([&] { return ws.state() == ready_state::open; });
  error_code first, second;
  asio::cancellation_signal give_up;
  ws.async_receive_within(
      1h, asio::bind_cancellation_slot(give_up.slot(),
                                       [&](error_code ec, receive_result) { first = ec; }));
  ws.async_receive([&](error_code ec, std::optional<message>) { second = ec; });
  run_until([&] { return second == error::already_receiving; });
  give_up.emit(asio::cancellation_type::terminal);
  run_until([&] { return first == asio::error::operation_aborted; });
  ws.async_receive_within(1h, [&](error_code ec, receive_result r) {
    EXPECT_FALSE(ec);
    EXPECT_TRUE(r.ended());
    first = {};
  });
  ws.terminate();
  run_until([&] { return !first; });
  stop_server();
  run();
}

}  // namespace
}  // namespace adieu::tests
