// What has ever worked is not a mistake of configuration: what a client does after its first stable
// connection, or is told before (known_good), where it would stop otherwise. In virtual time.
#include "herd.hpp"
#include "one_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace adieu::tests {
namespace {

using protocol::reconnect_rules;

const ending certificate_refused = closed_with(1015);

std::vector<ending> what_stops_only_who_never_worked() {
  std::vector<ending> all{certificate_refused};
  for (const std::uint16_t status :
       {101, 200, 204, 301, 302, 307, 400, 403, 404, 405, 418, 426, 499})
    all.push_back(refused_with(status));
  return all;
}
std::string told(const ending& how) {
  return std::to_string(how.code) + ' ' + std::to_string(how.http_status);
}

/// The least and the most of what is drawn.
struct span_of {
  milliseconds least = 24h * 365, most = 0ms;
  void add(milliseconds delay) {
    least = std::min(least, delay);
    most  = std::max(most, delay);
  }
  void fills(milliseconds from, milliseconds to, const std::string& what) const {
    EXPECT_GE(least, from) << what;
    EXPECT_LT(least, from + (to - from) / 20) << what;
    EXPECT_LE(most, to) << what;
    EXPECT_GT(most, to - (to - from) / 20) << what;
  }
};

/// A client that was open for a day, and whose server has then gone.
struct after_a_day : one_client {
  explicit after_a_day(reconnect_rules r = {}, std::uint64_t seed = 1)
      : one_client(std::move(r), seed) {
    ends(lost_after(24h));
  }
};

TEST(known_good, a_client_that_has_never_been_stable_stops_as_ever) {
  for (const ending& how : what_stops_only_who_never_worked()) {
    one_client c;
    c.ends(closed_with(1006, 9s));
    EXPECT_FALSE(c.ends(how).come_back) << told(how);
    EXPECT_FALSE(c.judge.history().known_good);
  }
}

TEST(known_good, a_client_that_has_ever_been_stable_comes_back_rarely_instead) {
  for (const ending& how : what_stops_only_who_never_worked()) {
    after_a_day c;
    EXPECT_TRUE(c.judge.history().known_good);
    const auto until = c.now + 24h * 30;
    int attempts     = 0;
    for (; c.now < until; ++attempts) {
      const decision made = c.ends(how);
      ASSERT_TRUE(made.come_back) << told(how);
      EXPECT_GE(made.delay, 30s);
      EXPECT_LE(made.delay, 1h);
      EXPECT_NE(made.why.find("it has worked before"), std::string::npos) << made.why;
    }
    EXPECT_LT(attempts, 30 * 24 * 3) << told(how);  // half an hour on average
    EXPECT_GT(attempts, 30 * 24) << told(how);
  }
}

TEST(known_good, a_client_may_be_told_so_or_confirm_it) {
  one_client device({.known_good = true});
  EXPECT_TRUE(device.ends(certificate_refused).come_back);
  one_client logged_in;
  logged_in.confirms = true;
  logged_in.ends(closed_with(1006, 1s));
  logged_in.confirms = false;
  EXPECT_TRUE(logged_in.ends(refused_with(403)).come_back);
}

TEST(known_good, the_rare_delays_are_drawn_from_30_seconds_to_one_hour) {
  span_of first, late;
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    one_client c({.known_good = true}, seed);
    first.add(c.ends(refused_with(403)).delay);
    for (int i = 0; i < 20; ++i) c.ends(refused_with(403));
    late.add(c.ends(refused_with(403)).delay);
  }
  first.fills(30s, 1min, "the first");
  late.fills(30s, 1h, "a late one");
}

TEST(known_good, what_somebody_meant_stops_all_the_same) {
  for (const ending& how :
       {closed_with(1008), closed_with(1009), closed_with(3003), refused_with(410)})
    EXPECT_FALSE(after_a_day().ends(how).come_back) << told(how);
  after_a_day c({.policy = reconnect_policy().on(403, action::stop)});
  EXPECT_FALSE(c.ends(refused_with(403)).come_back);
  after_a_day third;
  third.ends(closed_with(1002));
  third.ends(closed_with(1002));
  EXPECT_FALSE(third.ends(closed_with(1002)).come_back);
}

TEST(known_good, a_policy_may_say_it_of_other_ends) {
  const auto policy = reconnect_policy().on(1008, action::stop_unless_known_good);
  EXPECT_FALSE(one_client({.policy = policy}).ends(closed_with(1008)).come_back);
  EXPECT_GE(after_a_day({.policy = policy}).ends(closed_with(1008)).delay, 30s);
}

TEST(known_good, other_endpoints_are_tried_before_the_rare_delay) {
  after_a_day c({.endpoints = 3});
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 2; ++i) {
      const decision made = c.ends(certificate_refused);
      EXPECT_TRUE(made.next_endpoint);
      EXPECT_LE(made.delay, 20s);
    }
    EXPECT_GE(c.ends(certificate_refused).delay, 30s);
  }
}

