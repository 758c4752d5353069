// An io_context that dies before what is on it, and a process that exits with all of it in static
// storage.
#include "ledger.hpp"

#include <cstdlib>

namespace adieu::tests {
namespace {

class end_of_the_io_context : public connection_test {};

TEST_F(end_of_the_io_context, a_websocket_outlives_its_io_context) {
  serve();
  auto open       = client("open");
  auto connecting = std::unique_ptr<websocket>();
  run_until([&] { return open->state() == ready_state::open; });
  connecting                   = client("connecting");
  lives("open").silenced       = true;
  lives("connecting").silenced = true;
  lives("server 1").silenced   = true;
  const websocket_ref ref      = open->ref();
  io.reset();
  for (websocket* ws : {open.get(), connecting.get()}) {
    EXPECT_EQ(ws->state(), ready_state::closed);
    EXPECT_FALSE(ws->close());
    ws->terminate();
    ws->pause_reading();
    ws->resume_reading();
    const error_code ec = ws->send("x");
    EXPECT_EQ(ec, error::not_open);
  }
  EXPECT_FALSE(websocket_ref() == ref);
  EXPECT_EQ(server_->connections(), 1u);
  server_->for_each([](websocket&) { ADD_FAILURE(); });
  server_->async_shutdown({}, [](error_code, shutdown_report) { ADD_FAILURE(); });
  websocket moved(std::move(*open));
}

TEST_F(end_of_the_io_context, a_process_may_exit_with_connections_in_static_storage) {
  const auto begin_and_exit = [] {
    static asio::io_context kept;
    static server here(kept, {.tls = over_tls() ? &test_server_context() : nullptr});
    static websocket ws(
        kept, (over_tls() ? "wss://127.0.0.1:" : "ws://127.0.0.1:") + std::to_string(here.port()));
    while (ws.state() != ready_state::open) kept.run_one();
    ws.send("leaves when main() has returned");
    std::exit(0);
  };
  EXPECT_EXIT(begin_and_exit(), ::testing::ExitedWithCode(0), "");
}

TEST_F(end_of_the_io_context, an_io_context_destroyed_says_1001_to_the_peers_of_open_connections) {
  asio::io_context others;
  close_event heard;
  server elsewhere(others, {}, {.on_close = [&](websocket&, const close_event& e) { heard = e; }});
  websocket ws(*io, "ws://127.0.0.1:" + std::to_string(elsewhere.port()));
  while (ws.state() != ready_state::open) {
    io->poll();
    io->restart();
    others.poll();
    others.restart();
  }
  io.reset();
  for (int n = 0; n < 2000 && heard.code != 1001; ++n) {
    others.restart();
    others.run_one_for(5ms);
  }
  EXPECT_EQ(heard.code, 1001);
}

TEST_F(end_of_the_io_context,
       handlers_that_own_each_others_websockets_are_freed_with_the_io_context) {
  serve();
  auto capture = std::make_shared<int>();
  std::weak_ptr<int> watched(capture);
  auto inner = std::make_shared<websocket>(
      *io, url(), websocket_handlers{.on_message = [capture](websocket&, message_view) {}});
  auto outer = std::make_shared<websocket>(
      *io, url(), websocket_handlers{.on_message = [inner](websocket&, message_view) {}});
  run_until(
      [&] { return outer->state() == ready_state::open && inner->state() == ready_state::open; });
  lives("server 1").silenced = lives("server 2").silenced = true;
  capture.reset();
  inner.reset();
  io.reset();
  outer.reset();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace adieu::tests
