// Prints what docs/draw_herd.py draws: how many of 10,000 clients try again in each 100 ms after an
// outage of 8 s, for the usual back-off and for ours; and the peaks for other outages. Always the
// same.
#include "herd.hpp"

#include <cstdio>

int main() {
  using namespace adieu::tests;
  const adieu::protocol::reconnect_rules rules;
  seeded_chance chance{2024};
  const auto ours = [&] {
    std::vector<comer> all;
    for (int i = 0; i < 10'000; ++i) all.push_back(our_comer(rules, chance));
    return all;
  };
  const auto print = [](const char* name, const crowd_report& seen) {
    std::printf("%s %zu", name, seen.first_back);
    for (const unsigned n : seen.attempts) std::printf(" %u", n);
    std::printf("\n");
  };
  print("naive", outage_of(8s, std::vector<comer>(10'000, naive_comer())));
  const crowd_report shown = outage_of(8s, ours());
  print("ours", shown);
  for (const milliseconds outage : {1'500ms, 8'000ms, 45'000ms, 1'200'000ms}) {
    const auto naive = outage_of(outage, std::vector<comer>(10'000, naive_comer()));
    const auto seen  = outage == 8s ? shown : outage_of(outage, ours());
    std::printf("peak %lld %u %u %u\n", static_cast<long long>(outage.count()),
                naive.peak_from(naive.first_back), seen.peak_from(seen.first_back),
                seen.peak_from(0));
  }
}
