// Heads of frames, written and read. [RFC 6455 5.2] What a peer may not write is in
// tests/conformance/heads_test.cpp.
#include "wire/frame.hpp"

#include <gtest/gtest.h>

#include <array>

namespace adieu::inline v1::wire {
namespace {

using bytes = std::array<std::byte, max_head>;

TEST(Frame, end_reads_every_head_that_it_writes_and_nothing_of_a_shorter_one) {
  constexpr std::uint64_t lengths[] = {0,     1,     125,        126,          127,
                                       65535, 65536, (1u << 31), (1ull << 32), (1ull << 63) - 1};
  for (const std::uint64_t length : lengths)
    for (const bool masked : {false, true})
      for (const bool fin : {false, true})
        for (unsigned first = 0; first < 128; ++first) {
          frame_head written;
          written.fin    = fin;
          written.rsv    = static_cast<std::uint8_t>(first / 16);
          written.opcode = static_cast<std::uint8_t>(first % 16);
          written.masked = masked;
          written.key    = masked ? 0x12345678 : 0;
          written.length = length;
          bytes b{};
          const std::size_t size = write_head(b.data(), written);
          ASSERT_EQ(size, 2u + (length < 126 ? 0 : length < 65536 ? 2 : 8) + (masked ? 4 : 0));

          frame_head read;
          for (std::size_t n = 0; n < size; ++n)
            ASSERT_EQ(parse_head(b.data(), n, read), head_status::incomplete);
          ASSERT_EQ(parse_head(b.data(), size, read), head_status::complete);
          EXPECT_EQ(read.fin, fin);
          EXPECT_EQ(read.rsv, written.rsv);
          EXPECT_EQ(read.opcode, written.opcode);
          EXPECT_EQ(read.masked, masked);
          EXPECT_EQ(read.key, written.key);
          EXPECT_EQ(read.length, length);
          EXPECT_EQ(read.size, size);
        }
}

TEST(Frame, end_refuses_a_length_that_is_not_in_its_shortest_form_or_has_the_top_bit) {
  const auto status = [](std::uint64_t length, int wide) {
    bytes b{std::byte{0x82}, wide == 2 ? std::byte{126} : std::byte{127}};
    big_endian::write(b.data() + 2, length, wide);
    frame_head head;
    return parse_head(b.data(), b.size(), head);
  };
  EXPECT_EQ(status(125, 2), head_status::bad_length);
  EXPECT_EQ(status(126, 2), head_status::complete);
  EXPECT_EQ(status(65535, 8), head_status::bad_length);
  EXPECT_EQ(status(65536, 8), head_status::complete);
  EXPECT_EQ(status((1ull << 63) - 1, 8), head_status::complete);
  EXPECT_EQ(status(1ull << 63, 8), head_status::bad_length);
}

}  // namespace
}  // namespace adieu::inline v1::wire
