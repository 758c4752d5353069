// A client with coroutines: the same engine, asked instead of called back.
//
//     client_coroutines ws://127.0.0.1:9001/
#include <adieu/adieu.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <stdexcept>

namespace asio = boost::asio;

asio::awaitable<void> talk(adieu::websocket ws) {
  try {
    co_await ws.async_opened();
    for (const char* word : {"one", "two", "three"}) {
      co_await ws.async_send(word);  // completes when there is room for more
      if (auto answer = co_await ws.async_receive()) std::cout << answer->text() << '\n';
    }
    ws.close(1000, "counted to three");
  } catch (const adieu::system_error&) {
    // The connection is not open, or no longer: the close event says why.
  }
  const adieu::close_event event = co_await ws.async_closed();
  std::cout << explain(event) << '\n';
  if (!event.was_clean) throw std::runtime_error("not a proper end");
}

// An exception leaves io.run(), which is right where there is one connection. With asio::detached
// it would be lost without a word.
void rethrow(std::exception_ptr thrown) {
  if (thrown) std::rethrow_exception(thrown);
}

int main(int argc, char* argv[]) {
  if (argc != 2) {
    std::cerr << "usage: client_coroutines URL\n";
    return 2;
  }
  try {
    asio::io_context io;
    asio::co_spawn(io, talk(adieu::websocket(io, argv[1])), rethrow);
    io.run();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
