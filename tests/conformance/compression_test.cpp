// permessage-deflate: every set of parameters, sizes by fragments, every form of a compressed
// message, and everything that breaks it. [RFC 7692 6, 7.2]
#include "conformance/replay.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Compression : public table_of_octets {};

constexpr deflate_agreement usual = {.on = true};  // no takeover, 15 bits

std::string json(std::size_t size, unsigned seed) {
  std::string all;
  for (unsigned i = seed; all.size() < size; i = i * 1103515245 + 12345)
    all += "{\"id\":" + std::to_string(i >> 8) + ",\"name\":\"" + std::to_string(i >> 20) + "\"},";
  return all.substr(0, size);
}

std::string in_fragments(role from, unsigned opcode, const std::string& payload, std::size_t size,
                         bool pings = false) {
  if (size == 0) return bytes_of({opcode, payload, true, 4}, from);
  std::string bytes;
  for (std::size_t at = 0; at < payload.size(); at += size) {
    bytes += bytes_of({at == 0 ? opcode : 0, payload.substr(at, size), at + size >= payload.size(),
                       at == 0 ? 4u : 0u},
                      from);
    if (pings && at + size < payload.size()) bytes += bytes_of(ping(std::to_string(at)), from);
  }
  return bytes;
}

struct pair_of_sizes {
  std::size_t size, fragment;  // 0: in one
};

// Three messages of that size, compressed by the peer as was agreed, and a plain one between.
row_of_octets exchange(role side, const deflate_agreement& agreed, const pair_of_sizes& p) {
  std::ostringstream name;
  name << "our " << agreed.our_window_bits << (agreed.our_takeover ? " with" : " without")
       << " takeover, their " << agreed.their_window_bits
       << (agreed.their_takeover ? " with" : " without") << " takeover, " << p.size << " in "
       << p.fragment;
  row_of_octets r{name.str(), side, {}, {}, false, agreed};
  r.options.max_control_frames_per_second = 0;
  zlib_deflater peer(agreed.their_window_bits, agreed.their_takeover);
  for (unsigned i = 0; i < 3; ++i) {
    r.bytes += in_fragments(other(side), i == 1 ? 2 : 1, peer.message(json(p.size, i / 2)),
                            p.fragment, i == 2);
    if (i == 1) r.bytes += bytes_of(text("plain " + json(p.size / 2, i)), other(side));
  }
  return r;
}

