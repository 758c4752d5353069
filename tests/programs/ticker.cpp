// A tick for everybody, every few milliseconds. Who cannot keep up is closed with 1013, or with
// --refuse misses some.
//
//     ticker --port 9001 [--every MILLISECONDS] [--bytes N] [--refuse]
#include "report.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>

namespace asio = boost::asio;
using namespace std::chrono_literals;

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  const auto every = std::chrono::milliseconds(given.number("--every", 5));
  const std::string filling(static_cast<std::size_t>(given.number("--bytes", 1000)), '.');
  asio::io_context io;

  adieu::server server(
      io,
      {.port       = given.port(),
       .connection = {.deadlines    = report::deadlines(),
                      .max_message  = 64 << 10,
                      .max_buffered = 256 << 10,
                      .low_water    = 16 << 10,
                      .on_overflow  = given.has("--refuse") ? adieu::overflow::refuse
                                                            : adieu::overflow::close}},
      {
          .on_refused = report::refused,
          .on_open    = [](adieu::websocket& ws) { report::open(ws, ws.data<report::counts>()); },
          .on_message =
              [](adieu::websocket& ws, adieu::message_view message) {
                auto& mine = ws.data<report::counts>();
                ++mine.received;
                mine.send(ws, message);
              },
          .on_close =
              [](adieu::websocket& ws, const adieu::close_event& event) {
                report::closed(ws, event, ws.data<report::counts>());
              },
      });
  report::listening(server.port());

  asio::steady_timer timer(io, every);
  int number      = 0;
  bool is_over    = false;  // cancel() comes too late for a handler that is already on its way
  const auto tick = [&](auto& again) -> void {
    timer.async_wait([&](adieu::error_code stopped) {
      if (stopped || is_over) return;
      const std::string text = "tick " + std::to_string(++number) + " " + filling;
      server.for_each([&](adieu::websocket& ws) { ws.data<report::counts>().send(ws, text); });
      timer.expires_after(every);
      again(again);
    });
  };
  tick(tick);

  int exit_code = 1;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code, int) {
    server.async_shutdown({.reason = "the market is closed", .within = 2s},
                          [&](adieu::error_code, const adieu::shutdown_report& how) {
                            exit_code = report::over(how);
                            is_over   = true;
                            timer.cancel();
                          });
  });
  io.run();
  return exit_code;
}
