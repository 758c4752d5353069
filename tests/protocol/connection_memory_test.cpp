// What receiving costs: nothing is allocated for what is only declared, large payloads land where
// they belong, unread input is kept once.
#include "protocol/script.hpp"

#include <algorithm>
#include <cstring>

namespace adieu::inline v1::protocol {
namespace {

class ReceivingMemory : public either_end {};
INSTANTIATE_TEST_SUITE_P(ends, ReceivingMemory, ::testing::ValuesIn(both_roles), name_of_role);

// What an object that came back to the resources holds on to.
std::size_t memory_of_last_incoming(script& s) {
  auto back            = s.shared().incomings.take();
  const std::size_t it = back->footprint();
  s.shared().incomings.give_back(std::move(back));
  return it;
}

TEST_P(ReceivingMemory, end_allocates_nothing_for_what_is_only_declared) {
  const bool masked = peer() == role::client;
  for (const std::uint64_t limit : {std::uint64_t{0}, ~std::uint64_t{0}})
    for (const std::uint64_t length : {std::uint64_t{1} << 31, std::uint64_t{1} << 32,
                                       std::uint64_t{1} << 40, (std::uint64_t{1} << 63) - 1}) {
      auto s = script::open(side(), {.max_message = limit});
      s.peer_sends_bytes(head_of(binary(""), masked, length));
      s.expect_at(stage::open);
      s.peer_sends_bytes("a few bytes of it");
      s.expect_at(stage::open);
      // The machine offers to receive a piece of it directly, and no more than a piece.
      const auto landing = s.machine().landing();
      EXPECT_LE(landing.size(), 64u * 1024);
      s.peer_ends_stream();
      s.expect_ended({false, 1006, initiator::none, cause::peer_vanished, phase::open});
    }
}

TEST_P(ReceivingMemory, end_needs_at_most_twice_the_message_when_it_comes_byte_by_byte) {
  auto s = script::open(side());
  const std::string payload(300'000, 'x');
  s.peer_sends_in_pieces(bytes_of(first_binary_part(payload), peer()), 1);
  s.peer_sends(last_part("y"));
  EXPECT_EQ(s.messages.at(0).bytes, payload + "y");
  EXPECT_LE(memory_of_last_incoming(s), 2 * payload.size() + 64 * 1024);
}

TEST_P(ReceivingMemory, end_needs_no_more_than_a_whole_message_that_comes_in_pieces) {
  auto s = script::open(side());
  const std::string payload(100'000, 'x');
  s.peer_sends_in_pieces(bytes_of(binary(payload), peer()), 10'000);
  EXPECT_EQ(s.messages.at(0).bytes, payload);
  EXPECT_LE(memory_of_last_incoming(s), payload.size());
}

TEST_P(ReceivingMemory, end_needs_nothing_for_messages_that_lie_whole_in_the_input) {
  auto s = script::open(side());
  s.peer_sends({text("one"), binary(std::string(100'000, 'x')), ping(), pong()});
  EXPECT_EQ(memory_of_last_incoming(s), 0u);
}

// Receives the rest of a large payload directly, in steps of at most `step`.
std::size_t land(script& s, std::string_view rest, std::size_t step) {
  std::size_t landed = 0;
  for (;;) {
    const auto to = s.machine().landing();
    if (to.empty() || rest.empty()) return landed;
    const std::size_t n = std::min({to.size(), rest.size(), step});
    std::memcpy(to.data(), rest.data(), n);
    rest.remove_prefix(n);
    landed += n;
    s.machine().landed(n, s.now());
    s.settle();
  }
}

TEST_P(ReceivingMemory, end_lets_a_large_payload_land_where_it_belongs) {
  for (const frame& f : {binary(std::string(1'000'000, '\xfe')), text(std::string(1'000'000, 't'))})
    for (const std::size_t step : {std::size_t{3000}, std::size_t{70'001}, ~std::size_t{0}}) {
      auto s                  = script::open(side());
      const std::string bytes = bytes_of(f, peer());
      EXPECT_TRUE(s.machine().landing().empty());
      s.peer_sends_bytes(bytes.substr(0, 1000));
      const std::size_t landed = land(s, std::string_view(bytes).substr(1000), step);
      EXPECT_GT(landed, 900'000u);
      s.peer_sends_bytes(bytes.substr(1000 + landed) + bytes_of(text("next"), peer()));
      ASSERT_EQ(s.messages.size(), 2u);
      EXPECT_EQ(s.messages[0].bytes, f.payload);
      EXPECT_EQ(s.messages[1].bytes, "next");
    }
}

TEST_P(ReceivingMemory, end_hands_out_a_message_that_has_landed_whole) {
  auto s                  = script::open(side());
  const std::string bytes = bytes_of(binary(std::string(200'000, 'b')), peer());
  s.peer_sends_bytes(bytes.substr(0, 120'000));
  EXPECT_EQ(land(s, std::string_view(bytes).substr(120'000), ~std::size_t{0}),
            bytes.size() - 120'000);
  ASSERT_EQ(s.messages.size(), 1u);
  EXPECT_EQ(s.messages[0].bytes.size(), 200'000u);
}

TEST_P(ReceivingMemory, end_fails_at_bad_text_that_lands) {
  auto s = script::open(side());
  std::string wrong(300'000, 'x');
  wrong[150'000]          = '\xff';
  const std::string bytes = bytes_of(text(wrong), peer());
  s.peer_sends_bytes(bytes.substr(0, 100));
  EXPECT_LT(land(s, std::string_view(bytes).substr(100), 10'000), 160'100u);
  s.expect_sent(closing(1007, "text is not UTF-8"));
  EXPECT_TRUE(s.machine().landing().empty());
}

TEST_P(ReceivingMemory, end_tells_nothing_that_has_landed_once_it_is_closed) {
  auto s                  = script::open(side());
  const std::string bytes = bytes_of(binary(std::string(200'000, 'b')), peer());
  s.peer_sends_bytes(bytes.substr(0, 120'000));
  const auto to = s.machine().landing();
  ASSERT_EQ(to.size(), bytes.size() - 120'000);
  std::memcpy(to.data(), bytes.data() + 120'000, to.size());
  s.machine().landed(to.size(), s.now());
  s.terminates();
  EXPECT_TRUE(s.messages.empty());
}

TEST_P(ReceivingMemory, end_takes_bytes_that_land_for_life) {
  auto s = script::open(side(), {.deadlines = {.ping_after = 20s}});
  s.peer_sends_bytes(bytes_of(binary(std::string(200'000, 'b')), peer()).substr(0, 100));
  s.passes(30s);
  s.newly_sent();
  s.machine().landing();
  s.machine().landed(1, s.now());
  s.passes(19s);
  s.expect_at(stage::open);
}

// --- an application that stops reading ---

TEST_P(ReceivingMemory, end_keeps_what_is_not_parsed_until_the_application_reads_again) {
  auto s = script::open(side());
  s.stops_reading();
  s.peer_sends({text("one"), text("two")});
  s.peer_sends_in_pieces(bytes_of(text("three"), peer()), 1);
  s.expect_messages({});
  EXPECT_TRUE(s.machine().has_kept_input());
  s.reads_again();
  s.expect_messages({"one", "two", "three"});
  EXPECT_FALSE(s.machine().has_kept_input());
}

TEST_P(ReceivingMemory, end_may_stop_and_go_on_at_every_message) {
  auto s     = script::open(side());
  s.on_event = [&](const event&) { s.stops_reading(); };
  s.peer_sends({text("1"), text("2"), first_part("3"), last_part("4"), text("5")});
  s.expect_messages({"1"});
  s.reads_again();
  s.expect_messages({"2"});
  s.peer_sends(text("6"));  // comes while it is not read
  s.reads_again();
  s.expect_messages({"34"});
  s.reads_again();
  s.expect_messages({"5"});
  s.reads_again();
  s.expect_messages({"6"});
  EXPECT_FALSE(s.machine().has_kept_input());
  s.reads_again();
  s.expect_messages({});
}

TEST_P(ReceivingMemory, end_hands_out_nothing_twice_when_reading_stops_at_the_last_kept_message) {
  auto s = script::open(side());
  s.stops_reading();
  s.peer_sends(text("once"));
  s.on_event = [&](const event&) { s.stops_reading(); };
  s.reads_again();
  s.expect_messages({"once"});
  EXPECT_FALSE(s.machine().has_kept_input());
  s.reads_again();
  s.expect_messages({});
}

TEST_P(ReceivingMemory, end_keeps_the_rest_of_a_frame_that_had_begun) {
  const std::string bytes = bytes_of(text("cut in pieces"), peer());
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    auto s = script::open(side());
    s.peer_sends_bytes(bytes.substr(0, cut));
    s.stops_reading();
    s.peer_sends_bytes(bytes.substr(cut));
    s.reads_again();
    s.expect_messages({"cut in pieces"});
  }
}

TEST_P(ReceivingMemory, end_finds_a_close_in_what_it_kept) {
  auto s = script::open(side());
  s.stops_reading();
  s.peer_sends({text("last"), closing(1000), text("never")});
  s.reads_again();
  s.expect_messages({"last"});
  s.expect_sent(closing(1000));
}

TEST_P(ReceivingMemory, end_counts_a_message_that_lands_late_and_is_not_wanted) {
  auto s                  = script::open(side(), {.late_messages = late::discard});
  const std::string bytes = bytes_of(binary(std::string(200'000, 'b')), peer());
  s.peer_sends_bytes(bytes.substr(0, 100));
  s.closes();
  land(s, std::string_view(bytes).substr(100), ~std::size_t{0});
  EXPECT_EQ(s.messages.size(), 0u);
  EXPECT_EQ(s.how().late_messages, 1u);
}

TEST_P(ReceivingMemory, end_told_twice_to_read_again_reads_what_it_kept_once) {
  auto s = script::open(side());
  s.stops_reading();
  s.peer_sends(text("kept"));
  s.machine().replay_input();
  s.machine().replay_input();
  s.reads_again();
  s.expect_messages({"kept"});
}

}  // namespace
}  // namespace adieu::inline v1::protocol
