// See traffic.hpp.
#include "traffic.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <zlib.h>

#include "fail.hpp"

namespace load {
namespace {

// Letters of 2, 3 and 4 bytes and some ASCII between them, as in real text of many languages.
constexpr std::string_view many_languages = "Grüße aus Köln, Ελλάδα, добрый день, 日本語の文 😀👋 ";

std::string ascii_text(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('!' + i * 7 % 94);
  return text;
}

std::string non_ascii_text(std::size_t size) {
  std::string text;
  while (text.size() + many_languages.size() <= size) text += many_languages;
  text.append(size - text.size(), '.');
  return text;
}

std::string binary_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte  = static_cast<char>(state >> 24);
  }
  return bytes;
}

// Records as an API gives them: much the same keys, values that differ.
std::string json_text(std::size_t size) {
  constexpr std::array<std::string_view, 4> names = {"alder", "birch", "cedar", "hazel"};
  std::uint32_t state                             = 1;
  const auto next                                 = [&state] {
    state = state * 1664525 + 1013904223;
    return state >> 8;
  };
  std::string text = "[";
  while (text.size() < size) {
    text += R"({"id":)" + std::to_string(next()) + R"(,"name":")";
    text += names[next() % names.size()];
    text += R"(","price":)" + std::to_string(next() % 10'000) + R"(,"in_stock":)" +
            (next() % 2 == 0 ? "true" : "false") + R"(,"tags":["tree","garden"]},)";
  }
  text.resize(size);
  return text;
}

// As a client does it without context takeover. [RFC 7692 7.2.1]
std::string deflated(const std::string& payload) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    fail("zlib has no memory");
  std::string out(deflateBound(&stream, payload.size()) + 64, '\0');
  stream.next_in   = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
  stream.avail_in  = static_cast<uInt>(payload.size());
  stream.next_out  = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_SYNC_FLUSH);
  out.resize(out.size() - stream.avail_out - 4);
  deflateEnd(&stream);
  return out;
}

std::string make_payload(const options& o) {
  switch (o.payload) {
    case payload_kind::ascii: return ascii_text(o.payload_size);
    case payload_kind::non_ascii: return non_ascii_text(o.payload_size);
    case payload_kind::json: return json_text(o.payload_size);
    case payload_kind::binary: break;
  }
  return binary_bytes(o.payload_size);
}

void append_big_endian(std::string& to, std::uint64_t number, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) to += static_cast<char>(number >> (8 * i) & 0xff);
}

}  // namespace

std::string client_frame(opcode opcode, std::string_view payload, bool is_deflated) {
  constexpr unsigned masked         = 0x80;
  constexpr std::array<char, 4> key = {0x37, 0x5a, 0x21, 0x6d};
  std::string frame;
  constexpr unsigned rsv1 = 0x40;
  frame += static_cast<char>(0x80 | (is_deflated ? rsv1 : 0) | static_cast<unsigned>(opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(masked | payload.size());
  } else if (payload.size() < 65536) {
    frame += static_cast<char>(masked | 126);
    append_big_endian(frame, payload.size(), 2);
  } else {
    frame += static_cast<char>(masked | 127);
    append_big_endian(frame, payload.size(), 8);
  }
  frame.append(key.data(), key.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ key[i % key.size()]);
  }
  return frame;
}

std::string client_close() {
  constexpr std::array<char, 2> code_1000 = {0x03, static_cast<char>(0xe8)};
  return client_frame(opcode::close, {code_1000.data(), code_1000.size()});
}

traffic make_traffic(const options& o) {
  traffic t{.raw           = o.raw,
            .deflate       = o.deflate,
            .opcode        = o.payload == payload_kind::binary ? opcode::binary : opcode::text,
            .payload       = make_payload(o),
            .outgoing      = {},
            .checked_every = o.payload_size >= 4096 ? 64U : 256U};
  const std::string one = o.raw       ? t.payload
                          : o.deflate ? client_frame(t.opcode, deflated(t.payload), true)
                                      : client_frame(t.opcode, t.payload);
  for (std::size_t i = 0; i < o.in_flight; ++i) t.outgoing += one;
  return t;
}

}  // namespace load
