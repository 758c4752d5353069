// docs/reconnecting.md, the table and the rules around it.
#include "simulator/herd_rules.hpp"

#include "net/tls_error.hpp"

#include <algorithm>
#include <cmath>

namespace simulator {

using namespace adieu;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

void herd_rules::begin(const reconnecting_options& options, bool brings_credentials) {
  options_            = &options;
  brings_credentials_ = brings_credentials;
  asked_ = open_ = confirmed_ = false;
  n_ = row_ = 0;
  slow_row_ = 0;
  begun_.clear();
  good_              = options.known_good;
  keeps_credentials_ = false;
  refused_at_.reset();
  not_before_ = {};
}

void herd_rules::attempt_begins(time now) {
  if (begun_.empty()) since_ = now;
  open_ = confirmed_ = false;
  begun_.push_back(now);
  while (begun_.size() > 100) begun_.pop_front();
}

time herd_rules::ceiling(time now) const {
  return begun_.size() < 100 ? now : std::max(now, begun_.front() + 10min);
}

herd_rules::does herd_rules::changed(does then, const close_event& event, bool by_cause) const {
  using about = reconnect_policy::rule::about;
  for (const auto& rule : options_->policy.rules()) {
    const unsigned number = rule.what == about::cause    ? static_cast<unsigned>(event.cause)
                            : rule.what == about::status ? event.http_status
                                                         : event.code;
    const bool meant      = rule.what == about::status  ? event.cause == cause::refused
                            : rule.what == about::cause ? by_cause
                                                        : !by_cause && event.cause != cause::refused;
    if (!meant || number < rule.first || number > rule.last) continue;
    switch (rule.then) {
      case action::back_off: then = does::backs_off; break;
      case action::slow: then = does::slowly; break;
      case action::restart: then = does::restarts; break;
      case action::retry_after: then = does::waits; break;
      case action::new_credentials: then = does::credentials; break;
      case action::stop_at_third: then = does::third; break;
      case action::stop_at_eighth: then = does::eighth; break;
      case action::stop_unless_known_good: then = does::rarely; break;
      case action::stop: then = does::stops; break;
    }
  }
  return then;
}

herd_rules::does herd_rules::lookup(const close_event& event) const {
  switch (event.cause) {
    case cause::refused: {
      const unsigned s = event.http_status;
      if (s == 0) return changed(does::backs_off, event, true);  // it could not be read
      does then = s >= 500 ? does::backs_off : s == 410 ? does::stops : does::rarely;
      if (s == 401 || s == 407) then = does::credentials;
      if (s == 408 || s == 425 || s == 429 || s == 503) then = does::waits;
      return changed(then, event, false);
    }
    case cause::tls_failed: {
      const bool cut = event.error.category() == boost::system::system_category() ||
                       event.error == error_code(net::tls_cut_off(), net::tls_category());
      return cut ? changed(does::backs_off, event, true) : does::rarely;
    }
    case cause::protocol_violation:
    case cause::invalid_text:
    case cause::message_too_big:
    case cause::flooded:
    case cause::handler_failed: return changed(does::third, event, true);
    case cause::send_queue_overflow: return changed(does::backs_off, event, true);
    default: break;
  }
  if (!open_) return changed(does::backs_off, event, true);
  does then        = does::backs_off;
  const unsigned c = event.code;
  if (c == 1002 || c == 1003 || c == 1007 || c == 1010) then = does::third;
  if (c == 1008 || c == 1009 || c == 3003) then = does::stops;
  if (c == 1012) then = does::restarts;
  if (c == 1013) then = does::slowly;
  if (c == 3000) then = does::credentials;
  if (c > 3000 && c != 3003) then = does::eighth;
  return changed(then, event, false);
}

// The widest delay of the next back-off.
milliseconds herd_rules::top() const {
  const backoff& b = options_->backoff;
  double widest    = static_cast<double>(b.window.count());
  for (std::uint32_t i = 0; i < n_ && widest < 1e12; ++i) widest *= b.factor;
  return std::max(b.floor, milliseconds(static_cast<std::int64_t>(
                               std::min(widest + 1, static_cast<double>(b.cap.count())))));
}

void herd_rules::longer(expected& right, milliseconds floor, milliseconds window,
                        milliseconds cap) const {
  right.least = floor;
  right.most  = milliseconds(static_cast<std::int64_t>(
      std::min(static_cast<double>(cap.count()),
                static_cast<double>(window.count()) * std::pow(options_->backoff.factor, n_) + 1)));
  right.most  = std::max(right.most, right.least);
}

// New ones at once, if they come from anywhere and were not asked for lately; then not so quickly
// that an account gets locked; the same ones once an hour. Who has never worked stops.
void herd_rules::credentials(expected& right, time now) {
  const backoff& b      = options_->backoff;
  const bool lately     = refused_at_ && now - *refused_at_ < b.credentials_floor;
  refused_at_           = now;
  keeps_credentials_    = good_ && !brings_credentials_;
  right.come_back       = good_ || (brings_credentials_ && !asked_);
  right.new_credentials = right.come_back && brings_credentials_;
  if (!good_) return;
  if (keeps_credentials_) {
    right.least = b.same_credentials;
    right.most  = b.same_credentials + b.same_credentials / 10;
  } else if (asked_ || lately) {
    longer(right, b.credentials_floor, b.credentials_window, b.credentials_cap);
  }
}

herd_rules::expected herd_rules::judge(const close_event& event, time now, bool unchanged) {
  const backoff& b  = options_->backoff;
  const bool stable = open_ && (confirmed_ || event.time_open >= options_->stable_after);
  if (stable) {
    n_ = row_ = 0;
    slow_row_ = 0;
    asked_    = false;
    since_    = now;
    good_     = true;
  }
  const does then    = unchanged ? does::credentials : lookup(event);
  keeps_credentials_ = false;
  if (then != does::slowly && then != does::rarely) slow_row_ = 0;
  if (!stable) {
    if (then == does::third || then == does::eighth) {
      row_    = then == row_of_ ? row_ + 1 : 1;
      row_of_ = then;
    } else if (open_) {
      row_ = 0;
    }
  }
  expected right;
  const std::size_t endpoints = options_->endpoints.size() + 1;
  right.next_endpoint         = endpoints > 1 && !open_;
  right.most                  = top();
  right.least                 = std::max(
                      b.floor, milliseconds(static_cast<std::int64_t>(std::max(
                                   0.0, static_cast<double>(right.most.count() - 1) * (1 - b.jitter) - 1))));
  right.crowd = true;
  switch (then) {
    case does::backs_off: break;
    case does::slowly:
    case does::rarely:
      right.come_back = then == does::slowly || good_;
      if (!right.come_back) break;
      right.next_endpoint = endpoints > 1;
      if (++slow_row_ < endpoints) break;
      slow_row_ = 0;
      if (then == does::slowly)
        longer(right, b.slow_floor, b.slow_window, b.slow_cap);
      else
        longer(right, b.rare_floor, b.rare_window, b.rare_cap);
      break;
    case does::restarts:
      if (!stable) break;
      right.least = b.restart_floor;
      right.most  = b.restart_window;
      break;
    case does::waits: {
      if (!event.retry_after || *event.retry_after <= 0s) break;
      const milliseconds told = std::min<milliseconds>(*event.retry_after, 10min);
      right.least             = std::max(told, right.least);
      right.most              = std::max(told, right.most);
      right.most += std::max(right.most / 10, b.window);
      break;
    }
    case does::credentials: credentials(right, now); break;
    case does::third: right.come_back = row_ < 3; break;
    case does::eighth: right.come_back = row_ < 8; break;
    case does::stops: right.come_back = false;
  }
  if (options_->max_attempts != 0 && n_ >= options_->max_attempts) right.come_back = false;
  if (const auto most = options_->max_elapsed; right.come_back && most.count() != 0) {
    const auto elapsed = std::chrono::duration_cast<milliseconds>(now - since_);
    right.may_stop     = elapsed + right.most > most;
    right.come_back    = elapsed + right.least <= most;
    right.most         = std::min(right.most, std::max(right.least, most - elapsed));
  }
  if (!right.come_back) right.least = right.most = 0ms;
  return right;
}

std::uint32_t herd_rules::comes_back(bool new_credentials, time at) {
  asked_      = asked_ || new_credentials;
  not_before_ = keeps_credentials_ ? at : time{};
  return ++n_;
}

const char* herd_rules::wrong_with(const expected& right, const decision& made, time now) const {
  if (made.come_back && !right.come_back) return "it comes back where it has to stop";
  if (!made.come_back && right.come_back && !right.may_stop)
    return "it gives up where it has to come back";
  if (!made.come_back) return made.delay.count() != 0 ? "a delay, and it gives up" : "";
  const auto allowed = std::chrono::ceil<milliseconds>(ceiling(now) - now);
  if (made.delay < right.least) return "the delay is shorter than its floor";
  if (made.delay < allowed) return "the next attempt breaks the ceiling";
  const auto most = allowed.count() > 0 && allowed + options_->backoff.cap > right.most
                        ? allowed + options_->backoff.cap
                        : right.most;
  if (made.delay > most) return "the delay is longer than its cap";
  if (made.next_endpoint != right.next_endpoint) return "the next attempt is at the wrong endpoint";
  if (made.new_credentials != right.new_credentials)
    return "new credentials are asked for, or not, where they should not, or should";
  return "";
}

}  // namespace simulator
