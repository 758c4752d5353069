// A server whose handlers throw, for connections to /throw: all others must not notice.
//
//     throws_server --throw-in on_message [--throw int|bad_alloc] [--propagate] [--no-on-exception]
#include "report.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct guest : report::counts {
  bool is_bad = false;
};

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  const report::thrower thrower(given);
  const auto pass = [&](const char* name, adieu::websocket& ws) {
    if (ws.data<guest>().is_bad) thrower.pass(name);
  };
  asio::io_context io;
  adieu::server* ours = nullptr;

  adieu::server_handlers handlers = {
      .on_opening =
          [&](const adieu::opening_request& request, adieu::opening_reply reply) {
            reply.data<guest>().is_bad = request.path() == "/throw";
            if (request.path() == "/throw") thrower.pass("on_opening");
            if (request.query() == "refuse") return reply.refuse({.status = 403});
            reply.accept();
          },
      .on_refused =
          [&](const adieu::refusal& how) {
            report::refused(how);
            if (how.target.starts_with("/throw")) thrower.pass("on_refused");
          },
      .on_open =
          [&](adieu::websocket& ws) {
            report::open(ws, ws.data<guest>());
            pass("on_open", ws);
          },
      .on_message =
          [&](adieu::websocket& ws, adieu::message_view message) {
            auto& mine = ws.data<guest>();
            ++mine.received;
            pass("on_message", ws);
            if (message.text() == "fill")
              for (int n = 0; n < 50; ++n) mine.send(ws, std::string(4096, '.'));
            if (message.text() == "post")
              ws.ref().post([&](adieu::websocket& now) { pass("posted", now); });
            if (message.text() == "each")
              ours->for_each([&](adieu::websocket& each) { pass("for_each", each); });
            mine.send(ws, message);
          },
      .on_drain = [&](adieu::websocket& ws) { pass("on_drain", ws); },
      .on_closing =
          [&](adieu::websocket& ws, adieu::closing_reply reply) {
            auto& mine = ws.data<guest>();
            if (reply.code() == 4000) mine.sent(reply.send("last words"));
            pass("on_closing", ws);
          },
      .on_close =
          [&](adieu::websocket& ws, const adieu::close_event& event) {
            report::closed(ws, event, ws.data<guest>());
            pass("on_close", ws);
          },
      .on_exception = report::exception,
  };
  if (given.has("--no-on-exception")) handlers.on_exception = nullptr;

  adieu::server server(
      io,
      {.port       = given.port(),
       .connection = {.deadlines          = report::deadlines(),
                      .max_message        = 64 << 10,
                      .max_buffered       = 1 << 20,
                      .low_water          = 16 << 10,
                      .handler_exceptions = given.has("--propagate")
                                                ? adieu::handler_exceptions::propagate
                                                : adieu::handler_exceptions::close_connection}},
      std::move(handlers));
  ours = &server;
  report::listening(server.port());

  int exit_code = 1;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code, int) {
    server.async_shutdown({.within = 2s},
                          [&](adieu::error_code, const adieu::shutdown_report& how) {
                            exit_code = report::over(how);
                          });
  });
  while (true) {
    try {
      io.run();
      return exit_code;
    } catch (...) {
      report::line({{"event", "left_run"}, {"what", report::what(std::current_exception())}});
    }
  }
}