TEST_F(Compression, ends_keep_every_agreement) {
  for (const role side : both_roles)
    for (unsigned set = 0; set < 4 * 8 * 8; ++set) {
      deflate_agreement agreed{
          .on = true, .our_takeover = (set & 1) != 0, .their_takeover = (set & 2) != 0};
      agreed.our_window_bits   = static_cast<std::uint16_t>((8 + set / 4 % 8) & 15);
      agreed.their_window_bits = static_cast<std::uint16_t>((8 + set / 32) & 15);
      for (const auto& p : {pair_of_sizes{0, 0}, {300, 7}}) replay(exchange(side, agreed, p));
      for (const auto& p : {pair_of_sizes{20, 0}, {5000, 512}, {40'000, 1000}})
        replay_whole(exchange(side, agreed, p));
    }
  expect_rows(2 * 256 * 5);
}

TEST_F(Compression, ends_take_every_size_in_every_fragment) {
  for (const role side : both_roles)
    for (const bool takeover : {false, true})
      for (const std::size_t size :
           {16u, 64u, 256u, 1024u, 4096u, 8192u, 16384u, 32768u, 65536u, 131072u})
        for (const std::size_t fragment : {0u, 1u, 64u, 256u, 1024u, 4096u, 32768u}) {
          const deflate_agreement agreed{
              .on = true, .our_takeover = takeover, .their_takeover = takeover};
          replay(exchange(side, agreed, {size, fragment}));
        }
}

TEST_F(Compression, ends_take_every_form_of_a_compressed_message) {
  using namespace std::string_literals;
  const std::pair<const char*, std::string> hellos[] = {
      {"one block", "\xf2\x48\xcd\xc9\xc9\x07\x00"s},                           // [7.2.3.1]
      {"a stored block", "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s},      // [7.2.3.3]
      {"a last block", "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s},                    // [7.2.3.4]
      {"two blocks", "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s},  // [7.2.3.5]
      {"a last block, then another", "\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x48\xcd\xc9\xc9\x07\x00"s},
      {"nothing", "\x00"s},
      {"nothing, in a fixed block", "\x02\x00"s},
      {"nothing, in a last stored block", "\x01\x00\x00\xff\xff\x00"s},
      {"only empty blocks", "\x00\x00\x00\xff\xff\x00\x00\x00\xff\xff\x00"s}};
  for (const role side : both_roles)
    for (const auto& [name, payload] : hellos)
      for (const bool takeover : {false, true})
        for (std::size_t size = 0; size <= payload.size(); ++size) {
          const deflate_agreement agreed{
              .on = true, .our_takeover = takeover, .their_takeover = takeover};
          const std::string one = in_fragments(other(side), 1, payload, size);
          replay({std::string(name) + " in fragments of " + std::to_string(size),
                  side,
                  one + octets_of(other(side), {text("plain")}) + one,
                  {},
                  false,
                  agreed});
        }
  for (const role side : both_roles)
    for (const int level : {0, 1, 9})
      for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE})
        for (const std::size_t size : {1u, 100u, 70'000u, 1u << 20}) {
          zlib_deflater peer(15, false, level, strategy);
          replay_whole({"level " + std::to_string(level) + " strategy " + std::to_string(strategy),
                        side,
                        in_fragments(other(side), 1, peer.message(json(size, 1)), 0),
                        {},
                        false,
                        usual});
        }
}

TEST_F(Compression, ends_share_a_window_over_messages_only_if_that_was_agreed) {
  using namespace std::string_literals;
  // [7.2.3.2]: the second Hello refers to the first.
  const std::string first = "\xf2\x48\xcd\xc9\xc9\x07\x00"s, second = "\xf2\x00\x11\x00\x00"s;
  for (const role side : both_roles)
    for (const bool takeover : {false, true})
      replay({takeover ? "with" : "without",
              side,
              in_fragments(other(side), 1, first, 0) + in_fragments(other(side), 1, second, 0),
              {},
              false,
              {.on = true, .their_takeover = takeover}});
}

TEST_F(Compression, ends_judge_every_head_of_two_octets_in_every_place) {
  for (const role side : both_roles)
    for (unsigned opcode = 0; opcode < 16; ++opcode)
      for (unsigned bits = 0; bits < 16; ++bits)
        for (const bool masked : {false, true})
          for (int place = 0; place < 5; ++place) {
            const role peer = other(side);
            const std::string zero(1, '\0');
            const std::string before = place == 1   ? octets_of(peer, {text("before")})
                                       : place == 2 ? octets_of(peer, {first_part("a")})
                                       : place == 3 ? octets_of(peer, {frame{1, zero, false, 4}})
                                       : place == 4 ? octets_of(peer, {frame{2, zero, true, 4}})
                                                    : "";
            const frame f{opcode, zero, (bits & 8) != 0, bits & 7};
            std::ostringstream name;
            name << f << (masked ? " masked" : "") << " in place " << place;
            replay({name.str(),
                    side,
                    before + head_of(f, masked, 1) + (masked ? masked_with(test_key, zero) : zero) +
                        octets_of(peer, {ping("after")}),
                    {},
                    false,
                    usual});
          }
}

TEST_F(Compression, ends_refuse_what_cannot_be_inflated) {
  using namespace std::string_literals;
  const std::string whole      = zlib_deflater(15, false, 9, Z_FIXED).message(json(300, 1));
  std::vector<std::string> bad = {"\x07"s,
                                  "\xff\xff\xff\xff"s,
                                  "\x00\x05\x00\x00\x00Hello\x00"s,
                                  "\x02\x08\x80\x00"s,
                                  "\x06"s,
                                  "\xed\xff\xff\xff\xff\xff\xff\xff"s};
  for (std::size_t n = 1; n + 1 < whole.size(); n += 7) bad.push_back(whole.substr(0, n));
  for (const role side : both_roles)
    for (const std::string& payload : bad)
      for (const std::size_t size : {0u, 1u, 2u}) {
        replay({"behind a text: " + hex(payload),
                side,
                octets_of(other(side), {text("good")}) +
                    in_fragments(other(side), 2, payload, size) +
                    octets_of(other(side), {text("late")}),
                {},
                false,
                usual});
      }
}

TEST_F(Compression, ends_ask_of_what_was_inflated_whether_it_is_text) {
  for (const role side : both_roles)
    for (const std::string& sample :
         {std::string("z\xc3\xbc"), std::string("\xff"), "a" + std::string("\xc3"),
          std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"), json(3000, 1) + "\xc0\x80",
          json(3000, 1) + "\xf0\x9f\x91\x8b"})
      for (const unsigned opcode : {1u, 2u})
        for (const std::size_t size : {0u, 1u, 5u}) {
          zlib_deflater peer(15, false);
          replay({"inflated to " + hex(sample),
                  side,
                  in_fragments(other(side), opcode, peer.message(sample), size),
                  {},
                  false,
                  usual});
        }
}

TEST_F(Compression, ends_bound_what_is_inflated) {
  connection_options small;
  small.max_message = 100'000;
  for (const role side : both_roles)
    for (const bool takeover : {false, true})
      for (const std::size_t size : {99'999u, 100'000u, 100'001u, 1u << 20, 16u << 20})
        for (const std::size_t fragment : {0u, 1u, 50u}) {
          const deflate_agreement agreed{
              .on = true, .our_takeover = takeover, .their_takeover = takeover};
          zlib_deflater peer(15, takeover, 9);
          replay({"zeros " + std::to_string(size) + " in fragments of " + std::to_string(fragment),
                  side,
                  in_fragments(other(side), 2, peer.message(std::string(size, '\0')), fragment),
                  small, false, agreed});
        }
}

TEST_F(Compression, ends_that_have_closed_still_take_compressed_messages) {
  for (const role side : both_roles) {
    zlib_deflater peer(15, false);
    const std::string one = in_fragments(other(side), 1, peer.message(json(500, 1)), 20);
    replay(
        {"then the answer", side, one + octets_of(other(side), {closing(1000)}), {}, true, usual});
    replay({"a Close within",
            side,
            one.substr(0, one.size() / 2).substr(0, 0) +
                octets_of(other(side), {frame{1, "\xf2", false, 4}, closing(4000)}),
            {},
            false,
            usual});
  }
}

TEST_F(Compression, ends_without_an_agreement_take_rsv1_for_reserved) {
  for (const role side : both_roles)
    for (const unsigned opcode : {1u, 2u})
      replay({"RSV1",
              side,
              octets_of(other(side), {text("good"), frame{opcode, "\0", true, 4}, text("late")}),
              {}});
}

}  // namespace
}  // namespace adieu::inline v1::protocol
