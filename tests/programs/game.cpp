// A game: every 16 ms the loop hears what the players want, moves everybody, and tells everybody.
//
//     game --port 9001        then: "left", "right", "ask 1"
#include "report.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <thread>

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct player : report::counts {
  int at = 0, speed = 0;
};

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  asio::io_context io;

  adieu::server server(
      io,
      {.port       = given.port(),
       .connection = {.deadlines    = report::deadlines(),
                      .max_message  = 4096,
                      .max_buffered = 256 << 10,
                      .low_water    = 16 << 10}},
      {
          .on_refused = report::refused,
          .on_open    = [](adieu::websocket& ws) { report::open(ws, ws.data<player>()); },
          .on_message =
              [](adieu::websocket& ws, adieu::message_view message) {
                auto& mine = ws.data<player>();
                ++mine.received;
                if (message.text() == "left") mine.speed = -1;
                if (message.text() == "right") mine.speed = 1;
                if (message.text().starts_with("ask "))
                  mine.send(ws, "you are at " + std::to_string(mine.at) + ", " +
                                    std::string(message.text().substr(4)));
              },
          .on_close =
              [](adieu::websocket& ws, const adieu::close_event& event) {
                report::closed(ws, event, ws.data<player>());
              },
      });
  report::listening(server.port());

  int exit_code = 1;
  bool is_over  = false;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code, int) {
    server.async_shutdown({.reason = "game over", .within = 2s},
                          [&](adieu::error_code, const adieu::shutdown_report& how) {
                            exit_code = report::over(how);
                            is_over   = true;
                          });
  });

  for (int frame = 0; !is_over; ++frame) {
    const auto next = std::chrono::steady_clock::now() + 16ms;
    io.poll();
    std::string world = "frame " + std::to_string(frame) + ":";
    server.for_each([&](adieu::websocket& ws) {
      auto& each = ws.data<player>();
      each.at += each.speed;
      world += " " + std::to_string(each.at);
    });
    server.for_each([&](adieu::websocket& ws) {
      ws.data<player>().send(ws, world);
      ws.flush();
    });
    std::this_thread::sleep_until(next);
  }
  return exit_code;
}
