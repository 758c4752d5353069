// The operations that wait: in order, one at a time, cancelled in every way without losing a
// message, and told of the end.
#include "ledger.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>

#include <future>

namespace adieu::tests {
namespace {

using asio::awaitable;
using namespace asio::experimental::awaitable_operators;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

class waits : public connection_test {
 protected:
  /// Sends "0", "1", … "n-1" to whoever connects.
  void serve_numbers(int n) {
    serve({}, {.on_open = [n](websocket& ws) {
            for (int i = 0; i < n; ++i) ws.send(std::to_string(i));
          }});
  }
  /// A client without on_message: "receiver 1", ….
  std::unique_ptr<websocket> receiver(websocket_options options = {}) {
    auto kept       = client_handlers("receiver " + std::to_string(++receivers_));
    kept.on_message = {};
    return std::make_unique<websocket>(*io, url(), std::move(options), std::move(kept));
  }

 private:
  int receivers_ = 0;
};

TEST_F(waits, async_receive_gives_what_came_in_order_and_then_nothing) {
  serve({}, {.on_open = [](websocket& ws) {
          for (int i = 0; i < 100; ++i) ws.send(std::to_string(i));
          ws.close(4000, "all");
        }});
  auto ws   = receiver();
  bool done = false;
  spawn([&]() -> awaitable<void> {
    co_await ws->async_opened();
    for (int i = 0; i < 100; ++i) {
      auto m = co_await ws->async_receive();
      EXPECT_TRUE(m);
      if (!m) break;
      EXPECT_EQ(m->text(), std::to_string(i));
    }
    EXPECT_FALSE(co_await ws->async_receive());
    const close_event event = co_await ws->async_closed();
    EXPECT_EQ(event.code, 4000);
    EXPECT_FALSE(co_await ws->async_receive());
    done = true;
  });
  run_until([&] { return done; });
  stop_server();
  run();
}

TEST_F(waits, what_came_before_the_end_is_received_after_it) {
  serve({}, {.on_open = [](websocket& ws) {
          ws.send("before");
          ws.close();
        }});
  auto ws = receiver();
  run_until([&] { return ws->closed() != nullptr; });
  std::string got;
  ws->async_receive(
      [&](error_code ec, std::optional<message> m) { got = !ec && m ? m->text() : "?"; });
  run_until([&] { return !got.empty(); });
  EXPECT_EQ(got, "before");
  stop_server();
  run();
}

TEST_F(waits, only_one_async_receive_at_a_time) {
  serve_numbers(1);
  auto ws = receiver();
  std::vector<std::string> told;
  const auto tell = [&](error_code ec, std::optional<message> m) {
    told.push_back(ec ? ec.message() : m ? std::string(m->text()) : "none");
  };
  ws->async_receive(tell);
  ws->async_receive([&](error_code ec, std::optional<message> m) {
    EXPECT_EQ(ec, error::already_receiving);
    EXPECT_FALSE(m);
    told.push_back("refused");
  });
  run_until([&] { return told.size() == 2; });
  EXPECT_EQ(told, (std::vector<std::string>{"refused", "0"}));
  ws->close();
  run_until([&] { return ws->closed() != nullptr; });
  stop_server();
  run();
}

TEST_F(waits, completions_never_run_inside_the_call) {
  serve_numbers(0);
  auto ws = receiver();
  run_until([&] { return ws->state() == ready_state::open; });
  bool inside        = true;
  int told           = 0;
  const auto outside = [&](auto&&...) {
    EXPECT_FALSE(inside);
    ++told;
  };
  ws->async_opened(outside);
  ws->async_send("x", outside);
  ws->async_ping(outside);
  ws->async_closed(outside);
  ws->async_close(close_code::abnormal, "", outside);
  ws->async_close(1000, "", outside);
  inside = false;
  run_until([&] { return told == 6; });
  stop_server();
  run();
}

TEST_F(waits, every_kind_of_cancellation_ends_the_waiting_and_never_the_connection) {
  serve({}, {.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  auto ws = receiver({.connection = {.low_water = 0}});
  run_until([&] { return ws->state() == ready_state::open; });
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    asio::cancellation_signal signals[4];
    int aborted        = 0;
    const auto counted = [&](int n) {
      return asio::bind_cancellation_slot(signals[n].slot(), [&](error_code ec, auto&&...) {
        aborted += ec == asio::error::operation_aborted;
      });
    };
    ws->async_receive(counted(0));
    ws->async_closed(counted(1));
    ws->async_ping(counted(2));
    ws->async_send(std::string(3'000'000, 'x'), counted(3));
    for (auto& s : signals) s.emit(type);
    run_until([&] { return aborted == 4; });
    EXPECT_EQ(ws->state(), ready_state::open);
    // The message was accepted all the same, and its echo is not lost.
    std::size_t size = 0;
    ws->async_receive([&](error_code, std::optional<message> m) { size = m ? m->size() : 1; });
    run_until([&] { return size != 0; });
    EXPECT_EQ(size, 3'000'000u);
    for (auto& s : signals) s.emit(type);
  }
  ws->close();
  run_until([&] { return ws->closed() != nullptr; });
  stop_server();
  run();
}

TEST_F(waits, a_cancelled_async_opened_leaves_the_opening_alone) {
  serve_numbers(0);
  auto ws = receiver();
  asio::cancellation_signal signal;
  error_code told;
  ws->async_opened(asio::bind_cancellation_slot(signal.slot(), [&](error_code ec) { told = ec; }));
  signal.emit(asio::cancellation_type::terminal);
  run_until([&] { return told && ws->state() == ready_state::open; });
  EXPECT_EQ(told, asio::error::operation_aborted);
  ws->close();
  run_until([&] { return ws->closed() != nullptr; });
  stop_server();
  run();
}

TEST_F(waits, a_receive_that_loses_a_race_with_a_timer_loses_no_message) {
  serve({}, {.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  auto ws   = receiver();
  bool done = false;
  spawn([&]() -> awaitable<void> {
    co_await ws->async_opened();
    asio::steady_timer timer(*io);
    int lost = 0;
    for (int i = 0; i < 3; ++i) {
      timer.expires_after(5ms);
      auto which = co_await (ws->async_receive(asio::use_awaitable) ||
                             timer.async_wait(asio::use_awaitable));
      lost += which.index() == 1;
    }
    EXPECT_EQ(lost, 3);
    ws->send("after all");
    auto m = co_await ws->async_receive();
    EXPECT_TRUE(m && m->text() == "after all");
    co_await ws->async_close();
    done = true;
  });
  run_until([&] { return done; });
  stop_server();
  run();
}

TEST_F(waits, destroying_the_websocket_aborts_all_that_waits) {
  serve_numbers(0);
  auto ws = receiver({.connection = {.low_water = 0}});
  run_until([&] { return ws->state() == ready_state::open && server_->connections() == 1; });
  run_until([n = 0]() mutable { return ++n > 10; });
  lives("server 1").silenced = lives("receiver 1").silenced = true;
  int aborted                                               = 0;
  const auto counted                                        = [&](error_code ec, auto&&...) {
    EXPECT_EQ(ec, asio::error::operation_aborted);
    ++aborted;
  };
  ws->async_receive(counted);
  ws->async_closed(counted);
  ws->async_ping(counted);
  ws->async_send(std::string(30'000'000, 'x'), counted);
  ws.reset();
  drop_server();
  run_until([&] { return aborted == 4; });
  run();
}

TEST_F(waits, an_io_context_destroyed_under_what_waits_frees_it) {
  serve_numbers(0);
  auto ws = receiver({.connection = {.low_water = 0}});
  run_until([&] { return ws->state() == ready_state::open && server_->connections() == 1; });
  auto alive = std::make_shared<int>();
  std::weak_ptr<int> watched(alive);
  {
    const auto never = [alive](auto&&...) { ADD_FAILURE() << "called"; };
    ws->async_receive(never);
    ws->async_closed(never);
    ws->async_ping(never);
    ws->async_send(std::string(30'000'000, 'x'), never);
    server_->async_shutdown({}, never);
  }
  alive.reset();
  lives("server 1").silenced = lives("receiver 1").silenced = true;
  io.reset();
  EXPECT_TRUE(watched.expired());
}

TEST_F(waits, async_opened_tells_the_system_error_or_the_cause) {
  error_code unreachable, refused, abandoned;
  websocket nobody(*io, "ws://127.0.0.1:1/");
  nobody.async_opened([&](error_code ec) { unreachable = ec; });
  serve({}, {.on_opening = [](const opening_request&, opening_reply r) { r.refuse(); }});
  auto no = receiver();
  no->async_opened([&](error_code ec) { refused = ec; });
  auto given_up = receiver();
  given_up->async_opened([&](error_code ec) { abandoned = ec; });
  given_up->close();
  run_until([&] { return unreachable && refused && abandoned; });
  EXPECT_EQ(unreachable, asio::error::connection_refused);
  EXPECT_EQ(refused, cause::refused);
  EXPECT_EQ(abandoned, cause::abandoned);
  stop_server();
  run();
}

TEST_F(waits, what_is_begun_between_closed_and_its_event_waits_for_the_event) {
  serve_numbers(0);
  auto ws = receiver();
  ws->terminate();
  EXPECT_EQ(ws->state(), ready_state::closed);
  EXPECT_EQ(ws->closed(), nullptr);
  error_code opened;
  std::optional<close_event> ended;
  ws->async_opened([&](error_code ec) { opened = ec; });
  ws->async_closed([&](error_code, close_event e) { ended = e; });
  run_until([&] { return opened && ended; });
  EXPECT_EQ(opened, cause::terminated);
  EXPECT_EQ(ended->cause, cause::terminated);
  stop_server();
  run();
}

TEST_F(waits, async_send_waits_for_room_and_on_drain_tells_the_same) {
  serve({}, {.on_open = [](websocket& ws) { ws.pause_reading(); }});
  int drained = 0;
  auto ws     = client("client", {.on_drain = [&](websocket&) { ++drained; }});
  run_until([&] { return ws->state() == ready_state::open && server_->connections() == 1; });
  int sent = 0;
  for (int i = 0; i < 4; ++i)
    ws->async_send(message(std::string(4'000'000, 'x')).uncompressed(),
                   [&](error_code ec) { sent += !ec; });
  run_until([n = 0]() mutable { return ++n > 20; });
  EXPECT_EQ(sent, 0);
  EXPECT_EQ(drained, 0);
  EXPECT_GT(ws->buffered_amount(), 1u << 20);
  server_->for_each([](websocket& s) { s.resume_reading(); });
  run_until([&] { return sent == 4; });
  EXPECT_EQ(drained, 1);
  EXPECT_LE(ws->buffered_amount(), 1u << 20);
  ws->close();
  run_until([&] { return ws->closed() != nullptr; });
  stop_server();
  run();
}

TEST_F(waits, on_drain_follows_a_refusal_where_low_water_is_max_buffered) {
  serve({}, {.on_open = [](websocket& ws) { ws.pause_reading(); }});
  int drained = 0;
  auto ws     = client("client", {.on_drain = [&](websocket&) { ++drained; }},
                       {.connection = {.max_buffered = 100,
                                       .low_water    = 100,
                                       .on_overflow  = overflow::refuse,
                                       .deflate      = {.enabled = false}}});
  run_until([&] { return ws->state() == ready_state::open && server_->connections() == 1; });
  while (!ws->send(std::string(1 << 20, 'x'))) {  // until the kernel takes no more either
  }
  EXPECT_EQ(drained, 0);
  server_->for_each([](websocket& s) { s.resume_reading(); });
  run_until([&] { return drained == 1; }, 5s);
  EXPECT_EQ(drained, 1);
  ws->close();
  stop_server();
  run();
}

TEST_F(waits, reading_pauses_at_max_unread_and_goes_on) {
  serve({.connection = {.max_buffered = 0}}, {.on_open = [](websocket& ws) {
          const std::string much(100'000, 'x');
          for (int i = 0; i < 200; ++i) ws.send(message_view(much).uncompressed());
        }});
  auto ws = receiver({.connection = {.max_unread = 250'000}});
  run_until([&] { return ws->state() == ready_state::open && server_->connections() == 1; });
  io->run_for(500ms);
  std::uint64_t left = 0;
  server_->for_each([&](websocket& s) { left = s.buffered_amount(); });
  EXPECT_GT(left, 0u) << "all 20 MB were taken";
  int got = 0;
  spawn([&]() -> awaitable<void> {
    while (got < 200) {  // g++ 12 evaluates a co_await behind && in any case
      const std::optional<message> m = co_await ws->async_receive();
      if (!m) break;
      ++got;
    }
    co_await ws->async_close();
  });
  run_until([&] { return ws->closed() != nullptr; });
  EXPECT_EQ(got, 200);
  stop_server();
  run();
}

TEST_F(waits, paused_reading_holds_messages_back_and_resuming_gives_them_in_order) {
  serve_numbers(500);
  auto ws = client("client", {.on_open = [](websocket& w) { w.pause_reading(); },
                              .on_message =
                                  [&](websocket& w, message_view m) {
                                    if (m.text() == "250") w.pause_reading();
                                    if (m.text() == "499") w.close();
                                  }});
  run_until([&, n = 0]() mutable { return ws->state() == ready_state::open && ++n > 50; });
  EXPECT_EQ(lives("client").messages.size(), 0u);
  ws->resume_reading();
  run_until([&, n = 0]() mutable { return lives("client").messages.size() == 251 && ++n > 50; });
  EXPECT_EQ(lives("client").messages.size(), 251u);
  ws->resume_reading();
  run_until([&] { return ws->closed() != nullptr; });
  for (std::size_t i = 0; i < 500; ++i)
    EXPECT_EQ(lives("client").messages[i].text(), std::to_string(i));
  stop_server();
  run();
}

TEST_F(waits, completion_handlers_run_on_their_own_executor) {
  serve_numbers(0);
  auto ws     = receiver();
  auto strand = asio::make_strand(*io);
  bool told   = false;
  ws->async_opened(asio::bind_executor(strand, [&](error_code) {
    EXPECT_TRUE(strand.running_in_this_thread());
    told = true;
  }));
  run_until([&] { return told; });
  std::future<close_event> event = ws->async_close(1000, "", asio::use_future);
  run_until([&] { return event.wait_for(0s) == std::future_status::ready; });
  EXPECT_TRUE(event.get().was_clean);
  stop_server();
  run();
}

}  // namespace
}  // namespace adieu::tests
