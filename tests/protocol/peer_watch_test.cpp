// What is seen of a peer that says nothing.
#include "protocol/peer_watch.hpp"

#include <gtest/gtest.h>

namespace adieu::inline v1::protocol {
namespace {

using namespace std::chrono_literals;

constexpr time at(std::chrono::seconds s) { return time(1000h + s); }

transport_look seen(std::uint64_t acknowledged, std::uint64_t unacknowledged,
                    std::uint64_t window) {
  return {true, true, acknowledged, unacknowledged, window, 50};
}

TEST(PeerWatch, is_off_until_it_begins) {
  peer_watch w;
  EXPECT_FALSE(w.on());
  w.begin(at(0s));
  EXPECT_TRUE(w.on());
  w.stop();
  EXPECT_FALSE(w.on());
}

TEST(PeerWatch, takes_no_acknowledgement_within_the_window_for_reading) {
  peer_watch w;
  w.begin(at(0s));
  w.look(seen(0, 0, 1000), at(1s));
  w.look(seen(1000, 0, 0), at(2s));
  EXPECT_EQ(w.progress(), time{});
  EXPECT_EQ(w.acknowledged_more(), at(2s));
  w.look(seen(1001, 0, 0), at(3s));
  EXPECT_EQ(w.progress(), at(3s));
}

TEST(PeerWatch, takes_a_window_that_grows_for_reading) {
  peer_watch w;
  w.begin(at(0s));
  w.look(seen(0, 0, 1000), at(1s));
  w.look(seen(0, 0, 1001), at(2s));
  EXPECT_EQ(w.progress(), at(2s));
}

// As it is seen of one that reads a little just before each look.
TEST(PeerWatch, takes_room_again_after_all_that_there_was_room_for_for_reading) {
  peer_watch w;
  w.begin(at(0s));
  w.look(seen(0, 4000, 500), at(1s));
  w.look(seen(499, 4000, 500), at(2s));
  EXPECT_EQ(w.progress(), time{});
  w.look(seen(999, 4000, 500), at(3s));
  EXPECT_EQ(w.progress(), at(3s));
}

TEST(PeerWatch, compares_with_the_first_look_only_the_second) {
  peer_watch w;
  w.begin(at(0s));
  w.look(seen(1 << 20, 0, 1 << 20), at(1s));
  EXPECT_EQ(w.progress(), time{});
}

TEST(PeerWatch, knows_when_the_question_was_acknowledged) {
  peer_watch w;
  w.begin(at(0s));
  w.wait_for_answer(at(0s), 10);
  w.look(seen(100, 50, 1000), at(1s));
  EXPECT_FALSE(w.has_left());
  EXPECT_FALSE(w.is_acknowledged());
  w.left(10, at(2s));
  EXPECT_TRUE(w.has_left());
  w.look(seen(150, 10, 1000), at(3s));
  EXPECT_FALSE(w.is_acknowledged());
  w.look(seen(160, 0, 1000), at(4s));
  EXPECT_TRUE(w.is_acknowledged());
}

TEST(PeerWatch, waits_anew_with_progress_until_the_question_has_been_read) {
  peer_watch w;
  w.begin(at(0s));
  w.wait_for_answer(at(0s), 0);
  w.look(seen(0, 100, 50), at(1s));
  w.look(seen(100, 500, 50), at(2s));
  EXPECT_EQ(w.waits_since(), at(2s));
  w.look(seen(151, 500, 50), at(3s));  // more than it can hold behind it
  EXPECT_EQ(w.waits_since(), at(3s));
  w.look(seen(400, 500, 50), at(4s));
  EXPECT_EQ(w.waits_since(), at(3s));
  EXPECT_EQ(w.progress(), at(4s));
}

TEST(PeerWatch, takes_what_leaves_for_reading_until_it_is_told_better) {
  peer_watch w;
  w.begin(at(0s));
  w.look({}, at(1s));
  w.left(1, at(2s));
  EXPECT_EQ(w.progress(), at(2s));
  EXPECT_TRUE(w.is_acknowledged());
  w.look(seen(0, 0, 10), at(3s));
  w.left(1, at(4s));
  EXPECT_EQ(w.progress(), at(2s));
}

TEST(PeerWatch, goes_by_acknowledgements_where_no_window_is_told) {
  peer_watch w;
  w.begin(at(0s));
  w.look({true, false, 5, 0, 0, 0}, at(1s));
  w.look({true, false, 6, 0, 0, 0}, at(2s));
  EXPECT_EQ(w.progress(), at(2s));
}

TEST(PeerWatch, does_not_take_a_small_window_for_all_that_the_peer_can_hold) {
  peer_watch w;
  w.begin(at(0s));
  w.wait_for_answer(at(0s), 0);
  const auto full = [](std::uint64_t acknowledged) {
    return transport_look{true, true, acknowledged, 1000, 0, 500};
  };
  w.look(full(0), at(1s));
  for (int i = 2; i < 7; ++i) {  // the question lies at 1000, and behind what it holds
    w.look(full(static_cast<std::uint64_t>(i) * 200), at(std::chrono::seconds(i)));
    EXPECT_EQ(w.waits_since(), at(std::chrono::seconds(i)));
  }
  w.look(full(1501), at(8s));
  w.look(full(1601), at(9s));
  EXPECT_EQ(w.waits_since(), at(8s));
}

}  // namespace
}  // namespace adieu::inline v1::protocol
