// Connections that come, say one thing, close and go, a fixed number of them at a time.
#include "crowd.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace soak {
namespace {

class churning {
 public:
  explicit churning(const options& o) : o_(o), slots_(std::min(o.at_once, o.count)) {
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) begin(slot);
  }

  void run() {
    io_.run();
    tell(ended_.text());
  }

 private:
  void begin(std::size_t slot) {
    const std::size_t number = begun_++;
    slots_[slot]             = adieu::websocket(
                    io_, url_of(o_, number), websocket_,
                    {.on_open    = [](adieu::websocket& ws) { ws.send("here and gone"); },
                     .on_message = [](adieu::websocket& ws, adieu::message_view) { ws.close(); },
                     .on_close   = [this, slot](adieu::websocket&,
                                  const adieu::close_event& e) { ended(slot, e); }});
  }

  void ended(std::size_t slot, const adieu::close_event& event) {
    ended_.add(event);
    if (ended_.all % std::max<std::size_t>(o_.count / 10, 1) == 0)
      tell("\"cycles\": " + std::to_string(ended_.all) + ", \"heap\": " + std::to_string(heap()));
    // Not from within its own handler: the object would be replaced under it.
    asio::post(io_, [this, slot] {
      if (begun_ < o_.count) begin(slot);
    });
  }

  const options& o_;
  asio::io_context io_{1};
  adieu::websocket_options websocket_;
  std::vector<adieu::websocket> slots_;
  std::size_t begun_ = 0;
  endings ended_;
};

}  // namespace

void churn(const options& o) { churning(o).run(); }

}  // namespace soak
