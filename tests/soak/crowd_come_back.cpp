// Clients that come back: when each attempt was made and when each opening succeeded, in tenths of
// a second from the first loss on.
#include "crowd.hpp"

namespace soak {
namespace {

using client = adieu::reconnecting_websocket;

class returning {
 public:
  explicit returning(const options& o) : o_(o), clients_(o.count) {
    options_.websocket.connection.deadlines.ping_after = {};
    while (begun_ < o_.count && begun_ < o_.at_once) begin();
  }

  void run() {
    io_.run();
    tell(ended_.text() + ", \"attempts\": " + list(attempts_) +
         ", \"openings\": " + list(openings_));
  }

 private:
  void begin() {
    const std::size_t number = begun_++;
    clients_[number]         = client(io_, url_of(o_, number),
                                      adieu::reconnecting_options{.websocket = options_.websocket},
                                      {.on_attempt =
                                           [this](client&, adieu::attempt_reply reply) {
                                     count(attempts_);
                                     reply.connect();
                                   },
                                       .on_open  = [this](client&) { opened(); },
                                       .on_down  = [this](client&, const adieu::close_event& e,
                                                 const adieu::decision&) { went_down(e); },
                                       .on_close = [this](client&, const adieu::close_event& e,
                                                  const adieu::decision&) { ended(e); }});
  }

  void opened() {
    count(openings_);
    if (begun_ < o_.count) begin();
    if (++open_ == o_.count)
      tell("\"open\": " + std::to_string(open_) + ", \"down\": " + std::to_string(down_) +
           ", \"ms\": " + std::to_string(now_ms()));
  }

  void went_down(const adieu::close_event& event) {
    if (event.phase < adieu::phase::open) return;  // an attempt during the outage
    if (down_++ == 0) first_down_ = now_ms();
    --open_;
  }

  void ended(const adieu::close_event& event) {
    ended_.add(event);
    if (ended_.all == o_.count) commands_.stop();
  }

  // Only what comes after the loss.
  void count(std::vector<std::size_t>& tenths) {
    if (down_ == 0) return;
    const auto tenth = static_cast<std::size_t>((now_ms() - first_down_) / 100);
    if (tenths.size() <= tenth) tenths.resize(tenth + 1);
    ++tenths[tenth];
  }

  static std::string list(const std::vector<std::size_t>& numbers) {
    std::string text;
    for (const auto n : numbers) text += (text.empty() ? "" : ", ") + std::to_string(n);
    return "[" + text + "]";
  }

  const options& o_;
  asio::io_context io_{1};
  adieu::reconnecting_options options_;
  std::vector<client> clients_;
  std::size_t begun_ = 0, open_ = 0, down_ = 0;
  double first_down_ = 0;
  std::vector<std::size_t> attempts_, openings_;
  endings ended_;
  commands commands_{io_, [this](const std::string&) {
                       for (auto& c : clients_) c.close();
                     }};
};

}  // namespace

void come_back(const options& o) { returning(o).run(); }

}  // namespace soak
