// Calls over one connection: a request has an id and a method, its answer the same id. Answers come
// when they are ready, not in the order of the requests. What is no request (json::parse and at()
// throw) ends that connection.
//
//     rpc_server --port 9001     then: {"id": 1, "method": "add", "params": [2, 3]}
#include "report.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <memory>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using report::json;

void answer(adieu::websocket& ws, const json& id, const json& result) {
  ws.data<report::counts>().send(ws, json{{"id", id}, {"result", result}}.dump());
}

void answer_later(adieu::websocket& ws, const json& id, std::chrono::milliseconds delay) {
  auto timer = std::make_shared<asio::steady_timer>(ws.get_executor(), delay);
  timer->async_wait([timer, to = ws.ref(), id](adieu::error_code) {
    to.post([id](adieu::websocket& now) { answer(now, id, "here it is"); });
  });
}

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  asio::io_context io;

  adieu::server server(
      io,
      {.port       = given.port(),
       .connection = {.deadlines    = report::deadlines(),
                      .max_message  = 64 << 10,
                      .max_buffered = 1 << 20}},
      {
          .on_refused = report::refused,
          .on_open    = [](adieu::websocket& ws) { report::open(ws, ws.data<report::counts>()); },
          .on_message =
              [](adieu::websocket& ws, adieu::message_view message) {
                ++ws.data<report::counts>().received;
                const json request = json::parse(message.text());
                const json& id     = request.at("id");
                const json& params = request.at("params");
                if (const auto& method = request.at("method"); method == "add")
                  answer(ws, id, params.at(0).get<int>() + params.at(1).get<int>());
                else if (method == "repeat")
                  answer(ws, id,
                         std::string(params.at(1).get<std::size_t>(),
                                     params.at(0).get<std::string>().at(0)));
                else if (method == "later")
                  answer_later(ws, id, std::chrono::milliseconds(params.at(0).get<int>()));
                else
                  ws.data<report::counts>().send(
                      ws, json{{"id", id}, {"error", "no such method"}}.dump());
              },
          .on_close =
              [](adieu::websocket& ws, const adieu::close_event& event) {
                report::closed(ws, event, ws.data<report::counts>());
              },
      });
  report::listening(server.port());

  int exit_code = 1;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code, int) {
    server.async_shutdown({.within = 2s},
                          [&](adieu::error_code, const adieu::shutdown_report& how) {
                            exit_code = report::over(how);
                          });
  });
  io.run();
  return exit_code;
}
