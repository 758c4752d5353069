// The buffer that everything is put together in.
#include "base/byte_buffer.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace adieu::inline v1 {
namespace {

std::string_view text_of(const byte_buffer& b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}
void append(byte_buffer& to, std::string_view text) {
  to.append(std::as_bytes(std::span(text.data(), text.size())));
}

TEST(ByteBuffer, holds_what_is_appended_and_gives_it_away) {
  byte_buffer b;
  append(b, "");
  EXPECT_EQ(b.capacity(), 0u);
  append(b, "adieu");
  append(b, "");
  append(b, " and farewell");
  EXPECT_EQ(text_of(b), "adieu and farewell");
  b.drop_front(6);
  b.shrink_to(3);
  EXPECT_EQ(text_of(b), "and");
  const byte_buffer other = std::move(b);
  EXPECT_EQ(text_of(other), "and");
  EXPECT_TRUE(b.empty());
}

TEST(ByteBuffer, has_room_for_what_is_asked_and_twice_what_it_had_if_that_is_more) {
  byte_buffer b;
  b.reserve(10);
  b.reserve(5);
  EXPECT_EQ(b.capacity(), 10u);
  b.room(10);
  EXPECT_EQ(b.capacity(), 10u);
  b.grown_by(10);
  b.room(1);
  EXPECT_EQ(b.capacity(), 20u);
  b.room(100);
  EXPECT_EQ(b.capacity(), 110u);
  b.clear();
  EXPECT_TRUE(b.empty());
  EXPECT_EQ(b.capacity(), 110u);
}

}  // namespace
}  // namespace adieu::inline v1
