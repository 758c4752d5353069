// One client that comes back, as far as the policy goes, and its time. Knows no socket.
#pragma once

#include "chance.hpp"
#include "endings.hpp"
#include "protocol/reconnect.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace adieu::tests {

struct one_client {
  explicit one_client(protocol::reconnect_rules r = {}, std::uint64_t seed = 1)
      : rules(std::move(r)), chance(seed) {}
  one_client(const one_client&)            = delete;
  one_client& operator=(const one_client&) = delete;

  decision ends(const ending& how, bool lost_in_tls = false) {
    judge.attempt_begins(now);
    if (how.phase >= phase::open) judge.opened();
    if (confirms) judge.confirm();
    now += std::chrono::duration_cast<milliseconds>(how.time_open);
    decision made = judge.judge(how, lost_in_tls, now);
    if (decides) decides(made);
    judge.settle(made, now);
    now += made.delay;
    return made;
  }

  protocol::reconnect_rules rules;
  seeded_chance chance;
  protocol::reconnect judge{rules, chance};
  protocol::time now = protocol::time{} + 1h;
  bool confirms      = false;
  std::function<void(decision&)> decides;
};

}  // namespace adieu::tests
