// The account of plaintext in the queue of ciphertext.
#include "net/sealed_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace adieu::net {
namespace {

void append(sealed_queue& to, std::size_t n, std::size_t plaintext) {
  const std::string bytes(n, 'c');
  to.append(std::as_bytes(std::span(bytes)));
  if (plaintext != 0) to.mark(plaintext);
}

TEST(sealed_queue, the_last_byte_of_a_record_counts_when_all_of_it_has_left) {
  sealed_queue q;
  append(q, 42, 20);
  EXPECT_EQ(q.left(22), 0u) << "as much is left as there is plaintext";
  EXPECT_EQ(q.left(5), 5u);
  EXPECT_EQ(q.left(14), 14u);
  EXPECT_EQ(q.plaintext(), 1u);
  EXPECT_FALSE(q.empty());
  EXPECT_EQ(q.left(1), 1u);
  EXPECT_TRUE(q.empty());
  EXPECT_EQ(q.plaintext(), 0u);
}

TEST(sealed_queue, records_count_one_behind_the_other) {
  sealed_queue q;
  append(q, 122, 100);
  append(q, 30, 0);  // a KeyUpdate
  append(q, 222, 200);
  EXPECT_EQ(q.plaintext(), 300u);
  EXPECT_EQ(q.left(122 + 29), 100u);
  EXPECT_EQ(q.plaintext(), 200u);
  EXPECT_EQ(q.left(1 + 122), 100u);
  EXPECT_EQ(q.size(), 100u);
  EXPECT_EQ(q.left(100), 100u);
  EXPECT_TRUE(q.empty());
  append(q, 22, 1);
  EXPECT_EQ(q.left(22), 1u);
}

TEST(sealed_queue, every_cut_counts_everything_once) {
  for (std::size_t piece = 1; piece < 500; piece += 7) {
    sealed_queue q;
    append(q, 122, 100);
    append(q, 40, 0);
    append(q, 322, 300);
    std::size_t counted = 0;
    while (!q.empty()) {
      counted += q.left(std::min(piece, q.size()));
      EXPECT_EQ(counted + q.plaintext(), 400u);
    }
    EXPECT_EQ(counted, 400u) << piece;
  }
}

TEST(sealed_queue, that_is_never_empty_does_not_grow) {
  sealed_queue q;
  append(q, 100'022, 100'000);
  std::size_t counted = 0;
  for (int i = 0; i < 100'000; ++i) {
    append(q, 27, 0);  // a KeyUpdate
    counted += q.left(27);
  }
  EXPECT_EQ(q.size(), 100'022u);
  EXPECT_LE(q.capacity(), 1'000'000u);
  EXPECT_EQ(counted + q.plaintext(), 100'000u);
  append(q, 322, 300);
  while (!q.empty()) counted += q.left(std::min<std::size_t>(1000, q.size()));
  EXPECT_EQ(counted, 100'300u);
}

}  // namespace
}  // namespace adieu::net
