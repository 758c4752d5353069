// A client whose handlers throw, and beside it in the same loop one whose handlers do not: it goes
// on until the other is over, and three answers longer.
//
//     throws_client ws://127.0.0.1:9001/ --throw-in on_message [--throw int|bad_alloc]
#include "report.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>

namespace asio = boost::asio;

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  const report::thrower thrower(given);
  asio::io_context io;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  report::counts thrown, good;
  bool is_over  = false;
  int more      = 3;
  int exit_code = 1;
  const adieu::websocket_options options{
      .connection = {.deadlines = report::deadlines(), .low_water = 16 << 10}};

  adieu::websocket throws(
      io, given.url() + "throw", options,
      {
          .on_open =
              [&](adieu::websocket& ws) {
                report::open(ws, thrown);
                thrower.pass("on_open");
                for (int n = 0; n < 50; ++n) thrown.send(ws, std::string(4096, '.'));
                ws.ref().post([&](adieu::websocket&) { thrower.pass("posted"); });
              },
          .on_message =
              [&](adieu::websocket&, adieu::message_view) {
                ++thrown.received;
                thrower.pass("on_message");
              },
          .on_drain   = [&](adieu::websocket&) { thrower.pass("on_drain"); },
          .on_closing = [&](adieu::websocket&,
                            adieu::closing_reply) { thrower.pass("on_closing"); },
          .on_close =
              [&](adieu::websocket& ws, const adieu::close_event& event) {
                is_over = true;
                report::closed(ws, event, thrown);
                thrower.pass("on_close");
              },
          .on_exception = report::exception,
      });

  adieu::websocket control(io, given.url() + "control", options,
                           {
                               .on_open =
                                   [&](adieu::websocket& ws) {
                                     report::open(ws, good);
                                     good.send(ws, "are you there?");
                                   },
                               .on_message =
                                   [&](adieu::websocket& ws, adieu::message_view) {
                                     ++good.received;
                                     if (is_over && --more == 0) {
                                       ws.close(1000, "all is well");
                                       return;
                                     }
                                     good.send(ws, "are you there?");
                                   },
                               .on_close =
                                   [&](adieu::websocket& ws, const adieu::close_event& event) {
                                     report::closed(ws, event, good);
                                     if (event.was_clean && more == 0) exit_code = 0;
                                     signals.cancel();
                                   },
                           });

  signals.async_wait([&](adieu::error_code stopped, int) {
    if (stopped) return;
    throws.close();
    control.close();
  });
  io.run();
  return exit_code;
}
