// Memory for what is received: in proportion to the payload that has come, whatever the number of
// fragments, pieces and compressed bytes it comes in.
#include "budgets/weighed_end.hpp"

#include <algorithm>
#include <cstring>

namespace adieu::tests {
namespace {

constexpr std::int64_t a_little = 64 * 1024;
constexpr std::size_t read_size = 512 * 1024;

// An inflater of zlib's is not weighed (zlib allocates for itself): 40 KiB.
class Heap : public any_setup {};
INSTANTIATE_TEST_SUITE_P(ends, Heap, ::testing::ValuesIn(every_setup()), name_of_setup);

TEST_P(Heap, end_holds_nothing_for_millions_of_empty_continuations) {
  const std::string one = bytes_of(next_part(""), with().peer());
  std::string many;
  for (int i = 0; i < 80'000; ++i) many += one;
  for (const bool compressed : {false, true}) {
    if (compressed && with().how == compressing::no) continue;
    weighed_end e(with());
    frame first = first_part("");
    first.rsv   = compressed ? 4 : 0;
    e.hears(bytes_of(first, with().peer()));
    for (int i = 0; i < 25; ++i) e.hears(many);
    EXPECT_EQ(e.at(), stage::open);
    EXPECT_LE(e.memory.most(), a_little);
    e.hears(bytes_of(last_part(""), with().peer()));
    EXPECT_EQ(e.messages, 1u);
  }
}

TEST_P(Heap, end_holds_at_most_twice_a_message_that_comes_one_byte_at_a_time) {
  const std::size_t size = (with().how == compressing::no ? 16 : 4) << 20;
  weighed_end e(with());
  e.hears(head_of(binary(""), with().peer_masks(), size));
  std::byte byte{};
  for (std::size_t i = 0; i < size; ++i) {
    e.hears(std::span(&byte, 1));
    if ((i & 0xFFF) != 0) continue;
    ASSERT_LE(e.memory.held(), 2 * static_cast<std::int64_t>(i) + a_little) << i;
  }
  EXPECT_EQ(e.message_bytes, size);
  EXPECT_LE(e.memory.most(), 2 * static_cast<std::int64_t>(size) + a_little);
  EXPECT_LE(e.memory.held(), (4 << 20) + a_little) << "what a loop keeps for the next";
}

TEST_P(Heap, end_holds_at_most_twice_a_message_in_fragments_of_one_byte) {
  constexpr std::size_t size = 2 << 20;
  weighed_end e(with());
  const std::string one = bytes_of(next_part("f"), with().peer());
  std::string many;
  for (int i = 0; i < 65'536; ++i) many += one;
  e.hears(bytes_of(first_part(""), with().peer()));
  for (std::size_t came = 0; came < size; came += 65'536) e.hears(many);
  EXPECT_LE(e.memory.most(), static_cast<std::int64_t>(2 * size) + a_little);
  e.hears(bytes_of(last_part(""), with().peer()));
  EXPECT_EQ(e.message_bytes, size);
}

// As the driver does it: where the machine says that the rest of a large message may land.
TEST_P(Heap, end_holds_at_most_twice_what_has_come_of_a_message_that_lands) {
  constexpr std::uint64_t size = 8 << 20;
  for (const std::size_t each : {std::size_t{1}, std::size_t{1000}, ~std::size_t{0}}) {
    weighed_end e(with());
    e.hears(head_of(binary(""), with().peer_masks(), size));
    std::uint64_t came = 0;
    for (int reads = 0; reads < 20'000 && came < size; ++reads) {
      const auto on = scale::weighing();
      const auto to = e.machine().landing();
      if (to.empty()) break;
      ASSERT_LE(e.memory.held(), static_cast<std::int64_t>(2 * came) + 2 * a_little);
      const std::size_t n = std::min(to.size(), each);
      std::memset(to.data(), 0, n);
      e.machine().landed(n, e.now);
      came += n;
      e.settle();
    }
    EXPECT_GE(came, std::min<std::uint64_t>(20'000 * each, size - a_little));
  }
}

TEST_P(Heap, end_holds_nothing_once_a_message_is_handed_out) {
  weighed_end e(with());
  const std::string some = bytes_of(first_part("some"), with().peer()) +
                           bytes_of(last_part("more"), with().peer()) +
                           bytes_of(binary(std::string(100'000, 'b')), with().peer());
  e.hears(some);
  const std::int64_t after_one = e.memory.held();
  for (int i = 0; i < 1000; ++i) e.hears_in_pieces(some, 30'000);
  EXPECT_LE(e.memory.held(), after_one + 256 * 1024);
  EXPECT_EQ(e.messages, 2002u);
}

class InflatingHeap : public any_setup {
 protected:
  static constexpr std::uint64_t most = 1 << 20;
  /// 1000 : 1.
  static const std::string& bomb() {
    static const std::string it = wire::peer_zlib(9).message(std::string(8 << 20, 'b'));
    return it;
  }
  static void expect_stopped(weighed_end& e) {
    if (with().of_message == limits::unset) {
      EXPECT_EQ(e.message_bytes, 8u << 20);
      EXPECT_LE(e.memory.most(), (32 << 20) + 2 * a_little);
      return;
    }
    EXPECT_EQ(e.messages, 0u);
    EXPECT_EQ(e.how().cause, cause::message_too_big);
    EXPECT_EQ(frames_in(e.sent).at(0), closing(1009, "message too big"));
    EXPECT_LE(e.memory.most(), static_cast<std::int64_t>(most) + 2 * a_little);
  }
};
INSTANTIATE_TEST_SUITE_P(ends, InflatingHeap, ::testing::ValuesIn(every_compressing_setup()),
                         name_of_setup);

TEST_P(InflatingHeap, end_stops_a_bomb_in_one_frame_at_its_limit) {
  for (const std::size_t piece : {read_size, std::size_t{100}, std::size_t{1}}) {
    weighed_end e(with(), with().options(most));
    frame f = binary(bomb());
    f.rsv   = 4;
    e.hears_in_pieces(bytes_of(f, with().peer()), piece);
    expect_stopped(e);
  }
}

TEST_P(InflatingHeap, end_stops_a_bomb_in_frames_of_one_byte_at_its_limit) {
  weighed_end e(with(), with().options(most));
  frame first = first_binary_part("");
  first.rsv   = 4;
  e.hears(bytes_of(first, with().peer()));
  std::size_t sent = 0;
  for (; sent < bomb().size() && e.at() == stage::open; ++sent)
    e.hears(bytes_of(next_part(bomb().substr(sent, 1)), with().peer()));
  if (with().of_message == limits::unset)
    e.hears(bytes_of(last_part(""), with().peer()));
  else
    EXPECT_LE(sent, bomb().size() / 6) << "a megabyte of eight";
  expect_stopped(e);
}

TEST_P(InflatingHeap, end_takes_a_message_at_its_limit_and_none_a_byte_larger) {
  if (with().of_message == limits::unset) return;
  for (const std::size_t more : {0u, 1u})
    for (const std::size_t piece : {read_size, std::size_t{7}}) {
      weighed_end e(with(), with().options(most));
      frame f = binary(wire::peer_zlib(9).message(std::string(most + more, 'b')));
      f.rsv   = 4;
      e.hears_in_pieces(bytes_of(f, with().peer()), piece);
      EXPECT_EQ(e.messages, 1 - more);
      EXPECT_LE(e.memory.most(), static_cast<std::int64_t>(most) + 2 * a_little);
    }
}

}  // namespace
}  // namespace adieu::tests
