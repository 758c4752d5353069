// The rules of coming back that need a history: delays that grow until a connection was stable, the
// third and the eighth in a row, credentials once, what was ever good, the ceiling. Event, time and
// chance in, decision out. Which action belongs to which end is the table's business
// (reconnect_table). Knows no connection and no timer.
#pragma once

#include <adieu/reconnect_policy.hpp>

#include "protocol/mask_keys.hpp"
#include "protocol/time.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace adieu::inline v1::protocol {

/// What does not change during a client's life.
struct reconnect_rules {
  adieu::backoff backoff                 = {};
  reconnect_policy policy                = {};
  std::chrono::milliseconds stable_after = std::chrono::seconds(10);
  std::uint32_t max_attempts             = 0;   // 0: no limit
  std::chrono::milliseconds max_elapsed  = {};  // 0: no limit
  std::size_t endpoints                  = 1;
  bool brings_credentials                = false;  // there is an on_attempt
  bool known_good                        = false;  // before there was this client
};

/// "" if the rules can be; else what cannot.
std::string wrong_with(const reconnect_rules& rules);

/// A number of milliseconds drawn evenly from [from, to]; `to` if there is no randomness.
std::chrono::milliseconds drawn(std::chrono::milliseconds from, std::chrono::milliseconds to,
                                random_source& chance) noexcept;
/// Delay n of a back-off.
std::chrono::milliseconds delay_of(const backoff& how, std::uint32_t n,
                                   random_source& chance) noexcept;

class reconnect {
  using milliseconds = std::chrono::milliseconds;

 public:
  /// At most that many attempts within that time, whatever the policy.
  static constexpr std::size_t most_attempts                = 100;
  static constexpr std::chrono::minutes most_attempts_in    = std::chrono::minutes(10);
  static constexpr std::chrono::minutes longest_retry_after = std::chrono::minutes(10);

  /// Both must outlive it.
  reconnect(const reconnect_rules& rules, random_source& chance)
      : rules_(&rules), chance_(&chance) {
    history_.known_good = rules.known_good;
  }

  // --- what happens ---
  void attempt_begins(time now);
  void opened() noexcept;
  /// The application says that this connection is good.
  void confirm() noexcept { confirmed_ = open_; }

  // --- what to do: first judge(), then, once the application has changed it, settle() ---
  /// `lost_in_tls`: see look_up().
  decision judge(const ending& how, bool lost_in_tls, time now);
  /// Of an attempt that was not made, for on_attempt brought what had been refused.
  decision judge_unchanged_credentials(const ending& how, time now);
  /// Takes the decision as it is now: holds it to the ceiling, and remembers it.
  void settle(decision& made, time now);

  /// When an attempt may begin at the earliest, if the application wants one now.
  time soonest(time now) { return std::max(below_ceiling(now), not_before_); }
  const reconnect_history& history() const noexcept { return history_; }

 private:
  void forget(time now) noexcept;
  decision judge(action then, std::string why, const ending& how, time now);
  void count_in_a_row(action then) noexcept;
  void carry_out(action then, const ending& how, decision& made, time now);
  void with_credentials(decision& made, time now);
  bool is_next_endpoints_turn(decision& made) noexcept;
  void back_off(decision& made);
  void back_off_longer(decision& made, milliseconds floor, milliseconds window, milliseconds cap);
  void stop(decision& made, const char* because);
  time below_ceiling(time now);

  const reconnect_rules* rules_;
  random_source* chance_;
  reconnect_history history_;
  std::deque<time> begun_;           // the last attempts, at most `most_attempts`
  time since_              = {};     // the last stable connection ended, or the first attempt began
  action circuit_          = {};     // what history_.in_a_row counts
  std::size_t turned_away_ = 0;      // endpoints in a row that want nobody for some time
  bool open_               = false;  // the present attempt has opened
  bool confirmed_          = false;
  bool keeps_credentials_  = false;  // the next attempt has those that were refused
  std::optional<time> refused_at_;   // credentials
  time not_before_ = {};             // the next attempt, not even if the application wants it
};

}  // namespace adieu::inline v1::protocol
