// A chat room: what one visitor says, all hear. `data<visitor>()` is the application's own object
// on each connection; it is made in on_opening, where the request is known.
//
//     chat_server [PORT]          then: adieu connect 'ws://127.0.0.1:9001/?name=ada'
#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

struct visitor {
  std::string name = "somebody";
};

int main(int argc, char* argv[]) {
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 9001);
  boost::asio::io_context io;
  adieu::server* room = nullptr;
  const auto tell_all = [&](const std::string& line) {
    // One that does not read is closed with 1013 once its queue is full; the others are told.
    room->for_each([&](adieu::websocket& each) { each.send(line); });
  };

  adieu::server server(io, {.port = port}, {
      .on_opening = [](const adieu::opening_request& request, adieu::opening_reply reply) {
        if (!request.query().starts_with("name="))
          return reply.refuse({.status = 400, .body = "say who you are: ?name=…\n"});
        reply.data<visitor>().name = request.query().substr(5);
        reply.accept();
      },
      .on_open = [&](adieu::websocket& ws) { tell_all(ws.data<visitor>().name + " is here"); },
      .on_message = [&](adieu::websocket& ws, adieu::message_view message) {
        tell_all(ws.data<visitor>().name + ": " + std::string(message.text()));
      },
      .on_close = [&](adieu::websocket& ws, const adieu::close_event& event) {
        tell_all(ws.data<visitor>().name + (event.was_clean ? " has left" : " was lost"));
      },
  });
  room = &server;
  std::cout << "listening on ws://127.0.0.1:" << server.port() << std::endl;

  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) {
    server.async_shutdown({.reason = "the room is closing"},
                          [](adieu::error_code, const adieu::shutdown_report&) {});
  });
  io.run();
}
