// Masking keys of a million frames, from the system's source: no bias that can be seen, and no key
// more often than chance has it. [RFC 6455 5.3, 10.3]
#include "budgets/costs.hpp"
#include "net/randomness.hpp"
#include "protocol/connection.hpp"
#include "protocol/frames.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

namespace adieu::tests {
namespace {

using namespace protocol;

constexpr std::size_t count = 1'000'000;

/// The keys of as many frames as they are on the wire of a client.
std::vector<std::array<unsigned char, 4>> keys_on_the_wire(bool compressed) {
  net::system_randomness source;
  resources shared(source);
  terms agreed{.side = role::client, .options = {}, .shared = &shared};
  agreed.options.deflate.threshold = 1;
  protocol::time now(std::chrono::hours(1));
  connection c(agreed, now);
  c.agree({.on = compressed});
  c.opened(now);
  std::vector<std::array<unsigned char, 4>> keys;
  keys.reserve(count);
  const std::string payload(20, 'x');
  while (keys.size() < count) {
    EXPECT_EQ(c.send(message_view(std::string_view(payload)), now), error::none);
    EXPECT_EQ(c.ping({}, now), error::none);
    piece out[1];
    while (c.output(out) != 0) {
      std::string_view bytes(reinterpret_cast<const char*>(out[0].data), out[0].size);
      while (!bytes.empty()) {
        std::array<unsigned char, 4> key;
        std::memcpy(key.data(), bytes.data() + 2, 4);
        keys.push_back(key);
        take_frame(bytes);
      }
      c.consumed(out[0].size, now);
    }
  }
  keys.resize(count);
  return keys;
}

/// Over 256 cells, all as likely. By chance it is 255 with a deviation of 22.6: nine of these are
/// once in more runs than there will be.
template <typename Value>
void expect_uniform(const std::vector<std::array<unsigned char, 4>>& keys, const char* what,
                    Value value) {
  std::array<double, 256> seen{};
  for (std::size_t i = 1; i < keys.size(); ++i) ++seen[value(i)];
  const double expected = static_cast<double>(keys.size() - 1) / 256;
  double chi            = 0;
  for (const double n : seen) chi += (n - expected) * (n - expected) / expected;
  EXPECT_LT(chi, 255 + 9 * 22.6) << what;
  EXPECT_GT(chi, 255 - 9 * 22.6) << what << ": more even than chance";
}

class Masks : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(client, Masks, ::testing::Bool(),
                         [](const auto& p) { return p.param ? "deflate" : "plain"; });

TEST_P(Masks, client_shows_no_bias_in_a_million_frames) {
  const auto keys = keys_on_the_wire(GetParam());
  ASSERT_EQ(keys.size(), count);
  for (std::size_t byte = 0; byte < 4; ++byte) {
    expect_uniform(keys, "a byte", [&](std::size_t i) { return keys[i][byte]; });
    expect_uniform(keys, "a byte against the key before", [&](std::size_t i) {
      return static_cast<unsigned char>(keys[i][byte] ^ keys[i - 1][byte]);
    });
    expect_uniform(keys, "a byte against its neighbour", [&](std::size_t i) {
      return static_cast<unsigned char>(keys[i][byte] - keys[i][(byte + 1) % 4]);
    });
  }
  std::vector<std::uint32_t> sorted;
  for (const auto& k : keys) {
    std::uint32_t value;
    std::memcpy(&value, k.data(), 4);
    sorted.push_back(value);
  }
  std::sort(sorted.begin(), sorted.end());
  std::size_t repeated = 0;
  for (std::size_t i = 1; i < sorted.size(); ++i) repeated += sorted[i] == sorted[i - 1];
  // By chance 116, with a deviation of 10.8.
  EXPECT_LT(repeated, 116u + 100);
  EXPECT_GT(repeated, 116u - 100);
}

}  // namespace
}  // namespace adieu::tests
