// Who was refused because too many messages wait is told when there is room, although they have no
// bytes.
#include "ledger.hpp"
#include "raw_peer.hpp"

namespace adieu::tests {
namespace {

using asio::awaitable;

class net_draining : public connection_test {};

TEST_F(net_draining, follows_a_refusal_of_messages_without_content) {
  for (const std::uint64_t low_water : {0u, 1000u, 60'000u}) {
    int refused = 0, drained = 0;
    std::size_t accepted = 0;
    serve({.connection = {.max_buffered = 60'000,
                          .low_water    = low_water,
                          .on_overflow  = overflow::refuse}},
          {.on_open =
               [&](websocket& ws) {
                 error_code why;
                 // Until the kernel, whose peer reads slowly, takes no more either.
                 while (accepted < 40'000'000 && !(why = ws.send(""))) ++accepted;
                 EXPECT_EQ(why, error::send_queue_full);
                 ++refused;
               },
           .on_drain = [&](websocket&) { ++drained; }});
    bool over = false;
    spawn([&]() -> awaitable<void> {
      raw_peer peer = co_await raw_peer::connect(server_->port());
      co_await peer.ask_to_open();
      while (refused == 0) co_await pass(1ms);
      const sighting saw = co_await peer.read_frames(accepted);
      EXPECT_EQ(saw.frames.size(), accepted);
      co_await peer.send(raw_close(1000, "", true));
      co_await peer.read_to_end();
      over = true;
    });
    run_until([&] { return over; });
    EXPECT_EQ(refused, 1);
    EXPECT_EQ(drained, 1) << low_water;
    stop_server();
    run();
  }
}

}  // namespace
}  // namespace adieu::tests
