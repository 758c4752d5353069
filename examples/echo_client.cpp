// A client that sends back what it gets until it is closed: the tested end of a conformance suite.
//
//     echo_client ws://127.0.0.1:9001/              one connection
//     echo_client --suite ws://127.0.0.1:9001       all cases of a fuzzing server: asks it for
//                   /getCaseCount, runs /runCase?case=…, and in the end asks for /updateReports
#include <adieu/adieu.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>

namespace asio = boost::asio;
// In the handler: before anything that came behind the message is looked at.
adieu::websocket_handlers echoing() {
  return {
      .on_message =
          [](adieu::websocket& ws, adieu::message_view message) {
            ws.send(message);
            if (ws.buffered_amount() > 4 << 20) ws.pause_reading();
          },
      .on_drain = [](adieu::websocket& ws) { ws.resume_reading(); },
  };
}

asio::awaitable<void> run_suite(asio::io_context& io, std::string url) {
  int cases = 0;
  adieu::websocket counter(io, url + "/getCaseCount");
  if (const auto count = co_await counter.async_receive())
    cases = std::stoi(std::string(count->text()));
  co_await counter.async_closed();
  for (int i = 1; i <= cases; ++i) {
    const auto number = std::to_string(i);
    adieu::websocket ws(io, url + "/runCase?case=" + number + "&agent=adieu", echoing());
    const auto event = co_await ws.async_closed();
    std::cout << number << (event.was_clean ? ": clean, " : ": not clean, ") << explain(event)
              << std::endl;
  }
  adieu::websocket reporter(io, url + "/updateReports?agent=adieu", echoing());
  co_await reporter.async_closed();
}

int main(int argc, char* argv[]) {
  const bool suite = argc == 3 && std::string_view(argv[1]) == "--suite";
  if (argc != 2 && !suite) {
    std::cerr << "usage: echo_client URL | --suite URL\n";
    return 2;
  }
  asio::io_context io;
  if (suite) {
    co_spawn(io, run_suite(io, argv[2]), asio::detached);
    io.run();
    return 0;
  }
  adieu::websocket ws(io, argv[1], echoing());
  io.run();  // returns when the connection has ended
  std::cout << explain(*ws.closed()) << '\n';
  return ws.closed()->was_clean ? 0 : 1;
}
