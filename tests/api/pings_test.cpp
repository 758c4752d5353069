// async_ping: how long a round trip took, and which pings a pong answers.
#include "ledger.hpp"
#include "raw_peer.hpp"

namespace adieu::tests {
namespace {

using asio::awaitable;

class pings : public connection_test {};

TEST_F(pings, take_a_round_trip_and_end_with_the_connection) {
  serve();
  const auto ws = client("client");
  std::chrono::steady_clock::duration took{};
  error_code before, after;
  ws->async_ping([&](error_code ec, auto) { before = ec; });
  run_until([&] { return ws->state() == ready_state::open; });
  ws->async_ping([&](error_code, auto t) { took = t; });
  run_until([&] { return took.count() != 0; });
  EXPECT_GT(took.count(), 0);
  EXPECT_EQ(before, error::not_open);
  bool told = false;
  ws->async_ping([&](error_code ec, auto) {
    after = ec;
    told  = true;
  });
  ws->terminate();
  run_until([&] { return told; });
  EXPECT_EQ(after, asio::error::operation_aborted);
  stop_server();
  run();
}

TEST_F(pings, are_answered_by_the_pong_to_a_later_one) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, url_of(acceptor), {}, client_handlers("client"));
  std::vector<std::chrono::steady_clock::duration> took;
  spawn([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_peer::accept(acceptor);
    co_await peer.let_open();
    const sighting pings = co_await peer.read_frames(3);
    co_await peer.send(raw_frame(0x8A, pings.frames[1].payload, false));
    co_await peer.read_to_end();
  });
  run_until([&] { return ws.state() == ready_state::open; });
  error_code last;
  for (int i = 0; i < 3; ++i)
    ws.async_ping([&, i](error_code ec, auto t) {
      if (i == 2)
        last = ec;
      else
        took.push_back(t);
    });
  run_until([&] { return took.size() == 2; });
  EXPECT_GE(took[0], took[1]);
  EXPECT_GT(took[1].count(), 0);
  EXPECT_FALSE(last) << "the third is not answered yet";
  ws.terminate();
  run_until([&] { return last == asio::error::operation_aborted; });
  acceptor.close();
  run();
}

}  // namespace
}  // namespace adieu::tests
