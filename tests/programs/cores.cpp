// The same server on several threads: one io_context and one server each, which share the port.
//
//     cores --port 9001 [--threads N]
#include "report.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct core {
  asio::io_context io{1};
  std::optional<adieu::server> server;
  int exit_code = 1;
};

adieu::server_handlers echoing() {
  return {
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
  };
}

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  std::vector<std::unique_ptr<core>> cores(static_cast<std::size_t>(given.number("--threads", 3)));
  std::uint16_t port = given.port();
  for (auto& each : cores) {
    each = std::make_unique<core>();
    each->server.emplace(each->io,
                         adieu::server_options{.port       = port,
                                               .reuse_port = true,
                                               .connection = {.deadlines    = report::deadlines(),
                                                              .max_message  = 1 << 20,
                                                              .max_buffered = 1 << 20}},
                         echoing());
    port = each->server->port();
  }
  report::listening(port);

  // The signal comes to one loop, which tells all.
  asio::signal_set signals(cores.front()->io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code, int) {
    for (auto& each : cores)
      asio::post(each->io, [&each] {
        each->server->async_shutdown({.within = 2s},
                                     [&](adieu::error_code, const adieu::shutdown_report& how) {
                                       each->exit_code = report::over(how);
                                     });
      });
  });

  std::vector<std::jthread> threads;
  for (auto& each : cores) threads.emplace_back([&each] { each->io.run(); });
  threads.clear();
  int exit_code = 0;
  for (auto& each : cores) exit_code |= each->exit_code;
  return exit_code;
}