TEST(known_good, an_answer_that_cannot_be_read_is_an_outage_for_everybody) {
  one_client never;
  for (int i = 0; i < 50; ++i) {
    const decision made = never.ends(refused_with(0));
    ASSERT_TRUE(made.come_back);
    EXPECT_LE(made.delay, 20s);
    EXPECT_EQ(made.why, "the server's answer could not be read");
  }
  EXPECT_TRUE(never.ends(refused_with(103)).come_back);
  one_client other({.policy = reconnect_policy().on(cause::refused, action::stop)});
  EXPECT_FALSE(other.ends(refused_with(0)).come_back);
  EXPECT_TRUE(other.ends(refused_with(500)).come_back);  // has a status
}

// --- credentials ---

TEST(known_good, without_a_hook_the_same_credentials_are_tried_once_an_hour) {
  for (const ending& how : {refused_with(401), refused_with(407), closed_with(3000)}) {
    span_of delays;
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
      after_a_day c({}, seed);
      for (int i = 0; i < 3; ++i) {
        const decision made = c.ends(how);
        ASSERT_TRUE(made.come_back) << told(how);
        EXPECT_FALSE(made.new_credentials);
        delays.add(made.delay);
      }
    }
    delays.fills(1h, 66min, told(how));
  }
}

TEST(known_good, not_even_the_application_has_the_same_credentials_tried_sooner) {
  after_a_day c;
  const auto before   = c.now;
  const decision made = c.ends(refused_with(401));
  EXPECT_EQ(c.judge.soonest(before + 1s), before + made.delay);
  c.ends(not_reached());
  EXPECT_EQ(c.judge.soonest(c.now), c.now);
}

TEST(known_good, with_a_hook_new_credentials_are_tried_at_once_and_then_from_1_to_30_minutes) {
  for (const ending& how : {refused_with(401), refused_with(407), closed_with(3000)}) {
    span_of late;
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
      after_a_day c({.brings_credentials = true}, seed);
      const decision first = c.ends(how);
      EXPECT_TRUE(first.new_credentials);
      EXPECT_LE(first.delay, 20s);
      for (int i = 0; i < 20; ++i) {
        const decision made = c.ends(how);
        ASSERT_TRUE(made.come_back) << told(how);
        EXPECT_TRUE(made.new_credentials);
        EXPECT_GE(made.delay, 1min);
        EXPECT_NE(made.why.find("new ones did not help"), std::string::npos) << made.why;
      }
      late.add(c.ends(how).delay);
    }
    late.fills(1min, 30min, told(how));
  }
}

TEST(known_good, a_server_that_takes_credentials_and_soon_refuses_them_is_asked_once_a_minute) {
  after_a_day c({.brings_credentials = true});
  EXPECT_LT(c.ends(closed_with(3000, 11s)).delay, 1min);
  EXPECT_GE(c.ends(closed_with(3000, 11s)).delay, 1min);
  c.ends(lost_after(10min));
  EXPECT_LT(c.ends(closed_with(3000, 1h)).delay, 1min);  // they had expired
}

TEST(known_good, an_attempt_with_what_was_refused_waits_as_if_it_had_been_made) {
  after_a_day c({.brings_credentials = true});
  c.ends(refused_with(401));
  c.judge.attempt_begins(c.now);
  decision made = c.judge.judge_unchanged_credentials(ended_because(cause::abandoned), c.now);
  EXPECT_TRUE(made.come_back);
  EXPECT_TRUE(made.new_credentials);
  EXPECT_GE(made.delay, 1min);
  EXPECT_NE(made.why.find("on_attempt brought what had been refused"), std::string::npos)
      << made.why;
}

// --- a crowd ---

TEST(known_good, a_crowd_whose_server_refuses_everybody_for_a_day_all_comes_back_and_spreads) {
  seeded_chance chance{7};
  const reconnect_rules rules;
  for (const ending& how : {certificate_refused, refused_with(403)}) {
    std::vector<comer> all;
    for (int i = 0; i < 10'000; ++i) all.push_back(our_comer(rules, chance));
    const crowd_report seen = outage_of(24h, std::move(all), how);
    EXPECT_EQ(seen.back, 10'000u) << told(how);
    EXPECT_LE(seen.peak_from(seen.first_back), 30u) << told(how);
    EXPECT_LE(seen.peak_from(0), 1'000u) << told(how);
  }
}

TEST(known_good, a_crowd_whose_credentials_are_refused_for_a_day_spreads) {
  seeded_chance chance{7};
  const reconnect_rules without, with{.brings_credentials = true};
  for (const reconnect_rules* rules : {&without, &with}) {
    std::vector<comer> all;
    for (int i = 0; i < 10'000; ++i) all.push_back(our_comer(*rules, chance));
    const crowd_report seen = outage_of(24h, std::move(all), refused_with(401));
    EXPECT_EQ(seen.back, 10'000u);
    EXPECT_LE(seen.peak_from(seen.first_back), 30u);
  }
}

}  // namespace
}  // namespace adieu::tests
