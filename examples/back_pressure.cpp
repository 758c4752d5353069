// A client that sends a thousand blocks as fast as they are read, and waits for an answer.
//
//     back_pressure ws://127.0.0.1:9001/
#include <adieu/adieu.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> upload(adieu::websocket ws) {
  try {
    co_await ws.async_opened();
    for (int number = 0; number < 1000; ++number)
      co_await ws.async_send(std::string(1000, '.'));  // waits while the queue is full
  } catch (const adieu::system_error&) {
    // The connection is no longer open: what has come is received all the same.
  }
  for (;;) {
    auto got = co_await ws.async_receive_within(5s);
    if (got) {
      std::cout << "answer: " << got.received.size() << " bytes" << std::endl;
      ws.close();
    } else if (got.timed_out()) {
      ws.send("are you still there?");
    } else {
      break;  // ended
    }
  }
  std::cout << explain(co_await ws.async_closed()) << std::endl;
}

int main(int argc, char* argv[]) {
  if (argc != 2) {
    std::cerr << "usage: back_pressure URL\n";
    return 2;
  }
  asio::io_context io;
  asio::co_spawn(io, upload(adieu::websocket(io, argv[1])), [](std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  io.run();
}
