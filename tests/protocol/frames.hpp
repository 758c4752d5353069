// Frames written and read plainly, by another hand than src/wire: what the tests put on the wire
// and what they expect there. Knows no machine. [RFC 6455 5.2]
#pragma once

#include <adieu/close_code.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1::protocol {

enum class length_form { shortest, two_bytes, eight_bytes };

struct frame {
  unsigned opcode = 1;
  std::string payload;
  bool fin     = true;
  unsigned rsv = 0;

  bool operator==(const frame&) const = default;
};

inline frame text(std::string payload) { return {1, std::move(payload)}; }
inline frame binary(std::string payload) { return {2, std::move(payload)}; }
inline frame first_part(std::string payload) { return {1, std::move(payload), false}; }
inline frame first_binary_part(std::string payload) { return {2, std::move(payload), false}; }
inline frame next_part(std::string payload) { return {0, std::move(payload), false}; }
inline frame last_part(std::string payload) { return {0, std::move(payload)}; }
inline frame ping(std::string payload = "") { return {9, std::move(payload)}; }
inline frame pong(std::string payload = "") { return {10, std::move(payload)}; }
inline frame empty_close() { return {8, ""}; }
inline frame closing(unsigned code, const std::string& reason = "") {
  return {8, std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)} + reason};
}

/// The key of every masked frame that a test writes.
inline constexpr std::string_view test_key{"\x37\xfa\x21\x3d", 4};

inline std::string masked_with(std::string_view key, std::string payload) {
  for (std::size_t i = 0; i < payload.size(); ++i)
    payload[i] = static_cast<char>(payload[i] ^ key[i % 4]);
  return payload;
}

/// A head alone, declaring `length`. `masked`: with the test's key.
inline std::string head_of(const frame& f, bool masked, std::uint64_t length,
                           length_form form = length_form::shortest) {
  std::string head{static_cast<char>((f.fin ? 0x80 : 0) | f.rsv << 4 | f.opcode)};
  const char mask   = masked ? static_cast<char>(0x80) : 0;
  const auto append = [&](int bytes) {
    for (int i = bytes; i-- > 0;) head += static_cast<char>(length >> 8 * i & 0xFF);
  };
  if (form == length_form::shortest && length > 125)
    form = length > 65535 ? length_form::eight_bytes : length_form::two_bytes;
  else if (form == length_form::shortest)
    return head + static_cast<char>(mask | static_cast<char>(length)) +
           (masked ? std::string(test_key) : "");
  head += static_cast<char>(mask | (form == length_form::two_bytes ? 126 : 127));
  append(form == length_form::two_bytes ? 2 : 8);
  return head + (masked ? std::string(test_key) : "");
}

/// The frame as that role writes it: a client masks.
inline std::string bytes_of(const frame& f, role from, length_form form = length_form::shortest) {
  const bool masked = from == role::client;
  return head_of(f, masked, f.payload.size(), form) +
         (masked ? masked_with(test_key, f.payload) : f.payload);
}

/// Takes the first frame off `bytes`; nothing if it is not whole.
inline std::optional<frame> take_frame(std::string_view& bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() < 2) return {};
  frame f{at(0) & 0xFu, "", (at(0) & 0x80) != 0, at(0) >> 4 & 7u};
  std::uint64_t length   = at(1) & 0x7F;
  const bool masked      = (at(1) & 0x80) != 0;
  const std::size_t wide = length == 126 ? 2 : length == 127 ? 8 : 0;
  std::size_t head       = 2 + wide + (masked ? 4 : 0);
  if (bytes.size() < head) return {};
  if (wide != 0) length = 0;
  for (std::size_t i = 0; i < wide; ++i) length = length << 8 | at(2 + i);
  if (bytes.size() - head < length) return {};
  f.payload = bytes.substr(head, length);
  if (masked) f.payload = masked_with(bytes.substr(head - 4, 4), f.payload);
  bytes.remove_prefix(head + length);
  return f;
}

inline std::vector<frame> frames_in(std::string_view bytes) {
  std::vector<frame> all;
  while (auto f = take_frame(bytes)) all.push_back(std::move(*f));
  if (!bytes.empty()) all.push_back({99, "a frame that is not whole"});
  return all;
}

inline std::ostream& operator<<(std::ostream& to, const frame& f) {
  to << "{opcode " << f.opcode << (f.fin ? "" : ", not final") << ", " << f.payload.size()
     << " bytes";
  if (f.rsv != 0) to << ", rsv " << f.rsv;
  if (f.opcode == 8 && f.payload.size() >= 2)
    return to << ": "
              << (static_cast<unsigned char>(f.payload[0]) << 8 |
                  static_cast<unsigned char>(f.payload[1]))
              << ' ' << f.payload.substr(2) << '}';
  return to << ": " << f.payload.substr(0, 40) << '}';
}

}  // namespace adieu::inline v1::protocol
