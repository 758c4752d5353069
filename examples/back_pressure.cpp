// For peers that read slowly. As a server it tells each client the newest number and skips what that
// client has no time for; as a client it sends a thousand blocks, as fast as they are read.
//
//     back_pressure [PORT | URL]
#include <adieu/adieu.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> upload(adieu::websocket ws) {
  co_await ws.async_opened();
  for (int number = 0; number < 1000; ++number)
    co_await ws.async_send(std::string(1000, '.'));  // waits while the queue is full
  for (;;) {
    auto got = co_await ws.async_receive_within(5s);
    if (got) {
      std::cout << "the newest: " << got.received.text() << std::endl;
      ws.close();
    } else if (got.timed_out()) {
      ws.send("are you still there?");
    } else {
      break;  // ended
    }
  }
  std::cout << explain(co_await ws.async_closed()) << std::endl;
}

void serve(asio::io_context& io, std::uint16_t port) {
  int newest      = 0;
  const auto tell = [&newest](adieu::websocket& ws) {
    // A client that has no room for this one gets a newer one later, in on_drain.
    ws.data<bool>() = ws.send(std::to_string(newest)) == adieu::error::send_queue_full;
  };
  adieu::server server(io,
                       {.port       = port,
                        .connection = {.max_buffered = 64 * 1024,
                                       .low_water    = 1024,
                                       .on_overflow  = adieu::overflow::refuse}},
                       {.on_drain =
                            [&tell](adieu::websocket& ws) {
                              if (ws.data<bool>()) tell(ws);
                            },
                        .on_close =
                            [](adieu::websocket&, const adieu::close_event& event) {
                              std::cout << explain(event) << std::endl;
                            }});
  std::cout << "listening on ws://127.0.0.1:" << server.port() << std::endl;

  asio::steady_timer timer(io);
  const auto tick = [&](const auto& again) -> void {
    timer.expires_after(10ms);
    timer.async_wait([&, again](boost::system::error_code cancelled) {
      if (cancelled) return;
      ++newest;
      server.for_each(tell);
      again(again);
    });
  };
  tick(tick);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) {
    timer.cancel();
    server.async_shutdown({.within = 5s}, [](adieu::error_code, adieu::shutdown_report) {});
  });
  io.run();
}

int main(int argc, char* argv[]) {
  const std::string what = argc > 1 ? argv[1] : "9001";
  asio::io_context io;
  if (what.find("://") == std::string::npos) {
    serve(io, static_cast<std::uint16_t>(std::atoi(what.c_str())));
  } else {
    // async_send throws once the connection is no longer open.
    asio::co_spawn(io, upload(adieu::websocket(io, what)), [](std::exception_ptr thrown) {
      if (thrown) std::cout << "given up" << std::endl;
    });
    io.run();
  }
}
