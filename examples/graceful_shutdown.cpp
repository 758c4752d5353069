// A shutdown in numbers: a server with a hundred clients, one of which is stuck, is given 300 ms.
// Both ends in one program.
//
//     graceful_shutdown
#include <adieu/adieu.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> play(asio::io_context& io) {
  adieu::server server(io);
  const std::string url = "ws://127.0.0.1:" + std::to_string(server.port());

  std::vector<adieu::websocket> clients;
  while (clients.size() < 100) {
    clients.emplace_back(io, url);
    co_await clients.back().async_opened();
  }
  // This one never answers: an application that holds its last word back for too long.
  std::optional<adieu::closing_reply> held;
  clients.emplace_back(io, url, adieu::websocket_handlers{
      .on_closing = [&](adieu::websocket&, adieu::closing_reply reply) {
        held.emplace(std::move(reply));
      },
  });
  co_await clients.back().async_opened();

  const auto report = co_await server.async_shutdown({.reason = "new version", .within = 300ms});
  std::cout << "clean: " << report.clean << ", terminated: " << report.terminated
            << ", messages unsent: " << report.unsent_messages << '\n';
  const adieu::close_event event = co_await clients.front().async_closed();
  std::cout << "a client: " << explain(event) << '\n';
}

int main() {
  asio::io_context io;
  asio::co_spawn(io, play(io), [](std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  io.run();
}
