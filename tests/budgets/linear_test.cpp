// Work is linear in what comes, however it comes. [RFC 6455 5.4, 10.4]
#include "budgets/weighed_end.hpp"

#include <algorithm>

namespace adieu::tests {
namespace {

class LinearWork : public any_setup {};
INSTANTIATE_TEST_SUITE_P(ends, LinearWork, ::testing::ValuesIn(every_setup()), name_of_setup);

std::string times(std::size_t n, const std::string& what) {
  std::string all;
  all.reserve(n * what.size());
  while (n-- > 0) all += what;
  return all;
}

/// As a driver reads: as much as its buffer holds.
constexpr std::size_t read_size = 512 * 1024;

TEST_P(LinearWork, end_takes_messages_of_one_byte) {
  const std::string message = bytes_of(binary("m"), with().peer());
  expect_linear(2000, [&](std::size_t n) {
    weighed_end e(with());
    e.hears_in_pieces(times(n, message), read_size);
    EXPECT_EQ(e.messages, n);
  });
}

TEST_P(LinearWork, end_takes_a_message_in_fragments_of_one_byte) {
  expect_linear(4000, [&](std::size_t n) {
    weighed_end e(with());
    e.hears_in_pieces(bytes_of(first_part("f"), with().peer()) +
                          times(n, bytes_of(next_part("f"), with().peer())) +
                          bytes_of(last_part("f"), with().peer()),
                      read_size);
    EXPECT_EQ(e.message_bytes, n + 2);
  });
}

TEST_P(LinearWork, end_takes_fragments_without_content_with_pings_between) {
  const std::string pair =
      bytes_of(next_part(""), with().peer()) + bytes_of(ping("p"), with().peer());
  auto options                          = with().options();
  options.max_control_frames_per_second = 0;
  expect_linear(2000, [&](std::size_t n) {
    weighed_end e(with(), options);
    e.keeps_sent = false;
    e.hears_in_pieces(bytes_of(first_part(""), with().peer()) + times(n, pair) +
                          bytes_of(last_part(""), with().peer()),
                      read_size);
    EXPECT_EQ(e.messages, 1u);
  });
}

TEST_P(LinearWork, end_takes_a_message_byte_by_byte) {
  expect_linear(8000, [&](std::size_t n) {
    weighed_end e(with());
    e.hears_in_pieces(bytes_of(text(std::string(n, 't')), with().peer()), 1);
    EXPECT_EQ(e.message_bytes, n);
  });
}

TEST_P(LinearWork, end_takes_frames_byte_by_byte) {
  const std::string some =
      bytes_of(text("a few"), with().peer()) + bytes_of(pong("pong"), with().peer()) +
      bytes_of(first_part("a"), with().peer()) + bytes_of(last_part("b"), with().peer());
  auto options                          = with().options();
  options.max_control_frames_per_second = 0;
  expect_linear(500, [&](std::size_t n) {
    weighed_end e(with(), options);
    e.hears_in_pieces(times(n, some), 1);
    EXPECT_EQ(e.messages, 2 * n);
  });
}

// An application that asks for one message at a time, while a peer has sent many at once.
TEST_P(LinearWork, end_hands_out_what_it_kept_message_by_message) {
  const std::string message = bytes_of(binary("m"), with().peer());
  expect_linear(2000, [&](std::size_t n) {
    weighed_end e(with());
    e.stop_at = 1;
    e.hears(times(n, message));
    for (std::size_t i = 1; i < n; ++i) e.reads_again();
    EXPECT_EQ(e.messages, n);
    EXPECT_FALSE(e.machine().has_kept_input());
  });
}

TEST_P(LinearWork, end_without_a_reader_takes_what_it_sends) {
  auto options         = with().options();
  options.max_buffered = 0;
  expect_linear(4000, [&](std::size_t n) {
    weighed_end e(with(), options);
    e.keeps_sent      = false;
    e.transport_takes = false;
    for (std::size_t i = 0; i < n; ++i) e.sends(message_view(std::string_view("message")));
    // Now the transport takes a little at a time.
    piece some[16];
    while (e.machine().output(some) != 0)
      e.machine().consumed(std::min<std::size_t>(some[0].size, 100), e.now);
    EXPECT_EQ(e.machine().queued_messages(), 0u);
  });
}

class LinearInflating : public any_setup {};
INSTANTIATE_TEST_SUITE_P(ends, LinearInflating, ::testing::ValuesIn(every_compressing_setup()),
                         name_of_setup);

TEST_P(LinearInflating, end_takes_a_message_in_frames_of_one_byte) {
  expect_linear(4000, [&](std::size_t n) {
    weighed_end e(with());
    const std::string payload = wire::peer_zlib().message(wire::noise(n));
    frame first               = first_binary_part("");
    first.rsv                 = 4;
    std::string all           = bytes_of(first, with().peer());
    for (const char c : payload) all += bytes_of(next_part(std::string(1, c)), with().peer());
    e.hears_in_pieces(all + bytes_of(last_part(""), with().peer()), read_size);
    EXPECT_EQ(e.message_bytes, n);
  });
}

}  // namespace
}  // namespace adieu::tests
