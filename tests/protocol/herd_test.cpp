// A crowd whose server goes away for a while: how many come at once when it is back.
#include "herd.hpp"

#include <gtest/gtest.h>

namespace adieu::tests {
namespace {

using protocol::reconnect_rules;

class crowd : public ::testing::Test {
 protected:
  crowd_report ours(milliseconds outage) {
    std::vector<comer> all;
    for (int i = 0; i < 10'000; ++i) all.push_back(our_comer(rules_, chance_));
    return outage_of(outage, std::move(all));
  }
  void comes_back(milliseconds outage, unsigned peak) {
    const crowd_report seen = ours(outage);
    EXPECT_EQ(seen.back, 10'000u);
    EXPECT_LE(seen.peak_from(seen.first_back), peak);
    EXPECT_LE(seen.peak_from(0), 1'000u);
  }

  reconnect_rules rules_;
  seeded_chance chance_{2024};
};

TEST_F(crowd, comes_back_after_1500_ms_with_at_most_900_in_100_ms) { comes_back(1'500ms, 900); }
TEST_F(crowd, comes_back_after_8_s_with_at_most_300_in_100_ms) { comes_back(8s, 300); }
TEST_F(crowd, comes_back_after_45_s_with_at_most_200_in_100_ms) { comes_back(45s, 200); }
TEST_F(crowd, comes_back_after_20_minutes_with_at_most_200_in_100_ms) { comes_back(20min, 200); }

TEST_F(crowd, without_jitter_comes_as_one) {
  std::vector<comer> all(10'000, naive_comer());
  EXPECT_EQ(outage_of(8s, std::move(all)).peak_from(0), 10'000u);
}

}  // namespace
}  // namespace adieu::tests
