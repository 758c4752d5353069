// A server that sends back what it gets, and on SIGTERM ends every connection properly.
//
//     server_echo [PORT]
#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>

using namespace std::chrono_literals;

int main(int argc, char* argv[]) {
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 9001);
  boost::asio::io_context io;

  adieu::server server(io, {.port = port}, {  // one set of handlers for all connections
      .on_message = [](adieu::websocket& ws, adieu::message_view message) { ws.send(message); },
      .on_close = [](adieu::websocket& ws, const adieu::close_event& event) {
        std::cout << to_string(ws.remote_endpoint()) << ": " << explain(event) << '\n';
      },
  });
  std::cout << "listening on ws://127.0.0.1:" << server.port() << std::endl;

  bool all_clean = false;
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) {
    server.async_shutdown({.reason = "maintenance", .within = 10s},
                          [&](adieu::error_code, const adieu::shutdown_report& report) {
                            std::cout << "clean: " << report.clean
                                      << ", terminated: " << report.terminated << '\n';
                            all_clean = report.terminated == 0;
                          });
  });

  io.run();  // returns when the last connection has ended
  return all_clean ? 0 : 1;
}
