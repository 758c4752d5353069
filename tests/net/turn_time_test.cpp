// A turn ends when its time is over, whatever one thing costs, and the clock is seldom looked at.
#include "net/turn_time.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace adieu::inline v1::net {
namespace {

using namespace std::chrono_literals;

const protocol::time start{100h};

// Does what costs `each`, weighed `weight`, until the time is over. How long it took, and how often
// the clock was looked at: only then can it be seen to be over.
struct spent {
  std::chrono::nanoseconds took{};
  int things = 0;
  int looks  = 0;
};

spent until_over(turn_time& time, std::chrono::nanoseconds each, int weight) {
  spent so_far;
  for (int left = time.until_next_look();;) {
    so_far.took += each;
    ++so_far.things;
    if ((left -= weight) > 0) continue;
    ++so_far.looks;
    if (time.look(start + so_far.took)) return so_far;
    left = time.until_next_look();
  }
}

TEST(TurnTime, is_over_after_a_slice_whatever_one_thing_costs) {
  turn_time time;
  for (const auto each : {50ns, 400ns, 3'000ns, 40'000ns, 400'000ns, 2'000ns, 20ns}) {
    for (int turns = 0; turns < 20; ++turns) {  // by then it knows
      time.begin(start);
      until_over(time, each, 1);
    }
    time.begin(start);
    const spent all = until_over(time, each, 1);
    EXPECT_GE(all.took, turn_time::slice) << each.count();
    EXPECT_LE(all.took, turn_time::slice + std::max<std::chrono::nanoseconds>(200us, each))
        << each.count();
  }
}

TEST(TurnTime, looking_costs_nothing) {
  constexpr auto a_look = 25ns;
  turn_time time;
  for (const auto each : {20ns, 60ns, 3'000ns, 100'000ns}) {
    for (int turns = 0; turns < 20; ++turns) {
      time.begin(start);
      until_over(time, each, 1);
    }
    time.begin(start);
    const spent all = until_over(time, each, 1);
    EXPECT_LT(all.looks * a_look * 200, all.took) << each.count();
  }
}

TEST(TurnTime, another_slice_is_as_long) {
  turn_time time;
  time.begin(start);
  const spent first = until_over(time, 10us, 8);
  time.allow_another_slice();
  EXPECT_FALSE(time.look(start + first.took));
  EXPECT_TRUE(time.look(start + 2 * turn_time::slice));
}

TEST(TurnTime, what_is_stopped_is_over_until_it_is_resumed) {
  turn_time time;
  time.begin(start);
  time.stop();
  EXPECT_TRUE(time.is_over());
  time.allow_another_slice();
  EXPECT_TRUE(time.is_over());
  EXPECT_TRUE(time.look(start));
  time.resume();
  time.begin(start);
  EXPECT_FALSE(time.look(start));
}

}  // namespace
}  // namespace adieu::inline v1::net
