// Connections that each ask in regular intervals, and how long the answers take: all at once would
// measure the crowd, so they take turns.
#include "crowd.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>

namespace soak {
namespace {

class talking {
 public:
  explicit talking(const options& o) : o_(o), sockets_(o.count), asked_(o.count) {
    websocket_.connection.deadlines.ping_after = {};
    while (begun_ < o_.count && begun_ < o_.at_once) begin();
  }

  void run() {
    io_.run();
    tell(ended_.text());
  }

 private:
  void begin() {
    const std::size_t number = begun_++;
    sockets_[number]         = adieu::websocket(
                io_, url_of(o_, number), websocket_,
                {.on_open    = [this](adieu::websocket&) { opened(); },
                 .on_message = [this, number](adieu::websocket&, adieu::message_view) { answered(number); },
                 .on_close   = [this](adieu::websocket&, const adieu::close_event& e) { ended(e); }});
  }

  void opened() {
    if (begun_ < o_.count) begin();
    if (++open_ != o_.count) return;
    tell("\"open\": " + std::to_string(open_));
    due_ = asio::steady_timer::clock_type::now();
    ask_some();
  }

  // A hundredth of an interval's questions each hundredth of it.
  void ask_some() {
    for (std::size_t n = 0; n < std::max<std::size_t>(o_.count / 100, 1); ++n) {
      const std::size_t number = next_++ % o_.count;
      if (asked_[number] != 0) continue;  // still owed an answer, which counts when it comes
      asked_[number] = now_ms();
      sockets_[number].send("how long does it take?");
    }
    due_ += o_.every / 100;
    timer_.expires_at(due_);
    timer_.async_wait([this](adieu::error_code cancelled) {
      if (!cancelled && !leaving_) ask_some();
    });
  }

  void answered(std::size_t number) {
    took_.push_back(now_ms() - asked_[number]);
    asked_[number] = 0;
  }

  // A line of stdin: what was measured since the last one.
  void report(const std::string& line) {
    if (line.empty()) {
      stop_asking();
      for (auto& ws : sockets_) ws.close();
      return;
    }
    std::sort(took_.begin(), took_.end());
    const auto at = [this](double share) {
      return took_.empty() ? 0 : took_[static_cast<std::size_t>(share * (took_.size() - 1.0))];
    };
    tell("\"answers\": " + std::to_string(took_.size()) +
         ", \"p50_ms\": " + std::to_string(at(0.5)) + ", \"p99_ms\": " + std::to_string(at(0.99)) +
         ", \"max_ms\": " + std::to_string(at(1)));
    took_.clear();
  }

  void ended(const adieu::close_event& event) {
    ended_.add(event);
    if (ended_.all != o_.count) return;
    stop_asking();
    commands_.stop();
  }

  void stop_asking() {
    leaving_ = true;  // a timer that has expired cannot be cancelled any more
    timer_.cancel();
  }

  const options& o_;
  asio::io_context io_{1};
  adieu::websocket_options websocket_;
  std::vector<adieu::websocket> sockets_;
  std::vector<double> asked_, took_;
  std::size_t begun_ = 0, open_ = 0, next_ = 0;
  asio::steady_timer timer_{io_};
  asio::steady_timer::time_point due_;
  bool leaving_ = false;
  endings ended_;
  commands commands_{io_, [this](const std::string& line) { report(line); }};
};

}  // namespace

void talk(const options& o) { talking(o).run(); }

}  // namespace soak
