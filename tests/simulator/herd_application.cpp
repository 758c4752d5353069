// What the application of a client of the herd does, as chance says: in handlers and between them.
#include "simulator/herd_attempt.hpp"
#include "simulator/herd_client.hpp"

#include <algorithm>
#include <utility>

namespace simulator {

namespace {

// While one lives, a call of the application's is running: no handler may.
struct within {
  bool& inside;
  bool before;
  explicit within(bool& of) : inside(of), before(std::exchange(of, true)) {}
  ~within() { inside = before; }
};

}  // namespace

bool herd_client::looks_for_life() const noexcept {
  return how_.options.websocket.connection.deadlines.ping_after.count() != 0;
}

time herd_client::next() const noexcept {
  const time at = std::min(wakes_, acts_at_);
  return at == never ? never : std::max(at, asleep_until_);
}

void herd_client::happens() {
  const time now = in_->world->now;
  if (wakes_ <= now && told_by_world_) {
    wakes_ = wake_at_ = never;
    try {
      told_by_world_->due();
    } catch (const thrown_by_handler&) {
    }
    return;
  }
  if (acts_at_ > now) return;
  acts_at_ = never;
  if (is_finished() && !ws_) return;
  if (how_.restless != 0 && !winding_up_)
    acts_at_ = now + in_->world->ms_of({10, 300, 2'000, 11'000, 30'000, 120'000});
  if (kept_ && (winding_up_ || in_->world->chance.one_in(2))) return answers_attempt();
  if (!winding_up_) something();
}

void herd_client::throws(bool ends_nothing) {
  if (ends_nothing &&
      how_.options.websocket.connection.handler_exceptions == handler_exceptions::close_connection)
    ++thrown_;
  throw thrown_by_handler();
}

void herd_client::in_handler(bool may_send, bool ends_nothing) {
  dice& d = in_->world->chance;
  if (winding_up_) return;
  if (d.below(1000) < how_.throws) {
    tell("throws");
    throws(ends_nothing);
  }
  if (d.below(100) < how_.restless && !acts_no_more()) something(may_send);
}

void herd_client::asked(reconnecting_websocket&) {
  dice& d = in_->world->chance;
  if (winding_up_ || !d.one_in(3)) return answers_attempt();
  if (d.below(1000) < how_.throws * 4) {
    tell("throws in on_attempt");
    // Out of the handler, as a reply on its stack would.
    const std::optional<attempt_reply> dropped = std::exchange(kept_, std::nullopt);
    throws(true);
  }
  if (d.below(100) < how_.restless) something();
  if (!kept_) return;
  tell("keeps the reply");
  acts_at_ =
      std::min(acts_at_, in_->world->now + in_->world->ms_of({0, 50, 20'000, 29'990, 40'000}));
}

void herd_client::answers_attempt() {
  if (!kept_) return;
  const within call(inside_);
  attempt_reply reply = std::move(*kept_);
  kept_.reset();
  dice& d       = in_->world->chance;
  const auto is = d.below(8);
  if (!winding_up_ && is == 0) {
    tell("has no answer for the attempt");
    asking_ = false;
    return reply.fail("no token");
  }
  if (!winding_up_ && is == 1) {
    tell("answers with a URL that is none");
    try {
      reply.connect({.url = "bad"});
    } catch (const system_error&) {
    }
    asking_ = false;
    return;
  }
  if (is == 2) {
    must_connect_ = !reply.url().empty();  // it is not too late
    return tell("drops the reply");
  }
  if (needs_credentials_ && in_->world->chance.one_in(2)) ++token_;
  attempt_changes with;
  if (token_ != 0) with.headers = {{"Authorization", std::to_string(token_)}};
  answered_ = std::to_string(token_);
  reply.connect(with);
  reply.connect();  // once is enough, twice does no harm
  asking_ = false;
}

void herd_client::receives() {
  if (!how_.receives || receiving_ || no_more_ || acts_no_more()) return;
  receiving_ = true;
  ws_->async_receive([this](error_code ec, std::optional<message> m) {
    receiving_ = false;
    if (ec) {
      expect(dropped_ || ec != error_code(boost::asio::error::operation_aborted),
             "a receive is aborted, and the client is there");
      return;
    }
    no_more_ = !m;
    if (!m) return expect(told_of_end_, "no more messages come, and it has not ended");
    heard_message(m->bytes());
    receives();
  });
}

void herd_client::something(bool may_send) {
  simulator::world& w = *in_->world;
  dice& d             = w.chance;
  if (acts_no_more()) return;
  if (paused_ && d.one_in(2)) {
    tell("resumes");
    const within call(inside_);
    paused_ = false;
    return ws_->resume();
  }
  const within call(inside_);
  switch (d.below(48)) {
    case 0: return closes();
    case 1:
      tell("terminate()");
      closed_ = closed_ || ws_->state() != reconnect_state::stopped;
      return ws_->terminate();
    case 2: return drops();
    case 3:
    case 4:
      tell("pause()");
      paused_ = !told_of_end_;
      return ws_->pause();
    case 5:
    case 6:
    case 7:
    case 8: return reconnects();
    case 9:
    case 10:
      if (ws_->state() == reconnect_state::open) {
        tell("confirm()");
        rules_.confirmed();
      }
      return ws_->confirm();
    case 11:
    case 12: take_back(); return;
    case 13:
      tell("is moved");
      // A moved-from one is there for a moment.
      {
        auto moved = std::make_unique<reconnecting_websocket>(std::move(*ws_));
        std::swap(moved, ws_);
        expect(moved->state() == reconnect_state::stopped, "a moved-from client is not stopped");
      }
      return;
    case 14: return ws_->pause_reading();
    case 15: return ws_->resume_reading();
    case 16: {
      expect(ws_->close(static_cast<std::uint16_t>(1006)) || closed_ || told_of_end_ ||
                 ws_->state() == reconnect_state::stopped,
             "close(1006) is accepted");
      return;
    }
    default:
      if (may_send) send_numbered();
  }
}

void herd_client::closes() {
  const bool begins = ws_->state() != reconnect_state::stopped;
  tell("close()");
  expect(!ws_->close(in_->world->chance.of<std::uint16_t>({1000, 3001}), ""),
         "close() of a client that comes back refuses what is right");
  closed_ = closed_ || begins;
  asking_ = asking_ && !closed_;
}

void herd_client::reconnects() {
  const time now    = in_->world->now;
  const auto before = ws_->state();
  tell("reconnect_now()");
  ws_->reconnect_now();
  if (paused_) return;
  if (before == reconnect_state::open && !closed_) gives_up_for_another_ = true;
  if (before != reconnect_state::waiting || !has_begun_) return;
  const time at = rules_.soonest(now);
  expect(wake_at_ >= at && wake_at_ <= (at > now ? at + how_.options.backoff.cap : now),
         "reconnect_now() does not mean now");
  due_ = wake_at_;
}

void herd_client::drops() {
  tell("is destroyed");
  dropped_ = true;
  kept_.reset();
  ws_.reset();
}

// --- the end of a life ---

void herd_client::winds_up() {
  winding_up_   = true;
  how_.throws   = 0;
  asleep_until_ = {};
  if (kept_ || !is_finished()) acts_at_ = in_->world->now;
  if (acts_no_more()) return;
  const within call(inside_);
  if (std::exchange(paused_, false)) ws_->resume();
  ws_->resume_reading();
}

void herd_client::closes_for_good() {
  if (acts_no_more()) return;
  const within call(inside_);
  switch (in_->world->chance.below(6)) {
    case 0: return drops();
    case 1:
      if (told_by_world_) {
        tell("its io_context is destroyed");
        cut_off_ = true;
        kept_.reset();
        told_by_world_->cut_off();
      }
      return;
    case 2:
      tell("terminate()");
      closed_ = closed_ || ws_->state() != reconnect_state::stopped;
      return ws_->terminate();
    default: closes();
  }
}

void herd_client::destroy() {
  const within call(inside_);
  kept_.reset();
  ws_.reset();
}

bool herd_client::is_settled() const {
  return is_finished() || closed_ || ws_->state() == reconnect_state::open;
}

void herd_client::over() {
  expect(!world_alive_, "something of a client is left");
  expect(told_of_end_ || dropped_ || cut_off_, "a client has ended without on_close");
  expect(!receiving_ || cut_off_, "a receive never completes");
}

}  // namespace simulator
