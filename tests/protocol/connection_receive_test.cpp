// Frames become messages, however their bytes are cut. [RFC 6455 5]
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Receiving : public either_end {};
INSTANTIATE_TEST_SUITE_P(ends, Receiving, ::testing::ValuesIn(both_roles), name_of_role);

struct seen {
  std::vector<sent_message> messages;
  std::vector<std::string> pongs;
  int closings;
  std::string sent;
  stage at;
  cause why;
  bool operator==(const seen&) const = default;
};

seen what_was_seen(script& s) {
  return {s.messages, s.pongs,          s.closings,
          s.sent,     s.machine().at(), s.machine().ending_so_far().cause};
}

seen in_pieces(role side, std::string_view bytes, std::size_t size) {
  auto s = script::open(side);
  s.peer_sends_in_pieces(bytes, size);
  return what_was_seen(s);
}

seen cut_at(role side, std::string_view bytes, std::size_t cut) {
  auto s = script::open(side);
  s.peer_sends_bytes(bytes.substr(0, cut));
  s.peer_sends_bytes(bytes.substr(cut));
  return what_was_seen(s);
}

std::string bytes_of_all(std::initializer_list<frame> frames, role from) {
  std::string all;
  for (const frame& f : frames) all += bytes_of(f, from);
  return all;
}

// Streams of every kind: whole, fragmented, mixed with control frames, wrong ones.
std::vector<std::string> streams(role from) {
  const std::string euro = "\xe2\x82\xac \xf0\x9f\x91\x8b";
  return {
      bytes_of_all({text("hello"), binary(std::string("\0\1\2", 3)), text("")}, from),
      bytes_of_all({text(std::string(126, 'a')), binary(std::string(300, 'b'))}, from),
      bytes_of_all({first_part("a"), ping("p1"), next_part(""), pong("p2"), last_part("b")}, from),
      bytes_of_all({first_part(euro.substr(0, 2)), next_part(euro.substr(2, 4)), ping(""),
                    last_part(euro.substr(6)), text(euro)},
                   from),
      bytes_of_all({first_binary_part(""), last_part(""), first_part(""), last_part("")}, from),
      bytes_of_all({text("x"), closing(4001, "a reason " + euro), text("after")}, from),
      bytes_of_all({ping(std::string(125, 'p')), pong(std::string(125, 'q')), empty_close()}, from),
      bytes_of_all({text("ok"), text("bad \xff")}, from),
      bytes_of_all({first_part("\xe2\x82"), last_part("")}, from),
      bytes_of_all({first_part("ok"), last_part("cut \xe2\x82")}, from),
      bytes_of_all({text("ok"), frame{3, "no such opcode"}}, from),
      bytes_of_all({text("ok"), closing(1005)}, from),
      bytes_of_all({text("ok"), frame{9, std::string(200, 'x')}}, from),
      bytes_of(text("ok"), from) + bytes_of(binary("12"), from, length_form::eight_bytes),
  };
}

TEST_P(Receiving, end_sees_the_same_wherever_the_bytes_are_cut_in_two) {
  for (const std::string& bytes : streams(peer())) {
    const seen whole = in_pieces(side(), bytes, bytes.size());
    for (std::size_t cut = 1; cut < bytes.size(); ++cut)
      ASSERT_EQ(cut_at(side(), bytes, cut), whole) << "cut at " << cut;
  }
}

TEST_P(Receiving, end_sees_the_same_in_pieces_of_any_size) {
  for (const std::string& bytes : streams(peer())) {
    const seen whole = in_pieces(side(), bytes, bytes.size());
    for (std::size_t size = 1; size < 20; ++size)
      ASSERT_EQ(in_pieces(side(), bytes, size), whole) << "pieces of " << size;
  }
}

TEST_P(Receiving, end_sees_the_same_wherever_long_messages_are_cut_near_their_ends) {
  for (const std::size_t n : {65535u, 65536u, 200000u}) {
    const std::string bytes =
        bytes_of_all({text(std::string(n, 'a')), binary(std::string(n, 'b'))}, peer());
    const seen whole = in_pieces(side(), bytes, bytes.size());
    ASSERT_EQ(whole.messages.size(), 2u);
    for (std::size_t cut : {1u, 2u, 3u, 9u, 10u, 13u, 14u, 15u, 16u, 17u})
      for (std::size_t at : {cut, bytes.size() / 2 - 8 + cut, bytes.size() - cut})
        ASSERT_EQ(cut_at(side(), bytes, at), whole) << at;
    ASSERT_EQ(in_pieces(side(), bytes, 4096), whole);
  }
}

