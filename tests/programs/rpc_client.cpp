// Twenty calls over one connection, all at once; answers are taken in any order. Gives up after
// half a second of silence, or after three seconds in all.
//
//     rpc_client ws://127.0.0.1:9001/
#include "report.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <iostream>
#include <set>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using report::json;

constexpr int calls = 20;

asio::awaitable<void> call(adieu::websocket& ws, report::counts& mine) {
  co_await ws.async_opened();
  report::open(ws, mine);

  std::set<int> unanswered;
  for (int id = 1; id <= calls; ++id) {
    json request = {{"id", id}, {"method", "add"}, {"params", {id, id}}};
    if (id % 4 == 0) request = {{"id", id}, {"method", "later"}, {"params", {id * 5}}};
    if (!mine.send(ws, request.dump())) unanswered.insert(id);
  }
  bool timed_out = false;
  int in_order = 0, last = 0;
  const auto until = std::chrono::steady_clock::now() + 3s;
  while (!unanswered.empty() && std::chrono::steady_clock::now() < until) {
    const adieu::receive_result next = co_await ws.async_receive_within(500ms);
    timed_out                        = next.timed_out();
    if (!next) break;
    ++mine.received;
    const int id = json::parse(next.received.text()).at("id").get<int>();
    if (unanswered.erase(id) == 0) continue;  // nothing that was asked
    in_order += id > last;
    last = id;
  }
  report::line({{"event", "result"},
                {"unanswered", unanswered},
                {"timed_out", timed_out},
                {"out_of_order", in_order < calls}});
  ws.close(1000, std::string_view(unanswered.empty() ? "all answered" : "too slow"));
}

asio::awaitable<int> talk(adieu::websocket& ws) {
  report::counts mine;
  try {
    co_await call(ws, mine);
  } catch (const json::exception& bad) {
    std::cerr << "the server's answer is none: " << bad.what() << '\n';
    ws.close(4002, "no answer of ours");
  } catch (const adieu::system_error& unopened) {
    std::cerr << unopened.what() << '\n';
  }
  while (co_await ws.async_receive()) ++mine.received;  // what is still on its way
  const adieu::close_event event = co_await ws.async_closed();
  report::closed(ws, event, mine);
  if (event.was_clean && event.code == 1000) co_return 0;
  co_return 1;
}

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  asio::io_context io;
  int exit_code = 1;
  adieu::websocket ws(io, given.url(), {.connection = {.deadlines = report::deadlines()}});
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code stopped, int) {
    if (!stopped) ws.close(4001, "asked to go");
  });
  asio::co_spawn(io, talk(ws), [&](std::exception_ptr thrown, int code) {
    if (thrown) std::rethrow_exception(thrown);
    exit_code = code;
    signals.cancel();
  });
  io.run();
  return exit_code;
}
