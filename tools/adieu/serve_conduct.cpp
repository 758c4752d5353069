// The well-behaved paths, each a small class.
#include "serve_conduct.hpp"

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <utility>

namespace adieu::tool {
namespace {

class echo_conduct final : public conduct {
  void received(websocket& ws, message_view message) override {
    const error_code refused = ws.send(message);
    if (refused == error::send_queue_full) kept_ = adieu::message(message);
    if (kept_ || ws.buffered_amount() > read_below) ws.pause_reading();
  }
  void drained(websocket& ws) override {
    if (kept_ && !ws.send(*kept_)) {
      ++sent_again_;
      bytes_sent_again_ += kept_->size();
    }
    kept_.reset();
    ws.resume_reading();
  }
  // What was refused and has left all the same is nobody's loss.
  void closed(close_event& told) override {
    told.rejected_messages -= sent_again_;
    told.rejected_bytes -= bytes_sent_again_;
  }

  // Above the library's low water, so that on_drain comes.
  static constexpr std::uint64_t read_below = 4 << 20;

  std::optional<adieu::message> kept_;  // that there was no room for; nothing comes behind it
  std::uint64_t sent_again_       = 0;
  std::uint64_t bytes_sent_again_ = 0;
};

class last_words_conduct final : public conduct {
 public:
  explicit last_words_conduct(std::uint64_t count) : count_(count) {}

 private:
  void closing(websocket&, closing_reply reply) override {
    error_code refused;
    for (std::uint64_t i = 1; i <= count_ && !refused; ++i)
      refused = reply.send(fmt::format("last words {} of {}", i, count_));
  }

  std::uint64_t count_;
};

class talk_conduct final : public conduct {
 public:
  talk_conduct(std::uint64_t count, std::uint64_t bytes)
      : left_(count), message_(message_type::binary, std::string(bytes, 't')) {}

 private:
  void opened(websocket& ws) override { talk(ws); }
  void drained(websocket& ws) override { talk(ws); }

  void talk(websocket& ws) {
    for (int turn = 0; left_ > 0; ++turn) {
      if (ws.buffered_amount() >= ahead) return;  // drained() goes on
      if (turn == in_a_turn)
        return ws.ref().post([](websocket& later) { later.data<served>().does->drained(later); });
      if (ws.send(message_)) return;
      --left_;
    }
    if (ws.state() == ready_state::open) ws.close(1000);
  }

  static constexpr std::uint64_t ahead = 4 << 20;
  static constexpr int in_a_turn       = 4096;

  std::uint64_t left_;
  message message_;
};

class close_conduct final : public conduct {
 public:
  explicit close_conduct(close_plan plan) : plan_(std::move(plan)) {}

 private:
  void opened(websocket& ws) override {
    if (plan_.after) {
      timer_.emplace(ws.get_executor(), *plan_.after);
      timer_->async_wait([this, where = ws.ref()](const error_code& cancelled) {
        if (!cancelled) where.post([this](websocket& later) { close(later); });
      });
    } else if (plan_.after_messages.value_or(0) == 0) {
      close(ws);
    }
  }

  void received(websocket& ws, message_view) override {
    if (plan_.after_messages && ++messages_ >= *plan_.after_messages) close(ws);
  }

  void closed(close_event&) override { timer_.reset(); }

  void close(websocket& ws) {
    if (plan_.code)
      ws.close(*plan_.code, plan_.reason);
    else
      ws.close(no_status);
  }

  close_plan plan_;
  std::uint64_t messages_ = 0;
  std::optional<boost::asio::steady_timer> timer_;
};

}  // namespace

std::unique_ptr<conduct> echo() { return std::make_unique<echo_conduct>(); }

std::unique_ptr<conduct> say_last_words(std::uint64_t count) {
  return std::make_unique<last_words_conduct>(count);
}

std::unique_ptr<conduct> talk(std::uint64_t count, std::uint64_t bytes) {
  return std::make_unique<talk_conduct>(count, bytes);
}

std::unique_ptr<conduct> close_by(close_plan plan) {
  return std::make_unique<close_conduct>(std::move(plan));
}

}  // namespace adieu::tool
