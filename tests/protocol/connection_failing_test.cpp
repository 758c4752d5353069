// When the peer breaks a rule: what is sent, what is still read, how it ends; and what a Close
// frame may carry. [docs/closing.md 4.6, 7; RFC 6455 7.1.7, 7.4]
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Failing : public either_end {};
INSTANTIATE_TEST_SUITE_P(ends, Failing, ::testing::ValuesIn(both_roles), name_of_role);

// The machine answers `bytes` with that Close, of its own, and ends as a failed connection does.
void expect_fails(role side, std::string_view bytes, unsigned code, cause why,
                  const connection_options& options = {}) {
  auto s = script::open(side, options);
  s.peer_sends_bytes(bytes);
  const auto frames = frames_in(s.newly_sent());
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].opcode, 8u);
  EXPECT_EQ(frames[0], closing(code, s.how().note));
  EXPECT_FALSE(s.how().note.empty());
  EXPECT_TRUE(s.messages.empty());
  s.expect_ends_tcp_by_role();
  s.peer_ends_stream();
  s.expect_ended({false, 1006, initiator::local, why, phase::open});
  EXPECT_FALSE(s.how().received);
}

TEST_P(Failing, end_takes_an_empty_close) {
  auto s = script::open(side());
  s.peer_sends(empty_close());
  s.expect_sent(empty_close());
  s.peer_ends_stream();
  s.expect_ended({true, 1005, initiator::remote, cause::completed, phase::ending});
}

TEST_P(Failing, end_refuses_a_close_of_one_byte) {
  expect_fails(side(), bytes_of({8, "\x03"}, peer()), 1002, cause::protocol_violation);
}

TEST_P(Failing, end_takes_every_code_that_may_be_received_and_refuses_every_other) {
  for (unsigned code = 0; code < 65536; ++code) {
    auto s = script::open(side());
    s.peer_sends(closing(code));
    const bool valid = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                       (code >= 3000 && code <= 4999);
    const auto frames = frames_in(s.newly_sent());
    ASSERT_EQ(frames.size(), 1u) << code;
    ASSERT_EQ(frames[0], valid ? closing(code) : closing(1002, "invalid close code")) << code;
    ASSERT_EQ(s.how().received.has_value(), valid) << code;
  }
}

TEST_P(Failing, end_takes_a_valid_reason_and_refuses_one_that_is_not_utf8) {
  auto s = script::open(side());
  s.peer_sends(closing(1000, "z\xc3\xbcrich \xf0\x9f\x91\x8b"));
  EXPECT_EQ(s.how().received->reason, "z\xc3\xbcrich \xf0\x9f\x91\x8b");
  for (const char* bad : {"\xff", "a\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80"})
    expect_fails(side(), bytes_of(closing(1000, bad), peer()), 1007, cause::invalid_text);
}

TEST_P(Failing, end_takes_a_close_of_125_bytes_and_refuses_a_longer_one) {
  const std::string longest(123, 'r');
  auto s = script::open(side());
  s.peer_sends(closing(1000, longest));
  EXPECT_EQ(s.how().received->reason, longest);
  expect_fails(side(), bytes_of(closing(1000, longest + "r"), peer()), 1002,
               cause::protocol_violation);
}

TEST_P(Failing, end_refuses_a_fragmented_close) {
  frame part = closing(1000);
  part.fin   = false;
  expect_fails(side(), bytes_of(part, peer()), 1002, cause::protocol_violation);
}

TEST_P(Failing, end_refuses_reserved_bits) {
  for (unsigned rsv = 1; rsv < 8; ++rsv)
    for (unsigned opcode : {1u, 2u, 8u, 9u, 10u})
      expect_fails(side(), bytes_of({opcode, "", true, rsv}, peer()), 1002,
                   cause::protocol_violation);
}

TEST_P(Failing, end_refuses_unknown_opcodes) {
  for (unsigned opcode : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u})
    for (const bool fin : {true, false})
      expect_fails(side(), bytes_of({opcode, "", fin}, peer()), 1002, cause::protocol_violation);
}

TEST_P(Failing, end_refuses_masking_that_is_wrong_for_the_role) {
  for (const frame& f : {text("x"), binary(""), ping(), pong(), closing(1000)})
    expect_fails(side(), bytes_of(f, side()), 1002, cause::protocol_violation);
}

