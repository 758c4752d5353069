// A server on every core: one loop a thread, one port for all of them. SIGTERM or Ctrl-C ends every
// connection properly.
//
//     every_core PORT        then: adieu connect ws://127.0.0.1:PORT/
#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;

struct loop {
  asio::io_context io{1};
  std::optional<adieu::server> server;
};

int main(int argc, char** argv) {
  auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 9001);
  std::vector<std::unique_ptr<loop>> loops(std::max(2u, std::thread::hardware_concurrency()));
  for (auto& l : loops) {
    l = std::make_unique<loop>();
    l->server.emplace(l->io, adieu::server_options{.port = port, .reuse_port = true},
                      adieu::server_handlers{
        .on_message = [](adieu::websocket& ws, adieu::message_view message) { ws.send(message); },
    });
    port = l->server->port();
  }
  std::cout << "listening on ws://127.0.0.1:" << port << std::endl;

  // The signal comes to one loop, which tells all.
  asio::signal_set signals(loops.front()->io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code, int) {
    for (auto& l : loops)
      asio::post(l->io, [&l] {
        l->server->async_shutdown({}, [](adieu::error_code, adieu::shutdown_report report) {
          std::cout << "clean: " + std::to_string(report.clean) + "\n";
        });
      });
  });

  std::vector<std::thread> threads;
  for (auto& l : loops) threads.emplace_back([&l] { l->io.run(); });
  for (auto& thread : threads) thread.join();
}
