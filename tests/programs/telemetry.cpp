// A client whose loop is in the background: three threads measure and send through its
// websocket_ref, one without looking at the result, one that waits for each, one that posts.
//
//     telemetry ws://127.0.0.1:9001/ [--count N] [--bytes N] [--refuse]
#include "report.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <csignal>
#include <future>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

class sensors {
 public:
  sensors(adieu::websocket_ref to, report::counts& mine, const report::arguments& given)
      : to_(std::move(to)),
        mine_(mine),
        count_(given.number("--count", 500)),
        more_(static_cast<std::size_t>(given.number("--bytes", 0)), '.') {}

  void send() {
    measure([&](const std::string& text) {
      ++mine_.posted;
      to_.send(text);
    });
  }
  void send_and_wait() {
    measure([&](const std::string& text) {
      ++mine_.undecided;
      try {
        to_.async_send(text, asio::use_future).get();
        mine_.taken();
      } catch (const adieu::system_error&) {  // the connection is over
      }
    });
  }
  void post() {
    measure([&](const std::string& text) {
      to_.post([this, text](adieu::websocket& ws) { mine_.send(ws, text); });
    });
  }
  void stop() { over_ = true; }

 private:
  template <typename Send>
  void measure(Send how) {
    for (int n = 0; n < count_ && !over_; ++n) {
      how("value " + std::to_string(n) + more_);
      if (n % 16 == 0) std::this_thread::sleep_for(1ms);
    }
  }

  adieu::websocket_ref to_;
  report::counts& mine_;
  int count_;
  std::string more_;
  std::atomic<bool> over_{false};
};

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  asio::io_context io{1};
  report::counts mine;
  std::promise<bool> opened;
  std::promise<int> closed;

  adieu::connection_options limits{.deadlines = report::deadlines(), .max_buffered = 1 << 20};
  if (given.has("--refuse")) {
    limits.max_buffered = limits.low_water = 4 << 10;
    limits.on_overflow                     = adieu::overflow::refuse;
  }
  adieu::websocket ws(
      io, given.url(), {.connection = limits},
      {
          .on_open =
              [&](adieu::websocket& ws) {
                report::open(ws, mine);
                opened.set_value(true);
              },
          .on_message = [&](adieu::websocket&, adieu::message_view) { ++mine.received; },
          .on_close =
              [&](adieu::websocket& ws, const adieu::close_event& event) {
                report::closed(ws, event, mine);
                if (event.phase < adieu::phase::open) opened.set_value(false);
                closed.set_value(event.was_clean && event.code == 1000 ? 0 : 1);
              },
      });
  const adieu::websocket_ref to = ws.ref();
  sensors all(to, mine, given);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code, int) {
    all.stop();
    to.close(4001, "asked to go");
  });

  const auto kept = asio::make_work_guard(io);
  std::jthread loop([&] { io.run(); });
  if (opened.get_future().get()) {
    std::vector<std::jthread> threads;
    threads.emplace_back([&] { all.send(); });
    threads.emplace_back([&] { all.send_and_wait(); });
    threads.emplace_back([&] { all.post(); });
    threads.clear();
    to.close(1000, "all measured");
  }
  const int exit_code = closed.get_future().get();
  io.stop();
  loop.join();
  return exit_code;
}
