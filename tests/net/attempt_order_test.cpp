// Happy Eyeballs in virtual time: which address is tried when. [RFC 8305]
#include "net/attempt_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace adieu::inline v1::net {
namespace {

using namespace std::chrono_literals;

constexpr auto ipv6 = attempt_order::ipv6;
constexpr auto ipv4 = attempt_order::ipv4;

// "2001:db8::1", …; "192.0.2.1", …
std::vector<socket_address> addresses(attempt_order::family of, int count) {
  std::vector<socket_address> made;
  for (int n = 1; n <= count; ++n)
    made.push_back(
        *socket_address::numeric((of == ipv6 ? "2001:db8::" : "192.0.2.") + std::to_string(n)));
  return made;
}

/// A run: what has begun by when, as "6.1@0 4.1@250": family, which one, milliseconds.
class run_of_attempts {
 public:
  void found(attempt_order::family of, int count) { order.found(of, addresses(of, count), now()); }
  void failed(unsigned number) { order.failed(number); }
  /// Lets time pass, and asks when it is due and not before.
  void until(std::chrono::milliseconds end) {
    for (;;) {
      while (const auto a = order.next(now())) note(*a);
      if (order.due() > start_ + end) break;
      at_ = std::max(at_, std::chrono::ceil<std::chrono::milliseconds>(order.due() - start_));
    }
    at_ = end;
  }
  std::string begun() const { return begun_; }

  attempt_order order;

 private:
  protocol::time now() const { return start_ + at_; }
  void note(const attempt_order::attempt& a) {
    for (const auto of : {ipv6, ipv4}) {
      const auto all = addresses(of, 40);
      for (std::size_t n = 0; n < all.size(); ++n)
        if (all[n] == a.to)
          begun_ += (begun_.empty() ? "" : " ") + std::string(of == ipv6 ? "6." : "4.") +
                    std::to_string(n + 1) + "@" + std::to_string(at_.count());
    }
  }

