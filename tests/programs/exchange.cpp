// A trader's client. Orders leave every few milliseconds, whether it is connected or not; whenever
// it has come back it subscribes again from the last trade that it has seen, and then says again
// what had not left.
//
//     exchange ws://127.0.0.1:9001/ [--queue MESSAGES]
#include "report.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <memory>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using client = adieu::reconnecting_websocket;

bool is_order(const adieu::message& m) { return m.text().starts_with("order "); }
int number_of(const adieu::message& m) { return std::stoi(std::string(m.text().substr(6))); }

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  asio::io_context io;
  asio::steady_timer next_order(io);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  std::unique_ptr<report::counts> mine = std::make_unique<report::counts>();  // this connection's
  int last_trade = 0, last_order = 0;
  bool is_wanted = true;
  std::vector<int> refused, unsent;
  int exit_code = 3;

  const auto order = [&](client& c, const adieu::message& what) {
    if (mine->send(c, what)) refused.push_back(number_of(what));
  };

  client ours(
      io, given.url(),
      {.backoff             = {.floor          = 20ms,
                               .window         = 100ms,
                               .cap            = 300ms,
                               .slow_floor     = 50ms,
                               .slow_window    = 100ms,
                               .slow_cap       = 300ms,
                               .restart_floor  = 20ms,
                               .restart_window = 100ms},
       .max_queued_messages = static_cast<std::size_t>(given.number("--queue", 1000)),
       .websocket = {.connection = {.deadlines = report::deadlines(), .max_buffered = 1 << 20}}},
      {
          .on_open =
              [&](client& c) {
                report::line({{"event", "open"}, {"opening", c.openings()}});
                mine->send(c, "subscribe from " + std::to_string(last_trade));
                for (const adieu::message& lost : c.take_unsent())
                  if (is_order(lost)) order(c, lost);
              },
          .on_message =
              [&](client& c, adieu::message_view message) {
                ++mine->received;
                if (message.text().starts_with("trade ")) ++last_trade;
                c.confirm();
              },
          .on_down =
              [&](client& c, const adieu::close_event& event, const adieu::decision&) {
                report::closed(event, *mine, std::to_string(c.openings()), "down");
                mine = std::make_unique<report::counts>();
              },
          .on_close =
              [&](client& c, const adieu::close_event& event, const adieu::decision& last) {
                for (const adieu::message& lost : c.take_unsent())
                  if (is_order(lost)) unsent.push_back(number_of(lost));
                report::closed(event, *mine, std::to_string(c.openings()));
                report::line({{"event", "orders"},
                              {"last", last_order},
                              {"refused", refused},
                              {"unsent", unsent},
                              {"why", last.why}});
                exit_code = is_wanted ? 3 : 0;
                is_wanted =
                    false;  // cancel() comes too late for an order that is already on its way
                next_order.cancel();
                signals.cancel();
              },
          .on_exception = report::exception,
      });

  const auto trade = [&](auto& again) -> void {
    next_order.expires_after(10ms);
    next_order.async_wait([&](adieu::error_code stopped) {
      if (stopped || !is_wanted) return;
      order(ours, "order " + std::to_string(++last_order));
      again(again);
    });
  };
  trade(trade);
  signals.async_wait([&](adieu::error_code stopped, int) {
    if (stopped) return;
    is_wanted = false;
    ours.close(1000, "the day is over");
  });
  io.run();
  return exit_code;
}