TEST_P(Receiving, end_takes_messages_of_every_length_form) {
  for (const std::size_t n : {0u, 1u, 125u, 126u, 127u, 65535u, 65536u, 65537u}) {
    auto s = script::open(side());
    std::string payload;
    for (std::size_t i = 0; i < n; ++i) payload += static_cast<char>(i * 7);
    s.peer_sends({binary(payload), text(std::string(n, 'x'))});
    ASSERT_EQ(s.messages.size(), 2u);
    EXPECT_EQ(s.messages[0], (sent_message{message_type::binary, payload}));
    EXPECT_EQ(s.messages[1], (sent_message{message_type::text, std::string(n, 'x')}));
  }
}

TEST(Receiving, server_unmasks_at_every_alignment_of_the_key) {
  for (std::size_t n = 0; n < 70; ++n) {
    auto server = script::open(role::server);
    server.peer_sends({first_binary_part(std::string(n, '\0')),
                       last_part(std::string(71 - n, '\xff')), text(std::string(n, 'm'))});
    ASSERT_EQ(server.messages.size(), 2u);
    EXPECT_EQ(server.messages[0].bytes, std::string(n, '\0') + std::string(71 - n, '\xff'));
    EXPECT_EQ(server.messages[1].bytes, std::string(n, 'm'));
  }
}

TEST_P(Receiving, end_puts_65536_fragments_together_with_control_frames_between) {
  auto s            = script::open(side());
  std::string bytes = bytes_of(first_part("a"), peer());
  for (int i = 0; i < 65534; ++i) {
    bytes += bytes_of(next_part("b"), peer());
    if (i % 16384 == 0) bytes += bytes_of(ping(std::to_string(i)), peer());
  }
  bytes += bytes_of(last_part("c"), peer());
  s.peer_sends_in_pieces(bytes, 1000);
  s.expect_messages({"a" + std::string(65534, 'b') + "c"});
  s.expect_sent({pong("0"), pong("16384"), pong("32768"), pong("49152")});
}

TEST_P(Receiving, end_tells_text_from_binary_by_the_first_fragment) {
  auto s = script::open(side());
  s.peer_sends({first_binary_part("\xff"), last_part("\xfe"), first_part("t"), last_part("u")});
  EXPECT_EQ(s.messages, (std::vector<sent_message>{{message_type::binary, "\xff\xfe"},
                                                   {message_type::text, "tu"}}));
}

TEST_P(Receiving, end_fails_at_the_first_bad_byte_of_a_frame_that_is_not_whole) {
  const std::string rest  = "\xff and much more that never comes";
  const std::string bytes = bytes_of(text("good " + rest), peer());
  const std::size_t bad   = bytes.size() - rest.size();
  auto s                  = script::open(side());
  s.peer_sends_bytes(bytes.substr(0, bad));
  s.expect_at(stage::open);
  s.peer_sends_bytes(bytes.substr(bad, 1));
  s.expect_sent(closing(1007, "text is not UTF-8"));
}

TEST_P(Receiving, end_fails_at_a_surrogate_before_its_last_byte) {
  const std::string frame = bytes_of(text("\xed\xa0\x80"), peer());
  auto s                  = script::open(side());
  s.peer_sends_bytes(frame.substr(0, frame.size() - 1));
  s.expect_sent(closing(1007, "text is not UTF-8"));
}

TEST_P(Receiving, end_waits_for_the_rest_of_a_code_point_in_the_next_fragment) {
  auto s = script::open(side());
  s.peer_sends({first_part("\xf0\x9f"), next_part("\x91"), last_part("\x8b")});
  s.expect_messages({"\xf0\x9f\x91\x8b"});
}

TEST_P(Receiving, end_gives_views_that_live_until_the_next_event_only) {
  auto s = script::open(side());
  std::vector<std::string> at_once;
  s.on_event = [&](const event& e) { at_once.emplace_back(e.message().text()); };
  s.peer_sends({text("one"), first_part("t"), last_part("wo"), pong("three"), text("four")});
  EXPECT_EQ(at_once, (std::vector<std::string>{"one", "two", "three", "four"}));
}

}  // namespace
}  // namespace adieu::inline v1::protocol
