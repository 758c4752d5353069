// A client with callbacks, as in a browser: says hello, takes one answer, closes.
//
//     client_callbacks ws://127.0.0.1:9001/
#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>

int main(int argc, char* argv[]) {
  if (argc != 2) {
    std::cerr << "usage: client_callbacks URL\n";
    return 2;
  }
  boost::asio::io_context io;
  bool was_clean = false;

  adieu::websocket ws(io, argv[1], {
      .on_open    = [](adieu::websocket& ws) { ws.send("hello"); },
      .on_message = [](adieu::websocket& ws, adieu::message_view message) {
        std::cout << message.text() << '\n';
        ws.close(1000, "that was all");
      },
      .on_close = [&](adieu::websocket&, const adieu::close_event& event) {
        std::cout << explain(event) << '\n';
        was_clean = event.was_clean;
      },
  });

  io.run();  // returns when the connection has ended
  return was_clean ? 0 : 1;
}
