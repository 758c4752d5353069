// The table itself: what the compiler does not already prove of it.
#include "protocol/closing.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace adieu::inline v1::protocol {
namespace {

constexpr stage all_stages[] = {stage::connecting,     stage::open,     stage::flushing,
                                stage::awaiting_close, stage::replying, stage::answering,
                                stage::failing,        stage::ending,   stage::closed};

signal nth(std::size_t n) { return static_cast<signal>(n); }

TEST(ClosingTable, once_closed_nothing_happens_whatever_comes) {
  for (std::size_t s = 0; s < signals; ++s) {
    const transition& t = look_up(stage::closed, nth(s));
    EXPECT_TRUE(t.possible);
    EXPECT_EQ(t.next, stage::closed);
    EXPECT_EQ(t.what, send::nothing);
    EXPECT_EQ(t.fate(role::server), stream_fate::keep);
    EXPECT_EQ(t.fate(role::client), stream_fate::keep);
  }
}

TEST(ClosingTable, only_the_server_ends_its_side_first_and_only_the_client_awaits_the_end) {
  for (stage s : all_stages)
    for (std::size_t i = 0; i < signals; ++i) {
      const transition& t = look_up(s, nth(i));
      if (!t.possible) continue;
      EXPECT_NE(t.fate(role::server), stream_fate::await_its_end) << name(s) << name(nth(i));
      EXPECT_NE(t.fate(role::client), stream_fate::end_our_side) << name(s) << name(nth(i));
    }
}

TEST(ClosingTable, terminate_and_a_lost_stream_lead_straight_to_closed_from_everywhere) {
  for (stage s : all_stages)
    for (signal i : {signal::terminated, signal::stream_lost})
      EXPECT_EQ(look_up(s, i).next, stage::closed) << name(s);
}

TEST(ClosingTable, a_close_call_begins_something_only_while_connecting_or_open) {
  for (stage s : all_stages) {
    const bool begins = s == stage::connecting || s == stage::open;
    EXPECT_EQ(look_up(s, signal::close_called).next != s, begins) << name(s);
  }
  EXPECT_EQ(look_up(stage::connecting, signal::close_called).what, send::nothing);
}

TEST(ClosingTable, time_leads_to_closed_within_three_steps_from_everywhere) {
  for (stage s : all_stages) {
    stage at = s;
    for (int i = 0; i < 3; ++i) at = look_up(at, signal::deadline_passed).next;
    EXPECT_EQ(at, stage::closed) << name(s);
  }
}

TEST(ClosingTable, a_peer_that_has_closed_may_end_its_stream_before_ours_has_left) {
  for (stage s : {stage::replying, stage::answering, stage::failing})
    EXPECT_EQ(look_up(s, signal::stream_ended).next, s);
}

TEST(ClosingTable, the_ready_state_of_every_stage_is_a_browsers) {
  EXPECT_EQ(state_of(stage::connecting), ready_state::connecting);
  EXPECT_EQ(state_of(stage::open), ready_state::open);
  for (stage s : {stage::flushing, stage::awaiting_close, stage::replying, stage::answering,
                  stage::failing, stage::ending})
    EXPECT_EQ(state_of(s), ready_state::closing) << name(s);
  EXPECT_EQ(state_of(stage::closed), ready_state::closed);
}

TEST(ClosingTable, the_phase_of_every_stage_is_where_it_waits) {
  EXPECT_EQ(phase_of(stage::connecting), phase::opening);
  EXPECT_EQ(phase_of(stage::open), phase::open);
  for (stage s : {stage::flushing, stage::replying, stage::answering, stage::failing})
    EXPECT_EQ(phase_of(s), phase::flushing) << name(s);
  EXPECT_EQ(phase_of(stage::awaiting_close), phase::awaiting_close);
  EXPECT_EQ(phase_of(stage::ending), phase::ending);
  EXPECT_EQ(phase_of(stage::closed), phase::ending);
}

TEST(ClosingTable, frames_are_read_until_the_peers_close_or_a_violation) {
  for (stage s : all_stages)
    EXPECT_EQ(reads_frames(s),
              s == stage::open || s == stage::flushing || s == stage::awaiting_close)
        << name(s);
}

TEST(ClosingTable, every_stage_and_signal_has_a_name_of_its_own) {
  std::set<std::string> names;
  for (stage s : all_stages) names.insert(name(s));
  EXPECT_EQ(names.size(), stages);
  EXPECT_TRUE(names.count("awaiting_close") && names.count("closed"));
  names.clear();
  for (std::size_t s = 0; s < signals; ++s) names.insert(name(nth(s)));
  EXPECT_EQ(names.size(), signals);
  EXPECT_TRUE(names.count("reply_finished") && names.count("terminated"));
}

}  // namespace
}  // namespace adieu::inline v1::protocol
