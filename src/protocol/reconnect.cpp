// The rules carried out. docs/reconnecting.md says why they are as they are.
#include "protocol/reconnect.hpp"

#include "protocol/reconnect_table.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace adieu::inline v1::protocol {

using std::chrono::milliseconds;

namespace {

// Of a Retry-After, or at least the window: so that those who were told the same do not come as
// one.
constexpr int retry_after_spread = 10;  // a tenth

// Of `same_credentials`: a fleet whose accounts were all refused at once does not come as one.
constexpr int same_credentials_spread = 10;  // a tenth

// Even a delay that a policy made up must be one that can be added to a time.
constexpr std::chrono::hours longest_delay{366 * 24};

std::uint32_t circuit_limit(action then) noexcept {
  return then == action::stop_at_third ? 3 : then == action::stop_at_eighth ? 8 : 0;
}

std::string in_words(const ending& how, const char* clause) {
  std::string text = clause;
  if (how.http_status != 0) text += " (HTTP " + std::to_string(how.http_status) + ")";
  if (how.received && how.received->code) text += " (" + std::to_string(how.code) + ")";
  return text;
}

}  // namespace

milliseconds drawn(milliseconds from, milliseconds to, random_source& chance) noexcept {
  std::uint64_t bits = 0;
  if (to <= from || !chance.fill(std::as_writable_bytes(std::span(&bits, 1))))
    return std::max(from, to);
  const auto span = static_cast<std::uint64_t>((to - from).count()) + 1;
  return from + milliseconds(static_cast<std::int64_t>(bits % span));
}

milliseconds delay_of(const backoff& how, std::uint32_t n, random_source& chance) noexcept {
  const auto cap   = static_cast<double>(how.cap.count());
  const double top = static_cast<double>(how.window.count()) * std::pow(how.factor, n);
  const milliseconds to(static_cast<std::int64_t>(std::min(top, cap)));
  const milliseconds share(
      static_cast<std::int64_t>(static_cast<double>(to.count()) * (1 - how.jitter)));
  return drawn(std::max(how.floor, share), to, chance);
}

std::string wrong_with(const reconnect_rules& rules) {
  const backoff& b = rules.backoff;
  const struct {
    milliseconds floor, window, cap;
  } all[] = {{b.floor, b.window, b.cap},
             {b.slow_floor, b.slow_window, b.slow_cap},
             {b.restart_floor, b.restart_window, b.restart_window},
             {b.rare_floor, b.rare_window, b.rare_cap},
             {b.credentials_floor, b.credentials_window, b.credentials_cap},
             {b.same_credentials, b.same_credentials, b.same_credentials}};
  for (const auto& [floor, window, cap] : all) {
    if (floor.count() < 0) return "a floor of the backoff must not be negative";
    if (floor > window) return "a floor of the backoff must not be above its window";
    if (window > cap) return "a window of the backoff must be above 0 and not above its cap";
    if (cap > longest_delay) return "a delay of the backoff must not be above a year";
  }
  if (b.window.count() <= 0) return "a window of the backoff must be above 0 and not above its cap";
  if (!(b.factor >= 1 && b.factor <= 1000)) return "the backoff's factor must be from 1 to 1000";
  if (!(b.jitter >= 0 && b.jitter <= 1)) return "the backoff's jitter must be from 0 to 1";
  if (rules.stable_after.count() < 0 || rules.stable_after > longest_delay)
    return "stable_after must be from 0 to a year";
  if (rules.max_elapsed.count() < 0) return "max_elapsed must not be negative (0: no limit)";
  return wrong_with(rules.policy);
}

// --- what happens ---

void reconnect::attempt_begins(time now) {
  if (history_.all_attempts++ == 0) since_ = now;
  open_ = confirmed_ = false;
  begun_.push_back(now);
  if (begun_.size() > most_attempts) begun_.pop_front();
}

void reconnect::opened() noexcept {
  open_ = true;
  ++history_.openings;
}

void reconnect::forget(time now) noexcept {
  since_                         = now;
  history_.attempts              = 0;
  history_.in_a_row              = 0;
  history_.asked_for_credentials = false;
  turned_away_                   = 0;
}

// --- what to do ---

decision reconnect::judge(const ending& how, bool lost_in_tls, time now) {
  const verdict_on_end said = look_up(rules_->policy, how, open_, lost_in_tls);
  return judge(said.then, in_words(how, said.why), how, now);
}

decision reconnect::judge_unchanged_credentials(const ending& how, time now) {
  return judge(action::new_credentials, "on_attempt brought what had been refused", how, now);
}

decision reconnect::judge(action then, std::string why, const ending& how, time now) {
  history_.was_open   = open_;
  history_.was_stable = open_ && (confirmed_ || how.time_open >= rules_->stable_after);
  if (history_.was_stable) forget(now);
  history_.known_good = history_.known_good || history_.was_stable;
  history_.elapsed    = std::chrono::duration_cast<milliseconds>(now - since_);

  count_in_a_row(then);
  keeps_credentials_ = false;
  decision made;
  made.why           = std::move(why);
  made.next_endpoint = rules_->endpoints > 1 && !open_;
  carry_out(then, how, made, now);
  made.attempt = history_.attempts + 1;

  if (made.come_back && rules_->max_attempts != 0 && history_.attempts >= rules_->max_attempts)
    stop(made, "max_attempts is reached");
  if (made.come_back && rules_->max_elapsed.count() != 0 &&
      history_.elapsed + made.delay > rules_->max_elapsed)
    stop(made, "max_elapsed is over");
  return made;
}

