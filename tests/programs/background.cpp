// The loop in a thread of its own, the work in two others: a connection's jobs are done there and
// answered through its websocket_ref.
//
//     background --port 9001     then: "job", "wait", "close", "cut", "count"
#include "report.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_future.hpp>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

class jobs {
 public:
  void add(std::function<void()> job) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(job));
    }
    changed_.notify_one();
  }
  void no_more() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
  }
  // Until there are no more.
  void work() {
    while (true) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return over_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      const std::function<void()> job = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      job();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool over_ = false;
};

using shared_counts = std::shared_ptr<report::counts>;

// In a worker's thread: what a client asked for.
void answer(const adieu::websocket_ref& to, const shared_counts& mine, const std::string& asked) {
  if (asked.starts_with("close")) return to.close(4000, "as you wish");
  if (asked.starts_with("cut")) return to.terminate();
  if (asked.starts_with("count"))
    return to.post([mine](adieu::websocket& ws) {
      mine->send(ws, "buffered: " + std::to_string(ws.buffered_amount()));
    });
  if (asked.starts_with("wait")) {  // until there is room
    ++mine->undecided;
    auto told = to.async_send("done: " + asked, asio::use_future);
    try {
      told.get();
      mine->taken();
    } catch (const adieu::system_error&) {  // the connection is over
    }
    return;
  }
  ++mine->posted;
  to.send("done: " + asked);
}

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  asio::io_context io{1};
  jobs all;
  int exit_code = 1;

  adieu::server server(
      io,
      {.port       = given.port(),
       .connection = {.deadlines    = report::deadlines(),
                      .max_message  = 64 << 10,
                      .max_buffered = 256 << 10,
                      .low_water    = 64 << 10}},
      {
          .on_refused = report::refused,
          .on_open =
              [](adieu::websocket& ws) {
                report::open(ws, *ws.data<shared_counts>(std::make_shared<report::counts>()));
              },
          .on_message =
              [&](adieu::websocket& ws, adieu::message_view message) {
                const auto& mine = ws.data<shared_counts>();
                ++mine->received;
                all.add([to = ws.ref(), mine, asked = std::string(message.text())] {
                  answer(to, mine, asked);
                });
              },
          .on_close =
              [](adieu::websocket& ws, const adieu::close_event& event) {
                report::closed(ws, event, *ws.data<shared_counts>());
              },
      });
  report::listening(server.port());

  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code, int) {
    server.async_shutdown({.within = 2s},
                          [&](adieu::error_code, const adieu::shutdown_report& how) {
                            exit_code = report::over(how);
                            all.no_more();
                          });
  });

  const auto kept = asio::make_work_guard(io);  // futures are kept while a worker waits
  std::jthread loop([&] { io.run(); });
  {
    std::vector<std::jthread> workers;
    for (int n = 0; n < 2; ++n) workers.emplace_back([&] { all.work(); });
  }
  io.stop();
  loop.join();
  return exit_code;
}
