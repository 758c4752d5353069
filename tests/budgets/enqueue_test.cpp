// One budget for everything that can be queued: messages of any size, pings, pongs, last words, our
// Close. A transport takes nothing, and the queue has to stay within `max_buffered`.
#include "budgets/weighed_end.hpp"

#include <algorithm>

namespace adieu::tests {
namespace {

constexpr std::uint64_t most = 1 << 20;

class Enqueueing : public any_setup {
 protected:
  static connection_options options() {
    auto o                          = with().options();
    o.max_buffered                  = most;
    o.on_overflow                   = overflow::refuse;
    o.max_control_frames_per_second = 0;
    return o;
  }
  // What a queue of `max_buffered` may need: a buffer that has grown to twice its bytes, and as
  // much again for heads and for what is known of each message; and one message.
  static void expect_within_budget(weighed_end& e, std::uint64_t one_message) {
    const auto lent = static_cast<std::int64_t>(with().how == compressing::no ? 0 : 512 * 1024);
    EXPECT_LE(e.memory.most(), static_cast<std::int64_t>(4 * most + 2 * one_message) + lent);
  }
  static void blocked(weighed_end& e) {
    e.transport_takes = false;
    e.sends(message_view(std::string_view("in the way")));
  }
};
INSTANTIATE_TEST_SUITE_P(ends, Enqueueing, ::testing::ValuesIn(every_setup()), name_of_setup);

TEST_P(Enqueueing, end_refuses_messages_of_any_size_before_they_cost_too_much) {
  for (const std::size_t size : {0u, 1u, 10u, 100u, 300u, 1000u, 20'000u, 300'000u}) {
    weighed_end e(with(), options());
    blocked(e);
    const std::string payload = wire::noise(size);
    std::size_t accepted      = 0;
    while (e.sends(message_view(message_type::binary, wire::as_bytes_of(payload))) == error::none)
      if (++accepted == 1'000'000) break;
    EXPECT_LT(accepted, 1'000'000u) << size;
    EXPECT_GE(accepted * std::max<std::size_t>(size, 32), most - 32) << "refused too soon";
    EXPECT_LT(e.machine().buffered_amount(), most + size + 10);
    expect_within_budget(e, size);
    EXPECT_EQ(e.at(), stage::open);
  }
}

TEST_P(Enqueueing, end_refuses_pings_before_they_cost_too_much) {
  for (const std::size_t size : {0u, 125u}) {
    weighed_end e(with(), options());
    blocked(e);
    const std::string payload(size, 'p');
    std::size_t accepted = 0;
    const auto on        = scale::weighing();
    while (e.machine().ping(wire::as_bytes_of(payload), e.now) == error::none)
      if (++accepted == 1'000'000) break;
    EXPECT_LT(accepted, 1'000'000u) << size;
    EXPECT_EQ(e.machine().ping({}, e.now), error::send_queue_full);
    expect_within_budget(e, 0);
  }
}

// A ping of the library's own is one that the application has not asked for and cannot be refused.
TEST_P(Enqueueing, end_keeps_alive_with_a_full_queue_that_is_not_blocked) {
  auto o         = options();
  o.max_buffered = 1;
  weighed_end e(with(), o);
  e.machine().send(message_view(std::string_view("queued in this turn")), e.now);
  e.now += std::chrono::seconds(28);  // behind the longest interval, a tenth more than 25 s
  e.machine().tick(e.now);
  e.settle();
  std::string_view wire = e.sent;
  EXPECT_EQ(take_frame(wire)->opcode, 1u);
  EXPECT_EQ(take_frame(wire).value_or(frame{}), ping());
}

TEST_P(Enqueueing, end_refuses_last_words_of_any_size_before_they_cost_too_much) {
  for (const std::size_t size : {0u, 1u, 1000u}) {
    weighed_end e(with(), options());
    blocked(e);
    const std::string payload(size, 'w');
    std::size_t accepted = 0;
    {
      const auto on = scale::weighing();
      std::string theirs;
      {
        const auto off = scale::aside();
        theirs         = bytes_of(closing(1000), with().peer());
      }
      e.machine().receive(std::as_writable_bytes(std::span(theirs)), e.now);
      event told;
      ASSERT_TRUE(e.machine().next_event(told, e.now));
      while (e.machine().send_last_word(
                 message_view(message_type::binary, wire::as_bytes_of(payload)), e.now) ==
             error::none)
        if (++accepted == 1'000'000) break;
      e.machine().finish_reply(e.now);
    }
    EXPECT_LT(accepted, 1'000'000u) << size;
    expect_within_budget(e, size);
    EXPECT_EQ(e.at(), stage::answering) << "the Close itself is never refused";
  }
}

TEST_P(Enqueueing, end_has_one_pending_pong_for_ten_million_pings_of_a_peer_that_does_not_read) {
  weighed_end e(with(), options());
  blocked(e);
  e.settle();
  const std::string one = bytes_of(ping(std::string(8, 'p')), with().peer());
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += one;
  const std::int64_t before = e.memory.held();
  for (int i = 0; i < 1000; ++i) e.hears(many);
  EXPECT_LE(e.memory.most() - before, 4096);
  EXPECT_EQ(e.sent, "");
  e.transport_takes = true;
  e.settle();
  std::string_view wire = e.sent;
  EXPECT_EQ(take_frame(wire)->payload, "in the way");
  EXPECT_EQ(take_frame(wire).value_or(frame{}), pong(std::string(8, 'p')));
  EXPECT_EQ(wire, "");
}

TEST_P(Enqueueing, end_holds_nothing_for_a_million_pongs_that_nobody_asked_for) {
  weighed_end e(with(), options());
  const std::string one = bytes_of(pong(std::string(125, 'p')), with().peer());
  std::string many;
  for (int i = 0; i < 1000; ++i) many += one;
  e.hears(many);
  const std::int64_t before = e.memory.held();
  for (int i = 0; i < 1000; ++i) e.hears(many);
  EXPECT_LE(e.memory.most() - before, 0);
  EXPECT_EQ(e.sent, "");
}

TEST_P(Enqueueing, end_queues_one_close_however_often_it_is_closed) {
  weighed_end e(with(), options());
  blocked(e);
  const std::int64_t before = e.memory.held();
  {
    const auto on = scale::weighing();
    bool began    = false;
    for (int i = 0; i < 100'000; ++i) e.machine().close(1000, "enough", e.now, began);
    for (int i = 0; i < 1000; ++i) e.machine().fail_handler(e.now), e.machine().leave(e.now);
  }
  EXPECT_LE(e.memory.most() - before, 4096);
  e.transport_takes = true;
  e.settle();
  std::string_view wire = e.sent;
  take_frame(wire);
  EXPECT_EQ(take_frame(wire).value_or(frame{}), closing(1000, "enough"));
  EXPECT_EQ(wire, "");
}

TEST_P(Enqueueing, end_answers_a_flood_of_control_frames_with_1008) {
  for (const frame& one : {ping(), pong(), ping(std::string(125, 'p'))}) {
    weighed_end e(with());
    std::string many;
    for (int i = 0; i < 10'001; ++i) many += bytes_of(one, with().peer());
    e.hears(many);
    ASSERT_EQ(e.how().cause, cause::flooded);
    EXPECT_EQ(frames_in(e.sent).back(), closing(1008, "too many control frames"));
    // The pongs were no more than what came.
    EXPECT_LE(e.memory.most(), static_cast<std::int64_t>(2 * many.size() + 64 * 1024));
  }
}

}  // namespace
}  // namespace adieu::tests