TEST_P(Failing, end_refuses_control_frames_that_are_fragmented_or_too_long) {
  for (unsigned opcode : {8u, 9u, 10u}) {
    expect_fails(side(), bytes_of({opcode, "", false}, peer()), 1002, cause::protocol_violation);
    expect_fails(side(), bytes_of({opcode, std::string(126, 'x')}, peer()), 1002,
                 cause::protocol_violation);
  }
}

TEST_P(Failing, end_refuses_a_continuation_without_a_message) {
  expect_fails(side(), bytes_of(last_part("x"), peer()), 1002, cause::protocol_violation);
  expect_fails(side(), bytes_of(next_part(""), peer()), 1002, cause::protocol_violation);
}

TEST_P(Failing, end_refuses_a_continuation_after_the_last_part) {
  auto s = script::open(side());
  s.peer_sends({first_part("a"), last_part("b"), last_part("c")});
  s.expect_messages({"ab"});
  s.expect_sent(closing(1002, "invalid frame"));
}

TEST_P(Failing, end_refuses_a_message_inside_a_message) {
  for (const frame& inner : {text("x"), binary("x"), first_part("x")})
    for (const frame& outer : {first_part("o"), first_binary_part(""), first_part("")})
      expect_fails(side(), bytes_of(outer, peer()) + bytes_of(inner, peer()), 1002,
                   cause::protocol_violation);
}

TEST_P(Failing, end_refuses_lengths_that_are_not_in_their_shortest_form) {
  using enum length_form;
  const bool masked  = peer() == role::client;
  const auto refuses = [&](std::uint64_t length, length_form form) {
    for (const frame& f : {binary(""), text(""), ping()})
      expect_fails(side(), head_of(f, masked, length, form), 1002, cause::protocol_violation);
  };
  for (std::uint64_t n : {0, 1, 125}) refuses(n, two_bytes), refuses(n, eight_bytes);
  for (std::uint64_t n : {126, 127, 65535}) refuses(n, eight_bytes);
}

TEST_P(Failing, end_refuses_a_length_with_the_top_bit) {
  const bool masked = peer() == role::client;
  for (std::uint64_t n : {std::uint64_t{1} << 63, ~std::uint64_t{0}})
    expect_fails(side(), head_of(binary(""), masked, n), 1002, cause::protocol_violation,
                 {.max_message = 0});
}

TEST_P(Failing, end_does_not_wait_for_the_rest_of_a_head_that_is_wrong_already) {
  // The second byte announces more to come, which never does.
  const bool masked                       = peer() == role::client;
  const std::string text_unmasked_wrongly = head_of(binary(""), !masked, 300).substr(0, 2);
  expect_fails(side(), text_unmasked_wrongly, 1002, cause::protocol_violation);
  expect_fails(side(), head_of({3, ""}, masked, 70000).substr(0, 2), 1002,
               cause::protocol_violation);
  expect_fails(side(), head_of(ping(), masked, 126).substr(0, 2), 1002, cause::protocol_violation);
}

TEST_P(Failing, end_refuses_text_that_is_not_utf8) {
  for (const char* bad : {"\xff", "ok \xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc1\xbf"}) {
    expect_fails(side(), bytes_of(text(bad), peer()), 1007, cause::invalid_text);
    expect_fails(side(), bytes_of(first_part("ok"), peer()) + bytes_of(last_part(bad), peer()),
                 1007, cause::invalid_text);
  }
  auto s = script::open(side());
  s.peer_sends(binary("\xff"));
  s.expect_messages({"\xff"});
}

TEST_P(Failing, end_refuses_what_is_over_its_limit_at_the_head) {
  const bool masked = peer() == role::client;
  const connection_options ten{.max_message = 10};
  expect_fails(side(), head_of(binary(""), masked, 11), 1009, cause::message_too_big, ten);
  expect_fails(side(), head_of(text(""), masked, std::uint64_t{1} << 40), 1009,
               cause::message_too_big, ten);
  expect_fails(side(), bytes_of(first_part("12345"), peer()) + head_of(last_part(""), masked, 6),
               1009, cause::message_too_big, ten);
  auto s = script::open(side(), ten);
  s.peer_sends({text("0123456789"), first_part("01234"), last_part("56789")});
  s.expect_messages({"0123456789", "0123456789"});
}

