// Sizes: messages from nothing to 16 MiB, in one frame and in many, in pieces of many sizes, and
// one octet more than is allowed. [RFC 6455 5.2, 10.4]
#include "conformance/replay.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Sizes : public table_of_octets {};

constexpr std::size_t largest = 16 << 20;  // the default limit

// A text with characters of one to four octets, or octets of any value.
std::string content(unsigned opcode, std::size_t n) {
  const std::string_view pattern =
      opcode == 1 ? "abc\xc3\xa4\xe2\x82\xac\xf0\x9f\x91\x8b" : "\x01\xfe\x7f\x80\xff";
  std::string all;
  all.reserve(n + pattern.size());
  while (all.size() + pattern.size() <= n) all += pattern;
  return all.append(n - all.size(), 'e');
}

std::string fragmented(unsigned opcode, const std::string& whole, std::size_t size, role from) {
  std::string bytes;
  for (std::size_t at = 0; at < whole.size(); at += size)
    bytes +=
        bytes_of({at == 0 ? opcode : 0, whole.substr(at, size), at + size >= whole.size()}, from);
  return bytes;
}

cuts every(std::size_t size, std::size_t total) {
  cuts at;
  for (std::size_t i = size; i < total; i += size) at.push_back(i);
  at.push_back(total);
  return at;
}

TEST_F(Sizes, ends_take_messages_up_to_16_MiB_in_one_frame) {
  for (const role side : both_roles)
    for (const unsigned opcode : {1u, 2u})
      for (const std::size_t n : {std::size_t{64 << 10}, std::size_t{256 << 10},
                                  std::size_t{1 << 20}, std::size_t{4 << 20}, largest - 1, largest})
        replay_whole({"size " + std::to_string(n),
                      side,
                      octets_of(other(side), {{opcode, content(opcode, n)}}),
                      {}});
}

TEST_F(Sizes, ends_take_4_MiB_in_fragments_of_every_power_of_two) {
  for (const role side : both_roles)
    for (const unsigned opcode : {1u, 2u})
      for (std::size_t size = 64; size <= 1 << 20; size *= 4)
        replay_whole({"fragments of " + std::to_string(size),
                      side,
                      fragmented(opcode, content(opcode, 4 << 20), size, other(side)),
                      {}});
}

TEST_F(Sizes, ends_take_a_message_in_pieces_of_every_power_of_two) {
  for (const role side : both_roles)
    for (const unsigned opcode : {1u, 2u})
      for (std::size_t size = 64; size <= 1 << 20; size *= 2) {
        const row_of_octets r{"pieces of " + std::to_string(size),
                              side,
                              octets_of(other(side), {{opcode, content(opcode, 1 << 20)}}),
                              {}};
        replay_cut_at(r, every(size, r.bytes.size()));
      }
}

TEST_F(Sizes, ends_take_16_MiB_in_fragments) {
  for (const role side : both_roles)
    replay_whole(
        {"16 MiB in fragments", side, fragmented(1, content(1, largest), 65'536, other(side)), {}});
}

TEST_F(Sizes, ends_refuse_one_octet_more_at_the_head_that_declares_it) {
  for (const role side : both_roles) {
    const role peer   = other(side);
    const bool masked = side == role::server;
    for (const std::uint64_t n :
         {std::uint64_t{largest} + 1, std::uint64_t{1} << 32, (std::uint64_t{1} << 63) - 1})
      for (const unsigned opcode : {1u, 2u})
        replay({"declares " + std::to_string(n), side, head_of({opcode, ""}, masked, n), {}});
    connection_options small;
    for (const std::uint64_t limit : {1u, 10u, 124u, 125u, 126u, 127u, 65'535u, 65'536u}) {
      small.max_message = limit;
      const std::string full(limit, 'f');
      replay({"at the limit", side, octets_of(peer, {text(full), text(full + "x")}), small});
      replay({"over it by a fragment", side, octets_of(peer, {first_part(full), last_part("x")}),
              small});
      replay({"over it by many", side,
              octets_of(peer, {first_part(""), next_part(full), next_part(""), last_part("x")}),
              small});
      replay({"each below it", side,
              octets_of(peer, {text(full), first_part(full), last_part(""), text(full)}), small});
    }
    small.max_message = 0;
    replay_whole({"no limit", side, octets_of(peer, {{2, content(2, largest + 1)}}), small});
  }
}

// What we send is as small as it may be, and nobody can foretell its keys.
TEST_F(Sizes, ends_send_every_length_in_its_shortest_form) {
  for (const role side : both_roles) {
    auto s = script::open(side);
    for (const std::size_t n :
         {0u, 1u, 124u, 125u, 126u, 127u, 65'534u, 65'535u, 65'536u, 65'537u, 1u << 20})
      for (const unsigned opcode : {1u, 2u}) {
        const frame f{opcode, std::string(n, 's')};
        s.sends(opcode == 1 ? message_view(f.payload)
                            : message_view(std::as_bytes(std::span(f.payload))));
        const std::string sent = s.newly_sent();
        const bool masked      = side == role::client;
        const std::string head =
            head_of(f, masked, n).substr(0, head_of(f, masked, n).size() - (masked ? 4 : 0));
        EXPECT_EQ(hex(sent.substr(0, head.size())), hex(head)) << n;
        ASSERT_EQ(frames_in(sent), std::vector<frame>{f}) << n;
      }
  }
}

}  // namespace
}  // namespace adieu::inline v1::protocol
