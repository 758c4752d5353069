// Framing: every head there can be, every length, and the examples of the RFC. [RFC 6455 5.2, 5.7]
#include "conformance/replay.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Heads : public table_of_octets {};

// What the length field can say, and how: in the shortest form, in a longer one, beyond all sense.
struct length_field {
  std::uint64_t length;
  length_form form;
};
constexpr length_field length_fields[] = {
    {0, length_form::shortest},
    {1, length_form::shortest},
    {125, length_form::shortest},
    {126, length_form::shortest},
    {65535, length_form::shortest},
    {65536, length_form::shortest},
    {0, length_form::two_bytes},
    {125, length_form::two_bytes},
    {0, length_form::eight_bytes},
    {125, length_form::eight_bytes},
    {126, length_form::eight_bytes},
    {65535, length_form::eight_bytes},
    {std::uint64_t{1} << 62, length_form::eight_bytes},
    {std::uint64_t{1} << 63, length_form::eight_bytes},
    {(std::uint64_t{1} << 63) + 5, length_form::eight_bytes},
    {~std::uint64_t{0}, length_form::eight_bytes},
};

// Where the head stands: alone, behind a whole message, within one of either type.
std::string before(role from, int where) {
  switch (where) {
    case 1: return octets_of(from, {text("before")});
    case 2: return octets_of(from, {first_part("a")});
    case 3: return octets_of(from, {first_binary_part("\xff")});
    default: return {};
  }
}

std::string with_payload(const frame& f, bool masked, const length_field& l) {
  std::string all = head_of(f, masked, l.length, l.form);
  if (l.length > 70'000) return all + "and more";
  const std::string payload(static_cast<std::size_t>(l.length), 'p');
  return all + (masked ? masked_with(test_key, payload) : payload);
}

TEST_F(Heads, ends_judge_every_head_of_two_octets_in_every_place) {
  for (const role side : both_roles)
    for (unsigned opcode = 0; opcode < 16; ++opcode)
      for (unsigned bits = 0; bits < 16; ++bits)
        for (const bool masked : {false, true})
          for (const length_field& l : length_fields)
            for (int where = 0; where < 4; ++where) {
              const frame f{opcode, "", (bits & 8) != 0, bits & 7};
              std::ostringstream name;
              name << "opcode " << opcode << (f.fin ? " FIN" : "") << " rsv " << f.rsv
                   << (masked ? " masked" : "") << " length " << l.length << " form "
                   << static_cast<int>(l.form) << " place " << where;
              // The payload is short of text's rules when it is 'p', also behind "a".
              replay({name.str(),
                      side,
                      before(other(side), where) + with_payload(f, masked, l) +
                          (l.length > 70'000 ? "" : octets_of(other(side), {ping("after")})),
                      {}});
            }
  expect_rows(65'536);
}

TEST_F(Heads, ends_take_messages_of_every_length_around_the_forms) {
  std::vector<std::size_t> lengths;
  for (std::size_t n = 0; n <= 300; ++n) lengths.push_back(n);
  for (std::size_t n = 65'530; n <= 65'542; ++n) lengths.push_back(n);
  for (const role side : both_roles)
    for (const std::size_t n : lengths)
      for (const unsigned opcode : {1u, 2u}) {
        std::string payload(n, '\0');
        for (std::size_t i = 0; i < n; ++i)
          payload[i] = static_cast<char>(opcode == 1 ? 'a' + i % 26 : i * 151 % 256);
        replay({"opcode " + std::to_string(opcode) + " length " + std::to_string(n),
                side,
                octets_of(other(side), {{opcode, payload}, {opcode, ""}, {opcode, payload}}),
                {}});
      }
}

TEST_F(Heads, server_takes_every_key_octet_at_every_place) {
  for (unsigned octet = 0; octet < 256; ++octet)
    for (std::size_t place = 0; place < 4; ++place) {
      std::string key("\x11\x22\x33\x44");
      key[place]                = static_cast<char>(octet);
      const std::string payload = "0123456789abcdefghijklmnopqrstuvwxyz";
      const std::string head    = head_of(text(""), true, payload.size());
      replay({"key octet " + std::to_string(octet),
              role::server,
              head.substr(0, 2) + key + masked_with(key, payload),
              {}});
    }
}

TEST_F(Heads, ends_take_the_examples_of_the_rfc) {
  using namespace std::string_literals;
  const std::string many(256, '\x5a'), very_many(65'536, '\xa5');
  replay({"one unmasked text", role::client, "\x81\x05\x48\x65\x6c\x6c\x6f", {}});
  replay({"one masked text", role::server, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", {}});
  replay({"a text in two", role::client, "\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f", {}});
  replay({"a ping", role::client, "\x89\x05\x48\x65\x6c\x6c\x6f", {}});
  replay({"a masked pong", role::server, "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", {}});
  replay({"256 octets", role::client, "\x82\x7E\x01\x00"s + many, {}});
  replay({"64 KiB", role::client, "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s + very_many, {}});
}

}  // namespace
}  // namespace adieu::inline v1::protocol
