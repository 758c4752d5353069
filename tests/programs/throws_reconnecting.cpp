// A client that comes back, and whose handlers throw, each once: it has to go on as if they had
// not. It asks to be closed three times, and ends behind that.
//
//     throws_reconnecting ws://127.0.0.1:9001/ --throw-in on_down [--throw int|bad_alloc]
#include "report.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <memory>
#include <set>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using client = adieu::reconnecting_websocket;

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  const report::thrower thrower(given);
  std::set<std::string> passed;
  const auto pass = [&](const char* name) {
    if (passed.insert(name).second) thrower.pass(name);
  };
  asio::io_context io;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  auto mine     = std::make_unique<report::counts>();
  int answers   = 0;
  int exit_code = 3;

  client ours(
      io, given.url(),
      {.backoff   = {.floor          = 20ms,
                     .window         = 100ms,
                     .cap            = 300ms,
                     .restart_floor  = 20ms,
                     .restart_window = 100ms},
       .decide    = [&](const adieu::close_event&, const adieu::reconnect_history&,
                     adieu::decision&) { pass("decide"); },
       .websocket = {.connection = {.deadlines = report::deadlines(), .low_water = 16 << 10}}},
      {
          .on_attempt =
              [&](client&, adieu::attempt_reply reply) {
                pass("on_attempt");
                reply.connect();
              },
          .on_open =
              [&](client& c) {
                report::line({{"event", "open"}, {"opening", c.openings()}});
                pass("on_open");
                for (int n = 0; n < 50; ++n) mine->send(c, std::string(4096, '.'));
                mine->send(c, "close me");
              },
          .on_message =
              [&](client& c, adieu::message_view message) {
                ++mine->received;
                pass("on_message");
                if (message.text() == "close me" && ++answers == 3) c.close(1000, "enough");
              },
          .on_drain   = [&](client&) { pass("on_drain"); },
          .on_closing = [&](client&, adieu::closing_reply) { pass("on_closing"); },
          .on_down =
              [&](client& c, const adieu::close_event& event, const adieu::decision&) {
                report::closed(event, *mine, std::to_string(c.openings()), "down");
                mine = std::make_unique<report::counts>();
                pass("on_down");
              },
          .on_close =
              [&](client& c, const adieu::close_event& event, const adieu::decision&) {
                report::closed(event, *mine, std::to_string(c.openings()));
                exit_code = answers == 3 ? 0 : 3;
                signals.cancel();
                pass("on_close");
              },
          .on_exception = report::exception,
      });
  signals.async_wait([&](adieu::error_code stopped, int) {
    if (!stopped) ours.close();
  });
  io.run();
  return exit_code;
}
