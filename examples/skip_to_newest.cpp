// A server whose clients want the newest and not all: each is told the newest number, and one that
// reads slowly skips what it has no time for.
//
//     skip_to_newest [PORT]
#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

int main(int argc, char* argv[]) {
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 9001);
  boost::asio::io_context io;
  int newest      = 0;
  const auto tell = [&newest](adieu::websocket& ws) {
    // A client that has no room for this one gets a newer one later, in on_drain.
    ws.data<bool>() = ws.send(std::to_string(newest)) == adieu::error::send_queue_full;
  };

  adieu::connection_options one_message_or_two{
      .max_buffered = 64, .low_water = 16, .on_overflow = adieu::overflow::refuse};
  adieu::server server(io, {.port = port, .connection = one_message_or_two}, {
      .on_message = [](adieu::websocket&, adieu::message_view) {},  // read, so that pongs are, too
      .on_drain = [&tell](adieu::websocket& ws) {
        if (ws.data<bool>()) tell(ws);
      },
      .on_close = [](adieu::websocket&, const adieu::close_event& event) {
        std::cout << explain(event) << std::endl;
      },
  });
  std::cout << "listening on ws://127.0.0.1:" << server.port() << std::endl;

  bool is_over = false;  // cancel() comes too late for a handler that is already on its way
  boost::asio::steady_timer timer(io);
  const auto tick = [&](const auto& again) -> void {
    timer.expires_after(10ms);
    timer.async_wait([&, again](boost::system::error_code) {
      if (is_over) return;
      ++newest;
      server.for_each(tell);
      again(again);
    });
  };
  tick(tick);
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) {
    is_over = true;
    timer.cancel();
    server.async_shutdown({.within = 5s}, [](adieu::error_code, adieu::shutdown_report) {});
  });
  io.run();
}