  const protocol::time start_ = protocol::time{} + 1h;
  std::chrono::milliseconds at_{};
  std::string begun_;
};

TEST(attempt_order, takes_the_families_in_turn_a_quarter_of_a_second_apart) {
  run_of_attempts run;
  run.found(ipv6, 3);
  run.found(ipv4, 2);
  run.until(2s);
  EXPECT_EQ(run.begun(), "6.1@0 4.1@250 6.2@500 4.2@750 6.3@1000");
  EXPECT_TRUE(run.order.has_attempts());
  EXPECT_EQ(run.order.due(), protocol::never);
  EXPECT_FALSE(run.order.is_over());
}

TEST(attempt_order, goes_on_with_what_is_left_of_one_family) {
  run_of_attempts run;
  run.found(ipv6, 1);
  run.found(ipv4, 3);
  run.until(2s);
  EXPECT_EQ(run.begun(), "6.1@0 4.1@250 4.2@500 4.3@750");
}

TEST(attempt_order, moves_on_at_once_when_the_newest_attempt_fails) {
  run_of_attempts run;
  run.found(ipv6, 2);
  run.found(ipv4, 2);
  run.until(10ms);
  run.failed(1);
  run.until(20ms);
  EXPECT_EQ(run.begun(), "6.1@0 4.1@10");
  run.until(1s);
  EXPECT_EQ(run.begun(), "6.1@0 4.1@10 6.2@260 4.2@510");
}

TEST(attempt_order, does_not_hurry_when_an_older_attempt_fails) {
  run_of_attempts run;
  run.found(ipv6, 2);
  run.found(ipv4, 2);
  run.until(300ms);
  run.failed(1);
  run.until(1s);
  EXPECT_EQ(run.begun(), "6.1@0 4.1@250 6.2@500 4.2@750");
}

TEST(attempt_order, is_over_when_all_have_failed_and_nothing_is_to_come) {
  run_of_attempts run;
  EXPECT_FALSE(run.order.is_over());
  run.found(ipv4, 1);
  run.until(100ms);
  run.failed(1);
  run.until(200ms);
  EXPECT_FALSE(run.order.is_over()) << "IPv6 is still looked up";
  EXPECT_FALSE(run.order.has_attempts());
  run.found(ipv6, 0);
  EXPECT_TRUE(run.order.is_over());
}

TEST(attempt_order, is_over_when_nothing_was_found) {
  run_of_attempts run;
  run.found(ipv4, 0);
  EXPECT_FALSE(run.order.is_over());
  run.found(ipv6, 0);
  EXPECT_TRUE(run.order.is_over());
  EXPECT_FALSE(run.order.has_begun());
  run.until(1s);
  EXPECT_EQ(run.begun(), "");
}

// --- an answer that is late ---

TEST(attempt_order, begins_at_once_with_ipv6_while_ipv4_is_still_looked_up) {
  run_of_attempts run;
  run.until(30ms);
  run.found(ipv6, 2);
  run.until(100ms);
  run.found(ipv4, 1);
  run.until(1s);
  EXPECT_EQ(run.begun(), "6.1@30 4.1@280 6.2@530");
}

TEST(attempt_order, lets_ipv4_wait_fifty_milliseconds_for_the_answer_about_ipv6) {
  run_of_attempts run;
  run.until(20ms);
  run.found(ipv4, 2);
  run.until(1s);
  EXPECT_EQ(run.begun(), "4.1@70 4.2@320");
}

TEST(attempt_order, begins_with_ipv6_if_it_is_found_while_ipv4_waits) {
  run_of_attempts run;
  run.found(ipv4, 1);
  run.until(40ms);
  run.found(ipv6, 1);
  run.until(1s);
  EXPECT_EQ(run.begun(), "6.1@40 4.1@290");
}

TEST(attempt_order, begins_with_ipv4_once_it_is_known_that_there_is_no_ipv6) {
  run_of_attempts run;
  run.found(ipv4, 1);
  run.until(10ms);
  run.found(ipv6, 0);
  run.until(1s);
  EXPECT_EQ(run.begun(), "4.1@10");

  run_of_attempts other_way_round;
  other_way_round.found(ipv6, 0);
  other_way_round.until(30ms);
  other_way_round.found(ipv4, 1);
  other_way_round.until(1s);
  EXPECT_EQ(other_way_round.begun(), "4.1@30");
}

TEST(attempt_order, takes_ipv6_that_comes_late_next) {
  run_of_attempts run;
  run.found(ipv4, 3);
  run.until(100ms);
  run.found(ipv6, 2);
  run.until(2s);
  EXPECT_EQ(run.begun(), "4.1@50 6.1@300 4.2@550 6.2@800 4.3@1050");
}

TEST(attempt_order, begins_at_once_with_what_comes_when_the_others_have_had_their_time) {
  run_of_attempts run;
  run.found(ipv4, 1);
  run.until(5s);
  run.found(ipv6, 1);
  run.until(6s);
  EXPECT_EQ(run.begun(), "4.1@50 6.1@5000");
}

TEST(attempt_order, begins_at_once_with_what_comes_when_the_others_have_failed) {
  run_of_attempts run;
  run.found(ipv4, 1);
  run.until(60ms);
  run.failed(1);
  run.until(70ms);
  run.found(ipv6, 1);
  run.until(1s);
  EXPECT_EQ(run.begun(), "4.1@50 6.1@70");
}

TEST(attempt_order, has_an_end_however_many_addresses_a_name_has) {
  run_of_attempts run;
  run.found(ipv6, 0);
  run.found(ipv4, 40);
  for (unsigned n = 1; n <= attempt_order::most_addresses; ++n) {
    run.until(0ms);
    run.failed(n);
  }
  run.until(0ms);
  EXPECT_TRUE(run.order.is_over());
}

}  // namespace
}  // namespace adieu::inline v1::net
