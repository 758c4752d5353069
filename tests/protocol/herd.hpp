// A crowd of clients whose server goes away for a while, in virtual time: when does each of them
// try again? For the tests, and for the picture in docs/reconnecting.md. Knows no socket.
#pragma once

#include "chance.hpp"
#include "endings.hpp"
#include "protocol/reconnect.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

namespace adieu::tests {

/// How one client of the crowd comes back: told of each end, it says how long it waits.
using comer = std::function<milliseconds(const ending& how, protocol::time now)>;

/// Ours, after a long stable connection.
inline comer our_comer(const protocol::reconnect_rules& rules, protocol::random_source& chance) {
  auto judge = std::make_shared<protocol::reconnect>(rules, chance);
  judge->attempt_begins(protocol::time{});
  judge->opened();
  return [judge, first = true](const ending& how, protocol::time now) mutable {
    if (!std::exchange(first, false)) judge->attempt_begins(now);
    decision made = judge->judge(how, false, now);
    judge->settle(made, now);
    return made.come_back ? made.delay : -1ms;
  };
}

/// What most people write: twice as long each time, and no chance.
inline comer naive_comer() {
  return [n = 0](const ending&, protocol::time) mutable {
    return std::min(1000ms * (1 << std::min(n++, 5)), 30'000ms);
  };
}

struct crowd_report {
  std::vector<unsigned> attempts = {};  // in each 100 ms from the beginning of the outage
  std::size_t first_back         = 0;   // the first 100 ms with the server there
  std::size_t back               = 0;   // clients

  unsigned peak_from(std::size_t slot) const {
    if (slot >= attempts.size()) return 0;
    return *std::max_element(attempts.begin() + static_cast<std::ptrdiff_t>(slot), attempts.end());
  }
};

/// All lose a stable connection at once; for `outage` nobody listens, or every attempt ends so.
inline crowd_report outage_of(milliseconds outage, std::vector<comer> crowd,
                              const ending& meanwhile = not_reached()) {
  const protocol::time start = protocol::time{} + 24h;
  using due                  = std::pair<milliseconds, std::size_t>;
  std::priority_queue<due, std::vector<due>, std::greater<>> next;
  for (std::size_t i = 0; i < crowd.size(); ++i)
    if (const auto wait = crowd[i](lost_after(24h), start); wait >= 0ms) next.emplace(wait, i);

  crowd_report seen;
  // A slot begins when the server is back, so that none has both.
  const milliseconds shift = (100ms - outage % 100ms) % 100ms;
  seen.first_back          = static_cast<std::size_t>((outage + shift) / 100ms);
  while (!next.empty()) {
    const auto [at, who] = next.top();
    next.pop();
    const auto slot = static_cast<std::size_t>((at + shift) / 100ms);
    if (seen.attempts.size() <= slot) seen.attempts.resize(slot + 1);
    ++seen.attempts[slot];
    if (at >= outage) {
      ++seen.back;
      continue;
    }
    if (const auto wait = crowd[who](meanwhile, start + at); wait >= 0ms)
      next.emplace(at + wait, who);
  }
  return seen;
}

}  // namespace adieu::tests
