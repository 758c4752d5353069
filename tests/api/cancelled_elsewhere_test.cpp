// Sends through a ref that are cancelled where they were begun, which is not where the connection
// lives: the slot is only ever touched on that side. Meant for the thread sanitizer.
#include "ledger.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <atomic>
#include <thread>

namespace adieu::tests {
namespace {

using asio::awaitable;
using namespace asio::experimental::awaitable_operators;

class cancelled_elsewhere : public connection_test {
 protected:
  /// The ref of a server's connection whose queue is full: async_send() waits.
  websocket_ref full() {
    server_options options;
    options.connection.max_buffered         = 1000;
    options.connection.low_water            = 100;
    options.connection.on_overflow          = overflow::refuse;
    options.connection.deadlines.ping_after = 0s;
    std::optional<websocket_ref> ref;
    serve(std::move(options), {.on_open = [&](websocket& ws) {
            const std::string big(32'000'000, 'x');  // more than kernels hold
            EXPECT_FALSE(ws.send(message_view(big).uncompressed()));
            ref = ws.ref();
          }});
    client_ = client("client", {.on_open = [](websocket& ws) { ws.pause_reading(); }});
    run_until([&] { return ref && client_->state() == ready_state::open; });
    return *ref;
  }
  void end() {
    client_->terminate();
    run_until([&] { return lives("client").closed && lives("server 1").closed; });
    stop_server();
    run();
  }
  std::unique_ptr<websocket> client_;
};

TEST_F(cancelled_elsewhere, before_the_connection_knows_of_it) {
  const websocket_ref ref = full();
  asio::cancellation_signal stop;
  std::optional<error_code> told;
  ref.async_send("never sent",
                 asio::bind_cancellation_slot(stop.slot(), [&](error_code ec) { told = ec; }));
  stop.emit(asio::cancellation_type::all);
  EXPECT_FALSE(told);
  run_until([&] { return told.has_value(); });
  EXPECT_EQ(told, error_code(asio::error::operation_aborted));
  told.reset();
  stop.emit(asio::cancellation_type::all);
  end();
  EXPECT_FALSE(told);
  EXPECT_EQ(lives("server 1").event.rejected_messages, 0u);
}

TEST_F(cancelled_elsewhere, while_it_waits_and_is_told_on_its_own_executor) {
  const websocket_ref ref = full();
  asio::io_context other;
  asio::cancellation_signal stop;
  std::optional<error_code> told;
  ref.async_send("x", asio::bind_cancellation_slot(
                          stop.slot(), asio::bind_executor(other.get_executor(),
                                                           [&](error_code ec) { told = ec; })));
  run_until([n = 0]() mutable { return ++n > 5; });
  stop.emit(asio::cancellation_type::all);
  run_until([n = 0]() mutable { return ++n > 5; });
  EXPECT_FALSE(told);  // `other` has not run
  other.run();
  EXPECT_EQ(told, error_code(asio::error::operation_aborted));
  end();
}

TEST_F(cancelled_elsewhere, is_over_when_the_io_context_has_gone) {
  asio::cancellation_signal stop;
  bool told = false;
  full().async_send("x",
                    asio::bind_cancellation_slot(stop.slot(), [&](error_code) { told = true; }));
  run_until([n = 0]() mutable { return ++n > 5; });
  lives("client").silenced = lives("server 1").silenced = true;
  client_.reset();
  drop_server();
  io.reset();
  stop.emit(asio::cancellation_type::all);
  EXPECT_FALSE(told);
}

TEST_F(cancelled_elsewhere, by_timers_of_two_threads_a_thousand_times) {
  const websocket_ref ref = full();
  std::atomic<int> over{0};
  const auto hurry = [&]() -> awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (int i = 0; i < 125; ++i) {
      timer.expires_after(std::chrono::microseconds(i));
      co_await (ref.async_send("hello", asio::as_tuple(asio::use_awaitable)) ||
                timer.async_wait(asio::use_awaitable));
    }
    ++over;
  };
  const auto run_four = [&] {
    asio::io_context other;
    for (int i = 0; i < 4; ++i) asio::co_spawn(other, hurry(), asio::detached);
    other.run();
  };
  std::thread one(run_four), two(run_four);
  run_until([&] { return over == 8; });
  one.join();
  two.join();
  end();
}

}  // namespace
}  // namespace adieu::tests
