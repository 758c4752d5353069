// Rooms: what one visitor says, all in the room hear.
//
//     chat --port 9001        then: adieu connect 'ws://127.0.0.1:9001/hall?name=ada'
#include "report.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <map>
#include <set>

using namespace std::chrono_literals;

struct visitor : report::counts {
  std::string room, name;
};

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  boost::asio::io_context io;
  std::map<std::string, std::set<adieu::websocket*>> rooms;
  const auto say = [&](const std::string& room, const std::string& line) {
    for (adieu::websocket* each : rooms[room]) each->data<visitor>().send(*each, line);
  };

  adieu::server server(
      io,
      {.port       = given.port(),
       .connection = {.deadlines    = report::deadlines(),
                      .max_message  = 64 << 10,
                      .max_buffered = 1 << 20}},
      {
          .on_opening =
              [](const adieu::opening_request& request, adieu::opening_reply reply) {
                if (!request.query().starts_with("name="))
                  return reply.refuse({.status = 400, .body = "say who you are: ?name=...\n"});
                auto& guest = reply.data<visitor>();
                guest.room  = request.path().substr(1);
                guest.name  = request.query().substr(5);
                reply.accept();
              },
          .on_refused = report::refused,
          .on_open =
              [&](adieu::websocket& ws) {
                auto& guest = ws.data<visitor>();
                report::open(ws, guest);
                rooms[guest.room].insert(&ws);
                say(guest.room, guest.name + " is here");
              },
          .on_message =
              [&](adieu::websocket& ws, adieu::message_view message) {
                auto& guest = ws.data<visitor>();
                ++guest.received;
                say(guest.room, guest.name + ": " + std::string(message.text()));
              },
          .on_close =
              [&](adieu::websocket& ws, const adieu::close_event& event) {
                auto& guest = ws.data<visitor>();
                report::closed(ws, event, guest);
                rooms[guest.room].erase(&ws);
                say(guest.room, guest.name + (event.was_clean ? " has left" : " was lost"));
              },
      });
  report::listening(server.port());

  int exit_code = 1;
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code, int) {
    server.async_shutdown({.reason = "the house is closing", .within = 2s},
                          [&](adieu::error_code, const adieu::shutdown_report& how) {
                            exit_code = report::over(how);
                          });
  });
  io.run();
  return exit_code;
}
