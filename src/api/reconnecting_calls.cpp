// What the handle of a reconnecting client is asked to do, in whatever stage it is.
#include "api/reconnecting.hpp"

#include "base/log.hpp"
#include "protocol/connection.hpp"

namespace adieu::inline v1::api {
namespace {

// For the closing handshake of a connection that is given up for another.
constexpr std::chrono::seconds abandon_within{1};

}  // namespace

reconnect_state reconnecting::state() const noexcept {
  switch (stage_) {
    case stage::idle: return reconnect_state::idle;
    case stage::asking:
    case stage::connecting: return reconnect_state::connecting;
    case stage::open: return reconnect_state::open;
    case stage::waiting: return reconnect_state::waiting;
    case stage::stopped: break;
  }
  return reconnect_state::stopped;
}

error reconnecting::close(code_to_send code, std::string_view reason, bool& began) {
  began = false;
  if (stage_ == stage::stopped || leaving_ == leaving::for_good) return error::none;
  if (const error wrong = protocol::check_close(code, reason, role::client); wrong != error::none) {
    tell_refused_close(wrong);
    return wrong;
  }
  began = true;
  if (!link_ || (stage_ != stage::connecting && stage_ != stage::open)) {
    stop(cause::abandoned);
    return error::none;
  }
  leaving_ = leaving::for_good;
  link_->close(code, reason);  // it may be closing already: that end is the last
  return error::none;
}

// Who does not look at the result would wait for an end that nobody has begun.
void reconnecting::tell_refused_close(error why) noexcept {
  try {
    log(log_level::warning,
        "close() of a reconnecting client was refused, it goes on: " + std::string(explain(why)));
  } catch (const std::bad_alloc&) {  // it is returned
  }
}

void reconnecting::terminate() noexcept {
  if (stage_ == stage::stopped) return;
  if (!link_ || (stage_ != stage::connecting && stage_ != stage::open))
    return stop(cause::terminated);
  leaving_ = leaving::for_good;
  link_->terminate();
}

// There is no connection whose end could be told.
void reconnecting::stop(cause why) noexcept {
  stage_ = stage::stopped;
  arm();
  owe(owed::concluding, why);
}

void reconnecting::confirm() noexcept {
  if (stage_ == stage::open) judge_.confirm();
}

void reconnecting::reconnect_now() {
  if (paused_) return;
  if (stage_ == stage::waiting) {
    until_ = judge_.soonest(world_->now());
    return arm();
  }
  if (stage_ != stage::open || leaving_ != leaving::no) return;
  leaving_ = leaving::to_reconnect;
  if (options_.abandon_code == 0) return link_->terminate();
  link_->close(options_.abandon_code, "");
  link_->hurry(abandon_within);
}

void reconnecting::pause() noexcept {
  paused_ = true;
  if (stage_ != stage::waiting) return;
  stage_ = stage::idle;
  arm();
}

void reconnecting::resume() {
  paused_ = false;
  if (stage_ != stage::idle) return;
  stage_ = stage::waiting;
  arm();
}

}  // namespace adieu::inline v1::api
