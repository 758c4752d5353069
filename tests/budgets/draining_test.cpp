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
    serve({.connection = {.max_buffered = 60'000,
                          .low_water    = low_water,
                          .on_overflow  = overflow::refuse}},
          {.on_open =
               [&](websocket& ws) {
                 error_code why;
                 for (int i = 0; i < 2000 + 128 && !why; ++i) why = ws.send("");
                 EXPECT_EQ(why, error::send_queue_full);
                 ++refused;
               },
           .on_drain = [&](websocket&) { ++drained; }});
    bool over = false;
    spawn([&]() -> awaitable<void> {
      raw_peer peer = co_await raw_peer::connect(server_->port());
      co_await peer.ask_to_open();
      const sighting saw = co_await peer.read_frames(60'000 / 32 + 128);
      EXPECT_EQ(saw.frames.size(), 60'000u / 32 + 128);
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
