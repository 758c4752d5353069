// Objects are used again, but never too many and never too large.
#include "protocol/recycled.hpp"

#include "protocol/incoming.hpp"

#include <gtest/gtest.h>

namespace adieu::inline v1::protocol {
namespace {

struct thing {
  std::size_t size = 0;
  bool clean       = true;
  std::size_t footprint() const { return size; }
  void reset() { clean = true; }
};

TEST(Recycled, gives_a_used_object_again_and_reset) {
  recycled<thing> kept(2, 10);
  auto one         = kept.take();
  one->clean       = false;
  const thing* was = one.get();
  kept.give_back(std::move(one));
  auto again = kept.take();
  EXPECT_EQ(again.get(), was);
  EXPECT_TRUE(again->clean);
}

TEST(Recycled, keeps_no_more_and_no_larger_ones_than_it_may) {
  recycled<thing> kept(1, 10);
  auto a = kept.take(), b = kept.take(), large = kept.take();
  const thing* first = a.get();
  large->size        = 11;
  kept.give_back(std::move(large));
  kept.give_back(std::move(a));
  kept.give_back(std::move(b));
  EXPECT_EQ(kept.take().get(), first);
  EXPECT_EQ(kept.take()->size, 0u);
}

TEST(Recycled, what_has_come_of_a_message_is_idle_only_if_nothing_of_it_is_left) {
  EXPECT_TRUE(incoming().idle());
  for (int what = 0; what < 5; ++what) {
    incoming part;
    if (what == 0) part.unfinished = true;
    if (what == 1) part.start_size = 1;
    if (what == 2) part.kept.append(std::array{std::byte{1}});
    if (what == 3) part.delivered = true;
    if (what == 4) part.ready = true;
    EXPECT_FALSE(part.idle()) << what;
    part.reset();
    EXPECT_TRUE(part.idle()) << what;
  }
}

}  // namespace
}  // namespace adieu::inline v1::protocol
