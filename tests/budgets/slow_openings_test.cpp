// Thousands of openings that are slow on purpose, in virtual time: a byte every ten seconds. Real
// machines, readers of heads and a real wheel of deadlines, as the driver puts them together.
#include "budgets/costs.hpp"
#include "net/deadline_wheel.hpp"
#include "protocol/one_end.hpp"
#include "protocol/server_opening.hpp"

#include <deque>

namespace adieu::tests {
namespace {

using namespace protocol;
using namespace std::chrono_literals;

/// An opening that waits for its request.
struct waiting : net::deadline_wheel::entry {
  waiting(const terms& agreed, protocol::time now) : machine(agreed, now), began(now) {}
  void due(protocol::time now) override {
    machine.tick(now);
    if (machine.at() == stage::closed) ended = now;
  }
  connection machine;
  server_opening reader;
  protocol::time began;
  protocol::time ended = {};
};

TEST(SlowOpenings, server_drops_thousands_at_their_deadline_and_keeps_who_is_open) {
  constexpr std::size_t many = 10'000;
  counted_keys keys;
  resources shared(keys);
  terms agreed{.side = role::server, .options = {}, .shared = &shared};
  agreed.options.deadlines.opening    = 60s;
  agreed.options.deadlines.ping_after = 0s;
  const protocol::time start(1000h);
  net::deadline_wheel wheel;
  scale memory;
  const auto on = scale::weighing();
  std::deque<waiting> slow, open;
  for (int i = 0; i < 100; ++i) {
    auto& o = open.emplace_back(agreed, start);
    o.machine.opened(start);
    wheel.schedule(o, o.machine.deadline());
  }
  // They come over ten seconds, each to say a byte every ten seconds.
  const std::string request = "GET / HTTP/1.1\r\nHost: slow\r\n";
  for (auto now = start; now < start + 100s; now += 1ms) {
    const auto since = static_cast<std::size_t>((now - start) / 1ms);
    if (since < many) {
      auto& s = slow.emplace_back(agreed, now);
      wheel.schedule(s, s.machine.deadline());
    }
    for (std::size_t i = since % 10'000; i < slow.size(); i += 10'000) {
      waiting& s = slow[i];
      if (s.machine.at() == stage::closed) continue;
      std::size_t used = 0;
      const auto byte  = static_cast<std::byte>(request[since / 10'000]);
      EXPECT_EQ(s.reader.receive({&byte, 1}, used), server_opening::verdict::incomplete);
      EXPECT_TRUE(s.reader.begun());
    }
    wheel.advance(now);
    memory.held();
  }
  ASSERT_EQ(slow.size(), many);
  for (const waiting& s : slow) {
    ASSERT_EQ(s.machine.at(), stage::closed);
    ASSERT_GE(s.ended - s.began, 60s);
    ASSERT_LE(s.ended - s.began, 60s + 1s) << "no byte has given it more time";
  }
  for (const waiting& o : open) EXPECT_EQ(o.machine.at(), stage::open);
  EXPECT_LE(memory.most(), static_cast<std::int64_t>(many * 4096)) << "each holds little meanwhile";
}

}  // namespace
}  // namespace adieu::tests