// An attempt that did not open says nothing about how connections end, unless a rule says so.
void reconnect::count_in_a_row(action then) noexcept {
  if (then != action::slow && then != action::stop_unless_known_good) turned_away_ = 0;
  if (history_.was_stable) return;
  if (circuit_limit(then) != 0) {
    history_.in_a_row = then == circuit_ ? history_.in_a_row + 1 : 1;
    circuit_          = then;
  } else if (history_.was_open) {
    history_.in_a_row = 0;
  }
}

void reconnect::carry_out(action then, const ending& how, decision& made, time now) {
  const backoff& b = rules_->backoff;
  switch (then) {
    case action::back_off: return back_off(made);

    case action::slow:
      if (is_next_endpoints_turn(made)) return back_off(made);
      return back_off_longer(made, b.slow_floor, b.slow_window, b.slow_cap);

    case action::stop_unless_known_good:
      if (!history_.known_good) return stop(made, "coming back would not help");
      made.why += ": it has worked before";
      if (is_next_endpoints_turn(made)) return back_off(made);
      return back_off_longer(made, b.rare_floor, b.rare_window, b.rare_cap);

    case action::restart:
      if (!history_.was_stable) return back_off(made);
      made.delay = drawn(b.restart_floor, b.restart_window, *chance_);
      return;

    case action::retry_after: {
      back_off(made);
      if (!how.retry_after || how.retry_after->count() <= 0) return;
      const milliseconds told = std::min<milliseconds>(*how.retry_after, longest_retry_after);
      const milliseconds wait = std::max(told, made.delay);
      made.delay = wait + drawn({}, std::max(wait / retry_after_spread, b.window), *chance_);
      return;
    }

    case action::new_credentials: return with_credentials(made, now);

    case action::stop_at_third:
    case action::stop_at_eighth:
      if (history_.in_a_row >= circuit_limit(then))
        return stop(made, then == action::stop_at_third
                              ? "the third short-lived connection in a row that ended so"
                              : "the eighth short-lived connection in a row that ended so");
      return back_off(made);

    case action::stop: return stop(made, "coming back would not help");
  }
}

// Whoever is known good had right ones once: they have expired, or those who check them have
// failed. Still no account must be locked by attempts that follow each other quickly.
void reconnect::with_credentials(decision& made, time now) {
  const backoff& b          = rules_->backoff;
  const auto refused_before = std::exchange(refused_at_, now);
  if (!rules_->brings_credentials) {
    if (!history_.known_good) return stop(made, "nothing brings new ones (on_attempt)");
    made.why += ": they were good before, and nothing brings new ones (on_attempt)";
    made.delay =
        b.same_credentials + drawn({}, b.same_credentials / same_credentials_spread, *chance_);
    keeps_credentials_ = true;
    return;
  }
  const bool asked_lately = refused_before && now - *refused_before < b.credentials_floor;
  if (history_.asked_for_credentials && !history_.known_good)
    return stop(made, "new ones did not help");
  made.new_credentials = true;
  if (!history_.known_good || !(history_.asked_for_credentials || asked_lately))
    return back_off(made);
  made.why += ": new ones did not help";
  back_off_longer(made, b.credentials_floor, b.credentials_window, b.credentials_cap);
}

// Before a long delay all endpoints are tried.
bool reconnect::is_next_endpoints_turn(decision& made) noexcept {
  made.next_endpoint = rules_->endpoints > 1;
  if (++turned_away_ < rules_->endpoints) return true;
  turned_away_ = 0;
  return false;
}

void reconnect::back_off(decision& made) {
  made.delay = delay_of(rules_->backoff, history_.attempts, *chance_);
}

void reconnect::back_off_longer(decision& made, milliseconds floor, milliseconds window,
                                milliseconds cap) {
  backoff longer = rules_->backoff;
  longer.floor = floor, longer.window = window, longer.cap = cap;
  made.delay = delay_of(longer, history_.attempts, *chance_);
}

void reconnect::stop(decision& made, const char* because) {
  made.come_back = made.next_endpoint = made.new_credentials = false;
  made.delay                                                 = {};
  made.why += std::string(": ") + because;
}

void reconnect::settle(decision& made, time now) {
  if (!made.come_back) return;
  made.delay = std::clamp<milliseconds>(made.delay, milliseconds(0), longest_delay);
  if (const time allowed = below_ceiling(now); allowed > now + made.delay)
    made.delay = std::chrono::ceil<milliseconds>(allowed - now);
  not_before_  = keeps_credentials_ ? now + made.delay : time{};
  made.attempt = ++history_.attempts;
  if (made.new_credentials) history_.asked_for_credentials = true;
}

// Waits until the oldest is out of sight; a chance delay keeps those who wait for that apart.
time reconnect::below_ceiling(time now) {
  if (begun_.size() < most_attempts) return now;
  const time allowed = begun_.front() + most_attempts_in;
  return allowed <= now ? now : allowed + drawn({}, rules_->backoff.cap, *chance_);
}

}  // namespace adieu::inline v1::protocol
