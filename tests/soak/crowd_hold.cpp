// Connections that open, say nothing, and wait for their end: the server's, or ours when stdin
// ends.
#include "crowd.hpp"

namespace soak {
namespace {

class holding {
 public:
  explicit holding(const options& o) : o_(o), sockets_(o.count) {
    websocket_.connection.deadlines.opening    = std::chrono::seconds(60);
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
                {.on_open  = [this](adieu::websocket&) { opened(); },
                 .on_close = [this](adieu::websocket&, const adieu::close_event& e) { ended(e); }});
  }

  void opened() {
    if (begun_ < o_.count) begin();
    if (++open_ == o_.count)
      tell("\"open\": " + std::to_string(open_) + ", \"heap\": " + std::to_string(heap()));
  }

  void ended(const adieu::close_event& event) {
    ended_.add(event);
    if (begun_ < o_.count) begin();  // one that never opened
    if (ended_.all == o_.count) commands_.stop();
  }

  void close_all() {
    for (auto& ws : sockets_) ws.close();
  }

  const options& o_;
  asio::io_context io_{1};
  adieu::websocket_options websocket_;
  std::vector<adieu::websocket> sockets_;
  std::size_t begun_ = 0, open_ = 0;
  endings ended_;
  commands commands_{io_, [this](const std::string&) { close_all(); }};
};

}  // namespace

void hold(const options& o) { holding(o).run(); }

}  // namespace soak
