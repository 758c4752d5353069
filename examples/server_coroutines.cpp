// A server with one coroutine for each connection.
//
//     server_coroutines [PORT]
#include <adieu/adieu.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

namespace asio = boost::asio;

asio::awaitable<void> talk(adieu::websocket ws) {
  try {
    while (auto question = co_await ws.async_receive())
      co_await ws.async_send("you said " + std::string(question->text()));
  } catch (const adieu::system_error&) {
    // async_send throws once the connection is no longer open. Why it is not: the close event.
  }
  std::cout << explain(co_await ws.async_closed()) << std::endl;
}

// What is thrown again here leaves io.run(): that would be the end of every connection.
void report(std::exception_ptr thrown) {
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    std::cerr << "a coroutine threw: " << error.what() << std::endl;
  }
}

int main(int argc, char* argv[]) {
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 9001);
  asio::io_context io;
  adieu::server server(
      io, {.port = port},
      {
          .on_open = [&](adieu::websocket& ws) { asio::co_spawn(io, talk(std::move(ws)), report); },
      });
  std::cout << "listening on ws://127.0.0.1:" << server.port() << std::endl;

  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) {
    server.async_shutdown({}, [](adieu::error_code, const adieu::shutdown_report& all) {
      std::cout << "clean: " << all.clean << ", terminated: " << all.terminated << std::endl;
    });
  });
  io.run();
}
