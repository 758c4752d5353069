// The queue of bytes: order, what is left of messages, and memory that is given back.
#include "protocol/outbox.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace adieu::inline v1::protocol {
namespace {

std::span<const std::byte> as_span(std::string_view s) {
  return std::as_bytes(std::span(s.data(), s.size()));
}

void append(outbox& to, std::string_view s) {
  if (s.empty()) return;
  std::memcpy(to.room(s.size()), s.data(), s.size());
  to.append(s.size());
}

byte_buffer owned(std::string_view s) {
  byte_buffer b;
  b.append(as_span(s));
  return b;
}

std::string take(outbox& from, std::size_t n, std::size_t most_pieces = 64) {
  piece pieces[64];
  const std::size_t count = from.pieces(std::span(pieces, most_pieces));
  std::string taken;
  for (std::size_t i = 0; i < count && taken.size() < n; ++i)
    taken.append(reinterpret_cast<const char*>(pieces[i].data),
                 std::min(pieces[i].size, n - taken.size()));
  from.consumed(taken.size());
  return taken;
}

TEST(Outbox, gives_bytes_back_in_order_whatever_they_are_and_however_they_are_taken) {
  const std::string all = "smallBORROWEDmoreOWNEDtwoend";
  for (std::size_t step = 1; step <= all.size(); ++step)
    for (std::size_t most = 1; most <= 6; ++most) {
      outbox box;
      append(box, "small");
      box.append_borrowed(as_span("BORROWED"));
      append(box, "more");
      box.append_owned(owned("OWNED"));
      box.append_owned(owned("two"));
      append(box, "end");
      EXPECT_EQ(box.size(), all.size());
      std::string got;
      while (!box.empty()) {
        got += take(box, step, most);
        ASSERT_EQ(box.size(), all.size() - got.size());
        if (got.size() % 3 == 0) box.keep_borrowed();
      }
      ASSERT_EQ(got, all) << step << ' ' << most;
    }
}

TEST(Outbox, keeps_what_it_borrowed_from_where_it_was_taken) {
  std::string lent = "0123456789";
  outbox box;
  box.append_borrowed(as_span(lent));
  EXPECT_TRUE(box.borrows());
  EXPECT_EQ(take(box, 4), "0123");
  box.keep_borrowed();
  EXPECT_FALSE(box.borrows());
  lent.assign(10, 'x');
  EXPECT_EQ(take(box, 10), "456789");
}

TEST(Outbox, borrows_no_more_once_all_has_left) {
  outbox box;
  box.append_borrowed(as_span("0123"));
  take(box, 4);
  EXPECT_TRUE(box.empty());
  EXPECT_FALSE(box.borrows());
}

TEST(Outbox, counts_messages_and_their_payload_exactly) {
  // Heads of two bytes; a control frame between the messages.
  const std::size_t payloads[] = {3, 0, 5};
  const std::string all        = "hhxxxhhcchhyyyyy";
  for (std::size_t step = 1; step <= all.size(); ++step) {
    outbox box;
    append(box, "hhxxx"), box.end_message(payloads[0]);
    append(box, "hh"), box.end_message(payloads[1]);
    append(box, "cc");
    append(box, "hhyyyyy"), box.end_message(payloads[2]);
    EXPECT_EQ(box.messages(), 3u);
    EXPECT_EQ(box.payload(), 8u);
    for (std::size_t at = 0; !box.empty();) {
      at += take(box, step).size();
      const std::size_t first = at >= 5 ? 0 : std::min<std::size_t>(3, 5 - at);
      const std::size_t third = at >= 16 ? 0 : std::min<std::size_t>(5, 16 - at);
      ASSERT_EQ(box.payload(), first + third) << at;
      ASSERT_EQ(box.messages(), (at < 5 ? 1u : 0u) + (at < 7 ? 1u : 0u) + (at < 16 ? 1u : 0u));
    }
  }
}

TEST(Outbox, takes_back_what_was_queued_last_only_if_none_of_it_has_left) {
  outbox box;
  append(box, "message");
  append(box, "close");
  EXPECT_TRUE(box.retract(5));
  append(box, "other");
  EXPECT_EQ(take(box, 8), "messageo");
  EXPECT_FALSE(box.retract(5));
  EXPECT_EQ(take(box, 9), "ther");

  outbox alone;
  append(alone, "close");
  EXPECT_TRUE(alone.retract(5));
  EXPECT_TRUE(alone.empty());
  append(alone, "other");
  EXPECT_EQ(take(alone, 9), "other");
}

TEST(Outbox, does_not_take_back_what_is_fixed) {
  outbox box;
  append(box, "message");
  append(box, "close");
  box.fix(8);
  EXPECT_FALSE(box.retract(5)) << "its first byte is encrypted";
  EXPECT_EQ(take(box, 3), "mes");
  EXPECT_FALSE(box.retract(5));
  box.fix(4);
  EXPECT_TRUE(box.retract(5));
  EXPECT_EQ(take(box, 99), "sage");
}

TEST(Outbox, takes_back_what_lies_behind_a_large_piece) {
  outbox box;
  append(box, "head");
  box.append_owned(owned("LARGE"));
  append(box, "close");
  EXPECT_TRUE(box.retract(5));
  append(box, "other");
  EXPECT_EQ(take(box, 99), "headLARGEother");
}

TEST(Outbox, stays_small_while_it_never_runs_empty) {
  outbox box;
  std::string expected, got;
  append(box, "x"), box.end_message(1);
  std::size_t largest = 0;
  const std::string chunk(1000, 'c');
  for (int i = 0; i < 5000; ++i) {
    box.reserve_mark();
    append(box, chunk), box.end_message(1000);
    box.reserve_mark();
    if (i % 7 == 0) box.append_owned(owned("L")), box.end_message(1);
    take(box, i % 7 == 0 ? 1001 : 1000);
    ASSERT_FALSE(box.empty());
    ASSERT_LT(box.payload(), 2100u);
    largest = std::max(largest, box.footprint());
  }
  EXPECT_LT(largest, 16u * 1024);
}

TEST(Outbox, keeps_the_order_when_it_drops_what_has_left) {
  outbox box;
  std::string expected, got;
  for (int i = 0; i < 3000; ++i) {
    const std::string small = "small " + std::to_string(i) + ";";
    const std::string large = "large " + std::to_string(i) + std::string(50, '.') + ";";
    append(box, small), box.append_owned(owned(large)), box.end_message(large.size());
    expected += small + large;
    if (i > 100) got += take(box, 71 + static_cast<std::size_t>(i % 5));
  }
  while (!box.empty()) got += take(box, 1009);
  EXPECT_TRUE(got == expected);
  EXPECT_EQ(box.messages(), 0u);
  EXPECT_EQ(box.payload(), 0u);
}

TEST(Outbox, counts_exactly_while_it_forgets_many_messages_that_have_left) {
  outbox box;
  for (int i = 0; i < 5000; ++i) append(box, "abc"), box.end_message(1);
  for (std::uint64_t left = 5000; left > 0; --left) {
    ASSERT_EQ(box.messages(), left);
    ASSERT_EQ(box.payload(), left);
    take(box, 3);
  }
  EXPECT_TRUE(box.empty());
}

}  // namespace
}  // namespace adieu::inline v1::protocol
