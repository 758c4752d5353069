// Deadlines fall due when they should, never before, whatever is scheduled from within.
#include "net/deadline_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace adieu::inline v1::net {
namespace {

using namespace std::chrono_literals;
using protocol::never;
using protocol::time;

const time start{100h};

struct alarm final : deadline_wheel::entry {
  std::vector<time> rang;
  std::function<void(time)> on_due;

  void due(time now) override {
    rang.push_back(now);
    if (on_due) on_due(now);
  }
};

// Advances as a loop does: to each moment that the wheel asks for.
void run(deadline_wheel& wheel, time& now, time until) {
  for (;;) {
    const time next = wheel.next(now);
    if (next > until) break;
    now = std::max(now, next);
    wheel.advance(now);
  }
  now = until;
  wheel.advance(now);
}

TEST(DeadlineWheel, rings_not_before_its_time_and_at_most_two_slices_after) {
  for (const auto in :
       {0ms, 1ms, 7ms, 8ms, 9ms, 100ms, 8191ms, 8192ms, 8193ms, 20'000ms, 60'000ms, 3'600'000ms}) {
    deadline_wheel wheel;
    wheel.advance(start);
    time now = start;
    alarm a;
    wheel.schedule(a, start + in);
    run(wheel, now, start + 2h);
    ASSERT_EQ(a.rang.size(), 1u) << in.count();
    EXPECT_GE(a.rang[0], start + in);
    EXPECT_LE(a.rang[0], start + in + 2 * deadline_wheel::slice);
  }
}

TEST(DeadlineWheel, what_there_is_no_time_for_is_told_by_the_next_call) {
  deadline_wheel wheel;
  wheel.advance(start);
  std::vector<alarm> all(1000);
  for (alarm& a : all) wheel.schedule(a, start + 1s);
  std::size_t told = 0;
  int calls        = 0;
  for (; told < all.size() && calls < 1000; ++calls) {
    turn_time none;
    none.begin(time{});  // every look at the clock finds that it is over
    wheel.advance(start + 2s, &none);
    const std::size_t before = std::exchange(told, 0);
    for (const alarm& a : all) told += a.rang.size();
    EXPECT_LE(told - before, 32u);
  }
  EXPECT_EQ(told, all.size());
  EXPECT_GT(calls, 10);
  EXPECT_EQ(wheel.next(start + 2s), never);
}

TEST(DeadlineWheel, wants_no_turn_when_nothing_is_scheduled) {
  deadline_wheel wheel;
  EXPECT_EQ(wheel.next(start), never);
  alarm a;
  wheel.schedule(a, start + 1s);
  EXPECT_NE(wheel.next(start), never);
  wheel.cancel(a);
  EXPECT_EQ(wheel.next(start), never);
  wheel.cancel(a);  // twice is no harm
  wheel.schedule(a, never);
  EXPECT_EQ(wheel.next(start), never);
}

TEST(DeadlineWheel, takes_out_what_is_moved_to_never_or_cancelled) {
  deadline_wheel wheel;
  time now = start;
  alarm a, b, c;
  for (alarm* x : {&a, &b, &c}) wheel.schedule(*x, start + 1s);
  wheel.schedule(b, never);
  run(wheel, now, start + 10s);
  EXPECT_EQ(a.rang.size(), 1u);
  EXPECT_TRUE(b.rang.empty());
  EXPECT_EQ(c.rang.size(), 1u);
  EXPECT_EQ(wheel.next(now), never);
}

TEST(DeadlineWheel, moves_nearer_at_once_and_later_only_by_ringing_early) {
  deadline_wheel wheel;
  time now = start;
  alarm a;
  wheel.schedule(a, start + 10s);
  wheel.schedule(a, start + 1s);
  run(wheel, now, start + 2s);
  EXPECT_EQ(a.rang.size(), 1u);
  wheel.schedule(a, now + 1s);
  wheel.schedule(a, now + 10s);  // kept as it is
  run(wheel, now, now + 2s);
  EXPECT_EQ(a.rang.size(), 2u);
}

TEST(DeadlineWheel, asks_for_its_turn_in_time_and_never_long_before) {
  deadline_wheel wheel;
  wheel.advance(start);
  alarm a;
  wheel.schedule(a, start + 5s);
  EXPECT_GT(wheel.next(start), start + 4s);
  EXPECT_LE(wheel.next(start), start + 5s + 2 * deadline_wheel::slice);
}

TEST(DeadlineWheel, does_not_spin_for_a_deadline_that_is_many_turns_away) {
  deadline_wheel wheel;
  wheel.advance(start);
  time now = start;
  alarm a;
  wheel.schedule(a, start + 1h);
  int turns = 0;
  while (a.rang.empty()) {
    const time next = wheel.next(now);
    ASSERT_GT(next, now);
    now = next;
    wheel.advance(now);
    ++turns;
  }
  EXPECT_LT(turns, 3600 / 8 + 3);
}

TEST(DeadlineWheel, catches_up_after_any_jump) {
  for (const auto jump : {20ms, 9'000ms, 3'600'000ms}) {
    deadline_wheel wheel;
    wheel.advance(start);
    std::vector<std::unique_ptr<alarm>> alarms;
    for (int i = 0; i < 3000; ++i) {
      alarms.push_back(std::make_unique<alarm>());
      wheel.schedule(*alarms.back(), start + 3ms * i);
    }
    wheel.advance(start + jump);
    for (int i = 0; i < 3000; ++i) {
      const bool rang = !alarms[static_cast<std::size_t>(i)]->rang.empty();
      EXPECT_TRUE(rang || 3ms * i + 2 * deadline_wheel::slice > jump) << i;
      EXPECT_TRUE(!rang || 3ms * i <= jump) << i;
    }
    for (const auto& a : alarms) wheel.cancel(*a);
    EXPECT_EQ(wheel.next(start + jump), never);
  }
}

TEST(DeadlineWheel, starts_at_any_time_without_having_been_advanced) {
  deadline_wheel wheel;
  time now = start + 5h;
  alarm a;
  wheel.schedule(a, now + 30s);
  run(wheel, now, now + 1min);
  ASSERT_EQ(a.rang.size(), 1u);
  EXPECT_GE(a.rang[0], start + 5h + 30s);
}

TEST(DeadlineWheel, lets_due_schedule_itself_and_cancel_others) {
  deadline_wheel wheel;
  time now = start;
  alarm a, b, c, d;
  a.on_due = [&](time t) {
    wheel.schedule(a, t + 1s);
    wheel.cancel(b);
    wheel.cancel(c);
    wheel.schedule(d, t + 500ms);
  };
  b.on_due = c.on_due = [&](time) { wheel.cancel(a); };
  for (alarm* x : {&a, &b, &c}) wheel.schedule(*x, start + 1s);  // a rings first
  run(wheel, now, start + 3s + 100ms);
  EXPECT_EQ(a.rang.size(), 3u);
  EXPECT_TRUE(b.rang.empty());
  EXPECT_TRUE(c.rang.empty());
  EXPECT_EQ(d.rang.size(), 2u);
}

TEST(DeadlineWheel, goes_on_with_the_rest_after_a_due_that_has_thrown) {
  deadline_wheel wheel;
  wheel.advance(start);
  alarm all[3];
  for (alarm& a : all) {
    wheel.schedule(a, start + 100ms);
    a.on_due = [](time) { throw 1; };
  }
  const time now = wheel.next(start);  // the last slice that this advances to
  for (int rung = 1; rung <= 3; ++rung) {
    EXPECT_THROW(wheel.advance(now), int);
    EXPECT_EQ(all[0].rang.size() + all[1].rang.size() + all[2].rang.size(),
              static_cast<std::size_t>(rung));
  }
  EXPECT_EQ(wheel.next(now), never);
}

TEST(DeadlineWheel, does_not_ring_forever_for_a_deadline_that_has_passed) {
  deadline_wheel wheel;
  alarm a;
  wheel.advance(start);
  a.on_due = [&](time t) { wheel.schedule(a, t); };  // due again, at once
  wheel.schedule(a, start);
  for (int i = 1; i <= 10; ++i) wheel.advance(start + i * 20ms);
  EXPECT_GE(a.rang.size(), 9u);
  EXPECT_LE(a.rang.size(), 10u);
}

TEST(DeadlineWheel, agrees_with_a_plain_list_over_random_schedules) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    deadline_wheel wheel;
    time now = start;
    wheel.advance(now);
    std::vector<std::unique_ptr<alarm>> alarms;
    std::vector<time> at;  // as scheduled last; `never` if not
    for (std::size_t i = 0; i < 40; ++i) {
      alarms.push_back(std::make_unique<alarm>());
      at.push_back(never);
      alarms[i]->on_due = [&, i](time t) {
        ASSERT_GE(t, at[i]);
        at[i] = never;
      };
    }
    for (int step = 0; step < 200; ++step) {
      const std::size_t i = random() % alarms.size();
      switch (random() % 4) {
        case 0: wheel.cancel(*alarms[i]), at[i] = never; break;
        case 1:
          now += std::chrono::milliseconds(random() % 3000);
          wheel.advance(now);
          for (const time t : at) ASSERT_GT(t, now - 2 * deadline_wheel::slice) << seed;
          break;
        default: {
          const time then = now + std::chrono::milliseconds(random() % 20'000);
          if (then < at[i]) wheel.schedule(*alarms[i], at[i] = then);
        }
      }
      time nearest = never;
      for (const time t : at) nearest = std::min(nearest, t);
      const time latest = nearest == never ? never : nearest + 2 * deadline_wheel::slice;
      ASSERT_LE(wheel.next(now), latest);
    }
    for (const auto& a : alarms) wheel.cancel(*a);
  }
}

}  // namespace
}  // namespace adieu::inline v1::net
