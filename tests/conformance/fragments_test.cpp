// Fragmentation: every order of frames, every way to cut a message, very many fragments.
// [RFC 6455 5.4]
#include "conformance/replay.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Fragments : public table_of_octets {};

// Every kind of frame in a sequence: data of both types and continuations, with and without FIN,
// and the control frames.
const std::vector<frame>& kinds() {
  static const std::vector<frame> all = {
      text("t"),      first_part("u"), binary("\xff"), first_binary_part("\xfe"),
      last_part("c"), next_part("d"),  ping("1"),      pong("2"),
      closing(1000)};
  return all;
}

// Sequence `n` of `length` kinds.
row_of_octets sequence(role side, std::size_t n, int length, bool we_closed) {
  row_of_octets r{"frames", side, {}, {}, we_closed};
  for (; length-- > 0; n /= kinds().size()) {
    const frame& f = kinds()[n % kinds().size()];
    r.bytes += bytes_of(f, other(side));
    r.name += ' ' + std::to_string(f.opcode) + (f.fin ? "" : "-");
  }
  return r;
}

TEST_F(Fragments, ends_judge_every_sequence_of_five_frames) {
  for (const role side : both_roles)
    for (std::size_t n = 0; n < 9 * 9 * 9 * 9 * 9; ++n) replay(sequence(side, n, 5, false));
  expect_rows(2 * 59'049);
}

TEST_F(Fragments, ends_that_have_closed_judge_every_sequence_of_four_frames) {
  for (const role side : both_roles)
    for (std::size_t n = 0; n < 9 * 9 * 9 * 9; ++n) replay(sequence(side, n, 4, true));
}

// Bit i of `where`: a cut behind octet i.
std::vector<std::string> cut_up(const std::string& whole, unsigned where) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    parts.back() += whole[i];
    if (i + 1 < whole.size() && (where >> i & 1) != 0) parts.emplace_back();
  }
  return parts;
}

TEST_F(Fragments, ends_put_a_message_together_however_it_was_cut) {
  const std::string whole =
      "z\xc3\xbc\xf0\x9f\x91\x8b"
      "a";  // one, two, four octets to a character
  for (const role side : both_roles)
    for (const unsigned opcode : {1u, 2u})
      for (unsigned where = 0; where < 1u << (whole.size() - 1); ++where)
        for (int between = 0; between < 4; ++between) {
          const auto parts = cut_up(whole, where);
          std::string bytes;
          for (std::size_t i = 0; i < parts.size(); ++i) {
            bytes += bytes_of({i == 0 ? opcode : 0, parts[i], i + 1 == parts.size()}, other(side));
            if (i + 1 == parts.size()) break;
            if (between == 1) bytes += bytes_of(ping(std::to_string(i)), other(side));
            if (between == 2) bytes += bytes_of(pong(), other(side));
            if (between == 3) bytes += bytes_of(next_part(""), other(side));
          }
          replay({"cut " + std::to_string(where) + " between " + std::to_string(between),
                  side,
                  bytes,
                  {}});
        }
}

TEST_F(Fragments, ends_take_messages_of_empty_fragments) {
  for (const role side : both_roles)
    for (const unsigned opcode : {1u, 2u})
      for (const int empty : {1, 2, 3, 100})
        for (const char* last : {"", "end"}) {
          std::string bytes = bytes_of({opcode, "", false}, other(side));
          for (int i = 0; i < empty; ++i) bytes += bytes_of(next_part(""), other(side));
          replay({std::to_string(empty) + " empty ones",
                  side,
                  bytes + bytes_of(last_part(last), other(side)),
                  {}});
        }
}

TEST_F(Fragments, ends_take_65536_fragments) {
  for (const role side : both_roles)
    for (const unsigned opcode : {1u, 2u})
      for (const std::string part : {"", "f"}) {
        std::string bytes = bytes_of({opcode, part, false}, other(side));
        for (int i = 1; i < 65'535; ++i) bytes += bytes_of(next_part(part), other(side));
        bytes += octets_of(other(side), {last_part(part), text("after")});
        replay_whole({"65,536 of '" + part + "'", side, bytes, {}});
        replay_cut_at({"65,536 of '" + part + "'", side, bytes, {}}, [&] {
          cuts at;
          for (std::size_t i = 7; i < bytes.size(); i += 7) at.push_back(i);
          at.push_back(bytes.size());
          return at;
        }());
      }
}

TEST_F(Fragments, ends_answer_control_frames_among_65536_fragments) {
  connection_options patient;
  patient.max_control_frames_per_second = 0;
  for (const role side : both_roles) {
    std::string bytes = bytes_of(first_part("f"), other(side));
    for (int i = 1; i < 65'535; ++i) {
      bytes += bytes_of(next_part("f"), other(side));
      if (i % 2 == 0) bytes += bytes_of(ping(std::to_string(i)), other(side));
      if (i % 3 == 0) bytes += bytes_of(pong(), other(side));
    }
    bytes += octets_of(other(side), {last_part("f"), text("after")});
    replay_whole({"pings and pongs among 65,536", side, bytes, patient});
  }
}

TEST_F(Fragments, ends_take_a_close_between_fragments) {
  for (const role side : both_roles) {
    const role peer = other(side);
    replay({"behind the first",
            side,
            octets_of(peer, {first_part("a"), closing(1000), last_part("b")}),
            {}});
    replay({"within a character",
            side,
            octets_of(peer, {first_part("\xe2\x82"), closing(4000, "x")}),
            {}});
    replay({"an empty one",
            side,
            octets_of(peer, {first_binary_part("a"), next_part("b"), empty_close()}),
            {}});
  }
}

}  // namespace
}  // namespace adieu::inline v1::protocol