TEST_P(Failing, end_counts_payload_not_frames_against_its_limit) {
  auto s           = script::open(side(), {.max_message = 3});
  std::string many = bytes_of(first_part("a"), peer());
  for (int i = 0; i < 1000; ++i) many += bytes_of(next_part(""), peer());
  s.peer_sends_bytes(many + bytes_of(last_part("bc"), peer()));
  s.expect_messages({"abc"});
}

TEST_P(Failing, end_sends_its_close_behind_the_messages_already_accepted) {
  auto s  = script::open(side());
  s.takes = 3;
  s.sends("accepted");
  s.peer_sends(frame{3, ""});
  s.expect_at(stage::failing);
  EXPECT_EQ(s.sends("not this"), error::not_open);
  s.transport_takes(one_end::unlimited);
  s.expect_sent({text("accepted"), closing(1002, "invalid frame")});
  EXPECT_EQ(s.how().unsent_messages, 0u);
}

TEST_P(Failing, end_parses_nothing_more_the_peers_answering_close_included) {
  auto s = script::open(side());
  s.peer_sends({text("before"), frame{3, ""}, text("after"), ping("no"), closing(1002)});
  s.peer_sends({text("after"), closing(1002)});
  s.expect_messages({"before"});
  s.expect_sent(closing(1002, "invalid frame"));
  EXPECT_EQ(s.closings, 0);
  s.peer_ends_stream();
  s.expect_ended({false, 1006, initiator::local, cause::protocol_violation, phase::open});
}

TEST_P(Failing, end_replaces_its_queued_close_that_has_not_begun_to_leave) {
  auto s  = script::open(side());
  s.takes = 3;
  s.sends("accepted");
  s.closes(4000, "mine");
  s.peer_sends(frame{3, ""});
  s.transport_takes(one_end::unlimited);
  s.expect_sent({text("accepted"), closing(1002, "invalid frame")});
  s.peer_ends_stream();
  s.expect_ended({false, 1006, initiator::local, cause::protocol_violation, phase::flushing});
  EXPECT_EQ(s.how().sent->code, 1002);
}

TEST_P(Failing, end_replaces_its_queued_close_even_if_it_is_all_there_is) {
  auto s  = script::open(side());
  s.takes = 0;
  s.closes(4000, "mine");
  s.peer_sends(text("\xff"));
  s.transport_takes(one_end::unlimited);
  s.expect_sent(closing(1007, "text is not UTF-8"));
}

TEST_P(Failing, end_finishes_its_close_that_has_begun_to_leave) {
  for (std::size_t part = 1; part < 6; ++part) {
    auto s  = script::open(side());
    s.takes = part;
    s.closes(4000, "mine");
    s.peer_sends(frame{3, ""});
    s.transport_takes(one_end::unlimited);
    s.expect_sent(closing(4000, "mine"));
    s.expect_ends_tcp_by_role();
    EXPECT_EQ(s.how().sent, (close_frame{4000, "mine"}));
  }
}

TEST_P(Failing, end_goes_on_when_the_peer_ends_its_stream_behind_the_violation) {
  auto s  = script::open(side());
  s.takes = 0;
  s.peer_sends(frame{3, ""});
  s.peer_ends_stream();
  s.expect_at(stage::failing);
  s.transport_takes(one_end::unlimited);
  s.expect_sent(closing(1002, "invalid frame"));
  s.expect_ended({false, 1006, initiator::local, cause::protocol_violation, phase::open});
}

TEST_P(Failing, end_discards_one_mebibyte_and_keeps_the_stream_to_the_deadline) {
  auto s = script::open(side());
  s.peer_sends_bytes(bytes_of({3, ""}, peer()) + std::string(1 << 20, 'x'));
  EXPECT_FALSE(s.machine().wants_input());
  s.expect_ends_tcp_by_role();
  s.expect_deadline_in(2s);
  s.expect_ended({false, 1006, initiator::local, cause::protocol_violation, phase::open});
}

TEST_P(Failing, end_that_cannot_send_its_close_keeps_the_violation_as_the_cause) {
  auto s  = script::open(side());
  s.takes = 0;
  s.peer_sends(frame{3, ""});
  s.expect_deadline_in(10s);
  s.expect_ended({false, 1006, initiator::local, cause::protocol_violation, phase::open});
  EXPECT_FALSE(s.how().sent);
}

}  // namespace
}  // namespace adieu::inline v1::protocol
