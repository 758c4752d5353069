// Closing towards a peer that reads slowly: it has time while it reads, and what is on its way to
// it is not destroyed by a reset when it has none left. [docs/closing.md 6]
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

class SlowReader : public either_end {
 protected:
  static transport_look seen(std::uint64_t acknowledged, std::uint64_t unacknowledged,
                             std::uint64_t window = 0, std::uint64_t most = 4'000'000) {
    return {true, true, acknowledged, unacknowledged, window, most};
  }
};
INSTANTIATE_TEST_SUITE_P(ends, SlowReader, ::testing::ValuesIn(both_roles), name_of_role);

TEST_P(SlowReader, has_time_to_take_what_was_queued_while_it_acknowledges) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends(std::string(1000, 'x'));
  s.closes();
  s.looks(seen(0, 4'000'000));
  for (unsigned i = 1; i < 6; ++i) {
    s.passes(9s);
    s.looks(seen(i, 4'000'000));
    s.expect_at(stage::flushing);
  }
  s.passes(10s - 1ms);
  s.expect_at(stage::flushing);
  s.passes(1ms);
  s.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::flushing});
  EXPECT_EQ(s.how().unsent_messages, 1u);
}

TEST_P(SlowReader, has_time_to_answer_while_it_reads_what_lies_before_our_close) {
  auto s = script::open(side());
  s.closes();
  s.looks(seen(0, 4'000'000));
  for (unsigned i = 1; i < 10; ++i) {
    s.passes(4s);
    s.looks(seen(i * 60'000, 4'000'000 - i * 60'000));
    s.expect_at(stage::awaiting_close);
  }
  s.peer_sends(closing(1000));
  s.peer_ends_stream();
  s.expect_ended({true, 1000, initiator::local, cause::completed, phase::ending});
}

TEST_P(SlowReader, has_its_five_seconds_once_it_has_read_our_close) {
  auto s = script::open(side());
  s.closes();
  s.looks(seen(0, 1000, 1000, 1000));
  for (int i = 0; i < 4; ++i) {
    s.passes(1s);
    s.looks(i < 3 ? seen(0, 1000, 1000, 1000) : seen(2001, 0, 1000, 1000));
  }
  for (unsigned i = 0; i < 4; ++i) {
    s.passes(1s);
    s.looks(seen(9000 + i * 5000, 0, 1000, 1000));
  }
  s.expect_at(stage::awaiting_close);
  s.passes(1s);
  s.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::awaiting_close});
}

TEST_P(SlowReader, has_no_more_than_the_whole_closing) {
  auto s = script::open(side(), {.deadlines = {.closing = 12s}});
  s.closes();
  for (unsigned i = 0; i < 3; ++i) {
    s.looks(seen(i * 60'000, 4'000'000));
    s.passes(4s);
  }
  s.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::awaiting_close});
}

TEST_P(SlowReader, that_still_sends_is_given_up_without_a_reset) {
  auto s = script::open(side());
  s.closes();
  for (int i = 0; i < 5; ++i) {
    s.passes(1s - 1ms);
    s.peer_sends(ping("still here"));
    s.passes(1ms);
  }
  s.expect_at(stage::ending);
  s.expect_fate(stream_fate::stop_sending);
  s.peer_sends(ping("still here"));
  s.peer_sends(closing(1000));  // too late
  s.expect_at(stage::ending);
  s.passes(2s);
  s.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::awaiting_close});
  EXPECT_FALSE(s.how().received);
}

TEST_P(SlowReader, that_still_sends_while_we_flush_gets_nothing_more) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends("stuck");
  s.closes();
  for (int i = 0; i < 10; ++i) {
    s.passes(1s - 1ms);
    s.peer_sends(text("chatter"));
    s.passes(1ms);
  }
  s.expect_at(stage::ending);
  EXPECT_FALSE(s.machine().has_output());
  s.transport_takes(one_end::unlimited);
  s.expect_nothing_sent();
  s.peer_ends_stream();
  s.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::flushing});
  EXPECT_EQ(s.how().unsent_messages, 1u);
  EXPECT_EQ(s.how().unsent_bytes, 5u);
}

TEST_P(SlowReader, that_is_mute_is_given_up_at_once) {
  auto s = script::open(side());
  s.peer_sends(text("the last it says"));
  s.passes(10s);
  s.closes();
  s.passes(5s);
  s.expect_ended({false, 1006, initiator::local, cause::closing_timed_out, phase::awaiting_close});
}

}  // namespace
}  // namespace adieu::inline v1::protocol
