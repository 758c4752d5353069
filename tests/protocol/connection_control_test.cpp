// Pings, pongs and floods of them. [RFC 6455 5.5; docs/closing.md 7]
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

class ControlFrames : public either_end {};
INSTANTIATE_TEST_SUITE_P(ends, ControlFrames, ::testing::ValuesIn(both_roles), name_of_role);

TEST_P(ControlFrames, end_answers_ten_pings_in_one_piece_with_ten_pongs_in_order) {
  auto s = script::open(side());
  std::string all;
  std::vector<frame> pongs;
  for (int i = 0; i < 10; ++i) {
    all += bytes_of(ping("ping " + std::to_string(i)), peer());
    pongs.push_back(pong("ping " + std::to_string(i)));
  }
  s.peer_sends_bytes(all);
  EXPECT_EQ(frames_in(s.newly_sent()), pongs);
}

TEST_P(ControlFrames, end_answers_pings_of_every_length) {
  auto s = script::open(side());
  for (std::size_t n = 0; n <= 125; ++n) {
    s.peer_sends(ping(std::string(n, 'p')));
    s.expect_sent(pong(std::string(n, 'p')));
  }
}

TEST_P(ControlFrames, end_answers_only_the_newest_ping_once_its_output_is_blocked) {
  auto s  = script::open(side());
  s.takes = 1;
  s.sends("stuck");
  for (int i = 0; i < 1000; ++i) s.peer_sends(ping("ping " + std::to_string(i)));
  EXPECT_LT(s.machine().deadline(), never);
  s.transport_takes(one_end::unlimited);
  s.expect_sent({text("stuck"), pong("ping 999")});
  s.peer_sends(ping("again"));
  s.expect_sent(pong("again"));
}

TEST_P(ControlFrames, end_holds_no_memory_for_pings_of_a_peer_that_does_not_read) {
  auto s  = script::open(side(), {.max_control_frames_per_second = 0});
  s.takes = 0;
  s.sends("stuck");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += bytes_of(ping(std::string(125, 'p')), peer());
  for (int i = 0; i < 100; ++i) s.peer_sends_bytes(many);
  s.transport_takes(one_end::unlimited);
  s.expect_sent({text("stuck"), pong(std::string(125, 'p'))});
}

TEST_P(ControlFrames, end_sends_what_the_application_queued_before_the_waiting_pong) {
  auto s  = script::open(side());
  s.takes = 1;
  s.sends("one");
  s.peer_sends(ping("p"));
  s.sends("two");
  s.transport_takes(one_end::unlimited);
  s.expect_sent({text("one"), text("two"), pong("p")});
}

TEST_P(ControlFrames, end_keeps_a_waiting_pong_over_many_short_writes) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends("stuck");
  s.peer_sends(ping("p"));
  for (int i = 0; i < 40; ++i) s.transport_takes(1);
  s.expect_sent({text("stuck"), pong("p")});
  EXPECT_FALSE(s.machine().has_output());
}

TEST_P(ControlFrames, end_tells_the_application_of_pongs) {
  auto s = script::open(side());
  s.peer_sends({pong("one"), pong(""), pong(std::string(125, 'x'))});
  EXPECT_EQ(s.pongs, (std::vector<std::string>{"one", "", std::string(125, 'x')}));
  s.expect_nothing_sent();
}

TEST_P(ControlFrames, end_pings_with_the_payload_it_is_given) {
  auto s                = script::open(side());
  const std::string any = "\0\xff any bytes";
  EXPECT_EQ(s.machine().ping(std::as_bytes(std::span(any)), s.now()), error::none);
  s.settle();
  s.expect_sent(ping(any));
}

TEST_P(ControlFrames, end_takes_ten_thousand_control_frames_in_a_second_and_not_one_more) {
  auto s = script::open(side());
  for (int i = 0; i < 5000; ++i) s.peer_sends({ping(), pong()});
  s.expect_at(stage::open);
  s.newly_sent();
  s.peer_sends(pong());
  s.expect_sent(closing(1008, "too many control frames"));
  s.peer_ends_stream();
  s.expect_ended({false, 1006, initiator::local, cause::flooded, phase::open});
}

TEST_P(ControlFrames, end_takes_any_number_of_them_at_a_lower_rate) {
  auto s = script::open(side(), {.max_control_frames_per_second = 10});
  for (int second = 0; second < 100; ++second) {
    for (int i = 0; i < 10; ++i) s.peer_sends(ping());
    s.passes(1s);
  }
  s.expect_at(stage::open);
  for (int i = 0; i < 10; ++i) s.peer_sends(pong());
  s.expect_at(stage::open);
  s.peer_sends(ping());
  EXPECT_EQ(s.how().cause, cause::flooded);
}

TEST_P(ControlFrames, end_counts_control_frames_while_closing_too) {
  auto s = script::open(side(), {.max_control_frames_per_second = 10});
  s.closes();
  for (int i = 0; i < 11; ++i) s.peer_sends(pong());
  s.expect_ends_tcp_by_role();
  EXPECT_EQ(s.how().cause, cause::flooded);
  s.expect_sent(closing(1000));  // no second one
}

TEST_P(ControlFrames, end_without_that_limit_takes_all) {
  auto s = script::open(side(), {.max_control_frames_per_second = 0});
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += bytes_of(pong(), peer());
  s.peer_sends_bytes(many);
  EXPECT_EQ(s.pongs.size(), 20'000u);
  s.expect_at(stage::open);
}

TEST_P(ControlFrames, end_does_not_count_a_close_against_the_limit) {
  auto s = script::open(side(), {.max_control_frames_per_second = 1});
  s.peer_sends({ping(), closing(1000)});
  s.expect_sent({pong(), closing(1000)});
}

}  // namespace
}  // namespace adieu::inline v1::protocol
