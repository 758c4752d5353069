// Pings and pongs: every length, any octets, many at once, among fragments, beside a Close.
// [RFC 6455 5.5, 5.5.2, 5.5.3]
#include "conformance/replay.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Control : public table_of_octets {};

TEST_F(Control, ends_answer_a_ping_of_every_length_and_refuse_longer_ones) {
  for (const role side : both_roles)
    for (const unsigned opcode : {9u, 10u})
      for (std::size_t n = 0; n <= 130; ++n)
        replay({"opcode " + std::to_string(opcode) + " length " + std::to_string(n),
                side,
                octets_of(other(side), {{opcode, std::string(n, 'p')}, text("after")}),
                {}});
}

TEST_F(Control, ends_give_back_a_pings_octets_whatever_they_are) {
  for (const role side : both_roles)
    for (unsigned octet = 0; octet < 256; ++octet) {
      const std::string any{static_cast<char>(octet), '\0', '\xff', '\xfe',
                            static_cast<char>(255 - octet)};
      replay({"octet " + std::to_string(octet),
              side,
              octets_of(other(side), {ping(any), pong(any)}),
              {}});
    }
}

TEST_F(Control, ends_answer_every_one_of_many_pings_in_order) {
  for (const role side : both_roles)
    for (const int count : {1, 2, 10, 100, 1000}) {
      std::string bytes;
      for (int i = 0; i < count; ++i)
        bytes += bytes_of(ping("ping " + std::to_string(i)), other(side));
      replay({std::to_string(count) + " pings",
              side,
              bytes + octets_of(other(side), {text("after")}),
              {}});
    }
}

TEST_F(Control, ends_are_silent_about_pongs_that_nobody_asked_for) {
  for (const role side : both_roles) {
    const role peer = other(side);
    replay({"one", side, octets_of(peer, {pong()}), {}});
    replay({"with payload", side, octets_of(peer, {pong("unasked")}), {}});
    replay({"then a ping", side, octets_of(peer, {pong("unasked"), ping("asked")}), {}});
    replay({"among fragments",
            side,
            octets_of(peer, {first_part("a"), pong("x"), next_part(""), pong(), last_part("b")}),
            {}});
  }
}

TEST_F(Control, ends_answer_pings_around_each_other_and_before_a_close) {
  for (const role side : both_roles) {
    const role peer = other(side);
    replay({"ping, text, ping", side, octets_of(peer, {ping("1"), text("t"), ping("2")}), {}});
    replay({"ping, Close", side, octets_of(peer, {ping("1"), closing(1000)}), {}});
    replay({"Close, ping", side, octets_of(peer, {closing(1000), ping("not answered")}), {}});
    replay({"ping, violation", side, octets_of(peer, {ping("1"), {3, ""}, ping("2")}), {}});
    replay({"ping behind our Close",
            side,
            octets_of(peer, {ping("1"), text("t"), closing(1000)}),
            {},
            true});
  }
}

TEST_F(Control, ends_refuse_a_control_frame_in_fragments) {
  for (const role side : both_roles)
    for (const unsigned opcode : {8u, 9u, 10u})
      for (const std::string& payload :
           {std::string(), std::string("\x03\xe8", 2), std::string(125, 'p')}) {
        replay({"opcode " + std::to_string(opcode),
                side,
                octets_of(other(side), {{opcode, payload, false}, {0, payload}}),
                {}});
        replay({"within a message, opcode " + std::to_string(opcode),
                side,
                octets_of(other(side), {first_part("a"), {opcode, payload, false}, last_part("b")}),
                {}});
      }
}

}  // namespace
}  // namespace adieu::inline v1::protocol
