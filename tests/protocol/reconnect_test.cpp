// Coming back, in virtual time: delays, circuits, credentials, the ceiling.
#include "one_client.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <map>

namespace adieu::tests {
namespace {

using client = one_client;
using protocol::reconnect_rules;

/// How many attempts a client makes within 20 s if each ends like that at once, and why it stops.
struct course {
  int attempts = 0;
  bool stopped = false;
};
course course_of(const ending& how, std::uint64_t seed, bool hook = false) {
  client c({.brings_credentials = hook}, seed);
  course seen;
  for (const auto end = c.now + 20s; c.now < end && !seen.stopped; ++seen.attempts)
    seen.stopped = !c.ends(how).come_back;
  return seen;
}

// --- accept, then end at once ---

TEST(reconnect, a_server_that_ends_every_connection_at_once_sees_at_most_12_in_20_s) {
  std::vector<ending> all;
  for (std::uint16_t code = 1000; code <= 1015; ++code)
    if (code != 1004) all.push_back(closed_with(code));
  for (const std::uint16_t code : {3000, 3500, 4004, 4500}) all.push_back(closed_with(code));
  for (const std::uint16_t status : {401, 403, 404, 429, 500, 503})
    all.push_back(refused_with(status));
  all.push_back(refused_with(503, 1s));
  all.push_back(not_reached());
  for (const ending& how : all)
    for (const bool hook : {false, true})
      for (std::uint64_t seed = 0; seed < 2'000; ++seed)
        ASSERT_LE(course_of(how, seed, hook).attempts, 12) << how.code << ' ' << how.http_status;
}

TEST(reconnect, a_server_that_ends_every_connection_at_once_sees_6_in_20_s_on_average) {
  double all = 0;
  for (std::uint64_t seed = 0; seed < 20'000; ++seed)
    all += course_of(closed_with(1000), seed).attempts;
  EXPECT_NEAR(all / 20'000, 6, 0.6);
}

TEST(reconnect, where_the_table_says_stop_there_is_one_attempt) {
  for (const std::uint16_t code : {1008, 1009, 1015, 3000, 3003}) {
    const course seen = course_of(closed_with(code), 1);
    EXPECT_EQ(seen.attempts, 1) << code;
    EXPECT_TRUE(seen.stopped) << code;
  }
  for (const std::uint16_t status : {200, 301, 400, 401, 403, 404, 405, 407, 410, 426, 499})
    EXPECT_EQ(course_of(refused_with(status), 1).attempts, 1) << status;
}

TEST(reconnect, where_the_table_says_the_third_there_are_three_attempts) {
  for (const std::uint16_t code : {1002, 1003, 1007, 1010})
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
      const course seen = course_of(closed_with(code), seed);
      ASSERT_EQ(seen.attempts, 3) << code;
      ASSERT_TRUE(seen.stopped);
    }
  for (const cause why : {cause::protocol_violation, cause::invalid_text, cause::message_too_big}) {
    ending how = ended_because(why);
    how.phase  = phase::ending;
    EXPECT_EQ(course_of(how, 1).attempts, 3) << name(why);
  }
}

TEST(reconnect, codes_of_the_application_stop_at_the_eighth_in_a_row) {
  client c;
  for (int n = 1; n < 8; ++n)
    ASSERT_TRUE(c.ends(closed_with(static_cast<std::uint16_t>(4000 + n))).come_back) << n;
  const decision last = c.ends(closed_with(3500));
  EXPECT_FALSE(last.come_back);
  EXPECT_EQ(last.why,
            "the peer closed with a code of its own (3500): the eighth short-lived connection in a "
            "row that ended so");
}

TEST(reconnect, another_row_or_a_stable_connection_breaks_a_row_and_a_failed_opening_does_not) {
  client c;
  c.ends(closed_with(1002));
  c.ends(closed_with(1007));
  c.ends(closed_with(1011));  // another row
  c.ends(closed_with(1002));
  c.ends(closed_with(1003));
  EXPECT_TRUE(c.ends(closed_with(1002, 10s)).come_back);  // stable
  c.ends(closed_with(1002));
  c.ends(not_reached());
  c.ends(closed_with(1002));
  c.ends(refused_with(503));
  EXPECT_FALSE(c.ends(closed_with(1002)).come_back);
}

// --- delays ---

TEST(reconnect, delays_grow_with_every_attempt_and_are_forgotten_only_after_a_stable_connection) {
  client c;
  EXPECT_EQ(c.ends(closed_with(1000)).attempt, 1u);
  EXPECT_EQ(c.ends(not_reached()).attempt, 2u);
  EXPECT_EQ(c.ends(closed_with(1006, 9'999ms)).attempt, 3u);
  EXPECT_EQ(c.ends(closed_with(1012)).attempt, 4u);
  EXPECT_EQ(c.ends(closed_with(1006, 10s)).attempt, 1u);
  c.confirms = true;
  EXPECT_EQ(c.ends(closed_with(1006)).attempt, 1u);
  c.confirms = false;
  EXPECT_EQ(c.ends(closed_with(1006)).attempt, 2u);
}

TEST(reconnect, jitter_fills_all_between_floor_and_cap_and_passes_neither) {
  seeded_chance chance(5);
  for (const backoff& how :
       {backoff::interactive(), backoff::rfc6455(), backoff::fleet(), backoff::grpc()})
    for (const std::uint32_t n : {0u, 1u, 3u, 5u, 20u, 4'000'000'000u}) {
      const double top = std::min(static_cast<double>(how.window.count()) * std::pow(how.factor, n),
                                  static_cast<double>(how.cap.count()));
      const double bottom =
          std::max(static_cast<double>(how.floor.count()), top * (1 - how.jitter) - 1);
      milliseconds least = 24h, most = 0ms;
      for (int i = 0; i < 4'000; ++i) {
        const auto delay = protocol::delay_of(how, n, chance);
        least            = std::min(least, delay);
        most             = std::max(most, delay);
      }
      EXPECT_GE(static_cast<double>(least.count()), bottom);
      EXPECT_LE(static_cast<double>(most.count()), top);
      EXPECT_LT(static_cast<double>(least.count()), bottom + (top - bottom) / 50);
      EXPECT_GT(static_cast<double>(most.count()), top - (top - bottom) / 50);
    }
}

TEST(reconnect, the_same_seed_gives_the_same_delays) {
  client a({}, 7), b({}, 7), other({}, 8);
  bool differs = false;
  for (int i = 0; i < 50; ++i) {
    const auto delay = a.ends(not_reached()).delay;
    EXPECT_EQ(delay, b.ends(not_reached()).delay);
    differs |= delay != other.ends(not_reached()).delay;
  }
  EXPECT_TRUE(differs);
}

TEST(reconnect, without_randomness_the_longest_delay_is_taken) {
  struct none final : protocol::random_source {
    bool fill(std::span<std::byte>) noexcept override { return false; }
  } chance;
  EXPECT_EQ(protocol::delay_of({}, 0, chance), 2s);
  EXPECT_EQ(protocol::delay_of({}, 100, chance), 20s);
}

TEST(reconnect, after_1012_a_stable_connection_waits_over_a_wider_span) {
  for (const auto& [how, from, to] : std::vector<std::tuple<backoff, milliseconds, milliseconds>>{
           {{}, 500ms, 5s}, {backoff::fleet(), 5s, 30s}}) {
    milliseconds least = 24h, most = 0ms;
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
      client c({.backoff = how}, seed);
      const auto delay = c.ends(closed_with(1012, 1min)).delay;
      least            = std::min(least, delay);
      most             = std::max(most, delay);
    }
    EXPECT_GE(least, from);
    EXPECT_LT(least, from + 100ms);
    EXPECT_LE(most, to);
    EXPECT_GT(most, to - 100ms);
  }
}

TEST(reconnect, after_1013_the_delays_are_the_longer_ones) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    client c({}, seed);
    EXPECT_GE(c.ends(closed_with(1013)).delay, 5s);
    for (int i = 0; i < 20; ++i) c.ends(closed_with(1013));
    EXPECT_LE(c.ends(closed_with(1013)).delay, 60s);
  }
}

TEST(reconnect, after_1013_another_endpoint_is_tried_before_the_longer_delays) {
  client c({.endpoints = 3});
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 2; ++i) {
      const decision made = c.ends(closed_with(1013));
      EXPECT_TRUE(made.next_endpoint);
      EXPECT_LT(made.delay, round == 0 ? 3'201ms : 20'001ms);
    }
    const decision all_tried = c.ends(closed_with(1013));
    EXPECT_TRUE(all_tried.next_endpoint);
    EXPECT_GE(all_tried.delay, 5s);
  }
}

TEST(reconnect, an_attempt_that_does_not_open_goes_on_to_the_next_endpoint) {
  client c({.endpoints = 2});
  EXPECT_TRUE(c.ends(not_reached()).next_endpoint);
  EXPECT_TRUE(c.ends(refused_with(500)).next_endpoint);
  EXPECT_FALSE(c.ends(closed_with(1006)).next_endpoint);
  client alone;
  EXPECT_FALSE(alone.ends(not_reached()).next_endpoint);
}

TEST(reconnect, retry_after_is_kept_and_spread_and_has_a_limit) {
  const auto delays = [](std::optional<std::chrono::seconds> told) {
    std::pair<milliseconds, milliseconds> seen{24h, 0ms};
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
      client c({}, seed);
      const auto delay = c.ends(refused_with(503, told)).delay;
      seen             = {std::min(seen.first, delay), std::max(seen.second, delay)};
    }
    return seen;
  };
  const auto within = [&](std::optional<std::chrono::seconds> told, milliseconds from,
                          milliseconds to) {
    const auto [least, most] = delays(told);
    EXPECT_GE(least, from);
    EXPECT_LT(least, from + (to - from) / 20);
    EXPECT_LE(most, to);
    EXPECT_GT(most, to - (to - from) / 20);
  };
  within(10s, 10s, 12s);     // the window is more than a tenth
  within(100s, 100s, 110s);  // a tenth
  within(10min, 10min, 11min);
  within(std::chrono::seconds(1'000'000'000'000), 10min, 11min);
  within({}, 100ms, 2s);  // none: the back-off
  within(0s, 100ms, 2s);
  within(-5s, 100ms, 2s);
}

// --- credentials ---

TEST(reconnect, credentials_are_asked_for_once_and_again_after_a_stable_connection) {
  for (const ending& how : {refused_with(401), refused_with(407), closed_with(3000)}) {
    client c({.brings_credentials = true});
    const decision first = c.ends(how);
    EXPECT_TRUE(first.come_back);
    EXPECT_TRUE(first.new_credentials);
    EXPECT_FALSE(c.ends(not_reached()).new_credentials);
    EXPECT_TRUE(c.ends(closed_with(1000, 1min)).come_back);
    EXPECT_TRUE(c.ends(how).new_credentials);
  }
}

TEST(reconnect, credentials_that_did_not_help_stop_a_client_that_has_never_worked) {
  for (const ending& how : {refused_with(401), refused_with(407), closed_with(3000)}) {
    client c({.brings_credentials = true});
    EXPECT_TRUE(c.ends(how).new_credentials);
    EXPECT_TRUE(c.ends(closed_with(1000, 5s)).come_back);
    const decision second = c.ends(how);
    EXPECT_FALSE(second.come_back);
    EXPECT_NE(second.why.find("new ones did not help"), std::string::npos) << second.why;
  }
}

TEST(reconnect, without_a_hook_for_credentials_it_stops_at_once_and_says_so) {
  client c;
  const decision made = c.ends(refused_with(401));
  EXPECT_FALSE(made.come_back);
  EXPECT_EQ(made.why,
            "the server wants credentials (HTTP 401): nothing brings new ones (on_attempt)");
}

// --- limits ---

TEST(reconnect, a_policy_hotter_than_the_default_is_held_to_100_attempts_in_any_10_minutes) {
  client c;
  c.decides = [](decision& made) {
    made.come_back = true;
    made.delay     = -1h;
  };
  std::deque<protocol::time> begun;
  std::map<int, int> resumed;
  for (int i = 0; i < 5'000; ++i) {
    begun.push_back(c.now);
    if (begun.size() > 100) {
      ASSERT_GE(begun.back() - begun.front(), 10min) << i;
      begun.pop_front();
    }
    EXPECT_TRUE(c.ends(closed_with(1008)).come_back);
  }
}

TEST(reconnect, those_who_wait_at_the_ceiling_do_not_come_as_one) {
  std::map<std::int64_t, int> slots;
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    client c({}, seed);
    c.decides = [](decision& made) { made.delay = 0ms; };
    for (int i = 0; i < 100; ++i) c.ends(closed_with(1006));
    ++slots[(c.now - (protocol::time{} + 1h)) / 100ms];
  }
  for (const auto& [slot, n] : slots) EXPECT_LE(n, 30) << slot;  // 5 on average
}

TEST(reconnect, the_default_never_meets_the_ceiling) {
  client c;
  for (int i = 0; i < 3'000; ++i) ASSERT_LE(c.ends(not_reached()).delay, 20s);
}

TEST(reconnect, max_attempts_and_max_elapsed_end_it) {
  client c({.max_attempts = 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(c.ends(not_reached()).come_back) << i;
  const decision last = c.ends(not_reached());
  EXPECT_FALSE(last.come_back);
  EXPECT_EQ(last.why, "the server was not reached: max_attempts is reached");

  client late({.max_elapsed = 1min});
  const auto start = late.now;
  decision made;
  while ((made = late.ends(not_reached())).come_back) {
  }
  EXPECT_LE(late.now, start + 1min);
  EXPECT_GT(late.now, start + 35s);
  EXPECT_EQ(made.why, "the server was not reached: max_elapsed is over");
}

TEST(reconnect, where_there_is_nothing_to_draw_the_longest_delay_is_taken) {
  seeded_chance chance(1);
  EXPECT_EQ(protocol::drawn(5ms, 5ms, chance), 5ms);
  EXPECT_EQ(protocol::drawn(7ms, 5ms, chance), 7ms);
}

TEST(reconnect, rules_that_cannot_be_are_refused) {
  const auto wrong = [](auto change) {
    reconnect_rules rules;
    change(rules);
    return !protocol::wrong_with(rules).empty();
  };
  EXPECT_FALSE(wrong([](auto&) {}));
  for (const auto& preset :
       {backoff::interactive(), backoff::rfc6455(), backoff::fleet(), backoff::grpc()})
    EXPECT_FALSE(wrong([&](auto& r) { r.backoff = preset; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.floor = -1ms; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.slow_floor = -1ms; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.restart_floor = -1ms; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.floor = 3s; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.window = 0ms, r.backoff.floor = 0ms; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.cap = 1s; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.cap = 24h * 1000; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.factor = 0.5; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.slow_cap = 1s; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.factor = 1001; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.factor = NAN; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.jitter = -0.5; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.jitter = 1.5; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.slow_floor = 1h; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.restart_floor = 1h; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.rare_floor = -1ms; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.rare_floor = 2min; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.rare_window = 2h; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.rare_cap = 24h * 1000; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.credentials_floor = 3min; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.credentials_window = 1h; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.same_credentials = -1ms; }));
  EXPECT_TRUE(wrong([](auto& r) { r.backoff.same_credentials = 24h * 1000; }));
  EXPECT_TRUE(wrong([](auto& r) { r.stable_after = -1s; }));
  EXPECT_TRUE(wrong([](auto& r) { r.stable_after = 24h * 1000; }));
  EXPECT_TRUE(wrong([](auto& r) { r.max_elapsed = -1s; }));
  EXPECT_TRUE(wrong([](auto& r) { r.policy.on(999, action::stop); }));
}

}  // namespace
}  // namespace adieu::tests
