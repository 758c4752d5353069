// The rules. [docs/closing.md; RFC 6455 5.5.2]
#include "simulator/patience.hpp"

#include <algorithm>
#include <utility>

namespace simulator {
namespace {

using span = patience::span;

// What was sent is remembered in about milliseconds.
constexpr duration coarse = std::chrono::microseconds(1100);

span earliest(span a, span b) { return {std::min(a.from, b.from), std::min(a.to, b.to)}; }
span at_once(time t) { return {t, t}; }
span later_by(span s, duration d) {
  return {s.from == never ? never : s.from + d, s.to == never ? never : s.to + d};
}

}  // namespace

void patience::begin(world& w, who whose, const adieu::protocol::terms& agreed,
                     const direction& out) {
  *this    = {};
  world_   = &w;
  whose_   = whose;
  agreed_  = &agreed;
  out_     = &out;
  started_ = began_ = stage_began_ = heard_ = left_ = w.now;
  const duration ping                               = agreed.ping_after();
  silence_from_                                     = ping - ping / 10;
  silence_to_                                       = ping + ping / 10;
}

bool patience::keeps_alive() const {
  return agreed_->ping_after().count() > 0 && agreed_->options.deadlines.pong_within.count() > 0;
}

// --- what happens ---

void patience::at(stage now_at) {
  if (now_at == stage_) return;
  stage_ = now_at;
  asks_  = false;
  if (stage_ <= stage::open) return;
  stage_began_ = world_->now;
  if (!std::exchange(began_known_, true)) began_ = world_->now;
  watch_anew();
  watches_ = stage_ != stage::ending && stage_ != stage::replying && stage_ != stage::closed;
}

void patience::opened() {
  stage_ = stage::open;
  heard_ = left_ = world_->now;
}

void patience::heard() {
  heard_ = world_->now;
  if (asks_) answered();
}

void patience::reads(bool reading) {
  if (reading && !reading_ && stage_ != stage::connecting) heard();
  reading_ = reading;
}

void patience::left(std::uint64_t bytes, bool all) {
  left_ = world_->now;
  if (watches_) {
    const bool was_behind = ahead_ != 0;
    ahead_ -= std::min(ahead_, bytes);
    if (was_behind && ahead_ == 0) asked_at_ = out_->put_total();
    // Where nothing better is known that is progress.
    if (!known_) {
      progress_ = acknowledged_more_ = world_->now;
      waits_                         = at_once(world_->now);
    }
  }
  if (!all) return;
  refused_ = never;
  if (stage_ == stage::open && !asks_) watches_ = false;
}

void patience::refused() {
  if (refused_ == never) refused_ = world_->now;
}

void patience::hurried(time until) { until_ = std::min(until_, until); }

void patience::watch_anew() {
  watches_     = true;
  watch_began_ = acknowledged_more_ = world_->now;
  waits_                            = at_once(world_->now);
  progress_ = looked_ = {};
  known_ = has_place_ = has_read_ = false;
  ahead_                          = 0;
  asked_at_                       = out_->put_total();
}

void patience::looked(const transport_look& seen) {
  if (stage_ == stage::connecting || stage_ == stage::closed) return;
  if (stage_ == stage::open && refused_ != never && !watches_) watch_anew();
  if (!watches_) return;
  if (world_->now - look_by() > within() / 4) was_away(look_by());
  looked_         = world_->now;
  largest_window_ = std::max<std::uint64_t>(largest_window_, out_->how.window);
  if (!seen.tells_acknowledged) return take_arrival_for_life();
  if (ahead_ == 0 && !has_place_) {
    has_place_ = true;
    place_     = seen.acknowledged + seen.unacknowledged;
  }
  if (known_) {
    const std::uint64_t more = seen.acknowledged - last_.acknowledged;
    if (more != 0) acknowledged_more_ = world_->now;
    // Room came back, or what there was room for came and there is room again: somebody has read.
    const bool came_back = seen.window > last_.window || more > last_.window ||
                           (seen.window != 0 && more == last_.window);
    if (seen.tells_window ? came_back : more != 0) shown(seen, seen.tells_window);
  }
  last_  = seen;
  known_ = true;
  take_arrival_for_life();
}

// Nobody could look since then: that time does not count against the peer.
void patience::was_away(time since) {
  const auto later = [this, since](time t) {
    return std::min(t + (world_->now - since), world_->now);
  };
  progress_          = later(std::max(progress_, watch_began_));
  acknowledged_more_ = later(acknowledged_more_);
  waits_             = {later(waits_.from), later(waits_.to)};
}

// While nothing is read no answer can be seen: that the question has arrived is all.
void patience::take_arrival_for_life() {
  if (asks_ && !reading_ && is_acknowledged()) heard();
}

// The peer reads. As long as it has not read the question that prolongs the wait; once it certainly
// has, only an answer counts. In between either is right, where the window is told.
void patience::shown(const transport_look& seen, bool tells_window) {
  progress_ = world_->now;
  if (ahead_ != 0 || !has_place_ || out_->read_total() < asked_at_) {
    waits_ = at_once(world_->now);
  } else if (!std::exchange(has_read_, seen.acknowledged > place_ + largest_window_)) {
    waits_.to = world_->now;
    if (!tells_window) waits_.from = world_->now;  // every acknowledgement is taken for reading
  }
}

void patience::answered() {
  asks_ = false;
  if (refused_ == never) watches_ = false;
}

unsigned patience::ask() {
  if (!watches_) watch_anew();
  asks_  = true;
  waits_ = at_once(world_->now);
  // One that has not left is enough.
  if (refused_ != never && ahead_ != 0) return 0;
  has_place_ = has_read_ = false;
  asked_at_              = ~std::uint64_t{0};
  ++pings_;
  return 1;
}

bool patience::is_acknowledged() const {
  return known_ ? has_place_ && last_.acknowledged >= place_ : ahead_ == 0;
}

unsigned patience::ticked(time next_deadline) {
  const duration within = agreed_->options.deadlines.pong_within;
  unsigned queued       = 0;
  for (bool is_due = true; is_due;) {
    if (world_->now >= blocked_until()) return gives_up_ = true, queued;
    if (!asks_) return queued + ask();
    if (world_->now < waits_.from + within) return queued;
    // Who does not read sees no answer: that the question has arrived is all.
    if (reading_ || !is_acknowledged()) return gives_up_ = true, queued;
    heard();
    const span next = open_deadline();
    is_due          = next.to <= world_->now ||
             (next.from <= world_->now && next_deadline >= world_->now + within);
  }
  return queued;
}

unsigned patience::doubted() {
  if (stage_ != stage::open || !keeps_alive()) return 0;
  if (!asks_) return ask();
  waits_ = at_once(world_->now);  // the answer may be there
  return 0;
}

// --- what has to be ---

span patience::deadline() const {
  switch (stage_) {
    case stage::closed: return {};
    case stage::connecting:
      return at_once(std::min(started_ + agreed_->options.deadlines.opening, until_));
    case stage::open: return open_deadline();
    default: return closing_deadline();
  }
}

span patience::closing_deadline() const {
  const auto& d    = agreed_->options.deadlines;
  const span whole = at_once(std::min(until_, began_ + d.closing));
  switch (stage_) {
    case stage::ending: return earliest(whole, at_once(stage_began_ + d.ending));
    case stage::replying: return earliest(whole, at_once(stage_began_ + d.last_words));
    case stage::awaiting_close: return earliest(whole, later_by(waits_, d.awaiting_close));
    default: return earliest(whole, at_once(acknowledged_more_ + d.flushing));
  }
}

time patience::blocked_until() const {
  if (refused_ == never) return never;
  return std::max(refused_, watches_ ? progress_ : time{}) + agreed_->ping_after() +
         agreed_->options.deadlines.pong_within;
}

span patience::silence_after(time t, duration roughly) const {
  return {t + silence_from_, t + silence_to_ + roughly};
}

span patience::open_deadline() const {
  if (!keeps_alive()) return {};
  const span blocked = at_once(blocked_until());
  if (asks_) return earliest(later_by(waits_, agreed_->options.deadlines.pong_within), blocked);
  const span unsent = refused_ != never ? blocked : silence_after(left_, coarse);
  return earliest(unsent, silence_after(heard_, {}));
}

void patience::saw(time deadline) {
  if (stage_ != stage::open || !keeps_alive() || asks_ || refused_ != never) return;
  const time since       = std::min(heard_, left_);
  const bool is_exact    = heard_ <= left_;
  const duration silence = deadline - since;
  silence_from_          = std::max(silence_from_, is_exact ? silence : silence - coarse);
  silence_to_            = std::min(silence_to_, silence);
}

duration patience::within() const {
  const auto& d = agreed_->options.deadlines;
  switch (stage_) {
    case stage::open:
      return asks_ ? duration(d.pong_within) : agreed_->ping_after() + d.pong_within;
    case stage::awaiting_close: return d.awaiting_close;
    default: return d.flushing;
  }
}

time patience::look_by() const {
  if (stage_ == stage::connecting || stage_ == stage::closed) return never;
  if (!watches_)
    return stage_ == stage::open && refused_ != never && keeps_alive() ? refused_ + within() / 4
                                                                       : never;
  if (looked_ == time{}) return watch_began_ + within() / 64;
  const time by = looked_ + within() / 4;
  return asks_ ? std::max(by, waits_.to) : by;
}

bool patience::talks() const {
  return !input_ended_ && world_->now - heard_ < agreed_->options.deadlines.ending;
}

bool patience::closing_is_over() const {
  return world_->now >= std::min(until_, began_ + agreed_->options.deadlines.closing);
}

}  // namespace simulator
