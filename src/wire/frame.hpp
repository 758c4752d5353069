// The head of a frame: read and written. [RFC 6455 5.2] Knows no roles, extensions or messages:
// which opcodes and bits are allowed when is the connection's business.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace adieu::inline v1::wire {

enum class opcode : std::uint8_t {
  continuation = 0x0,
  text         = 0x1,
  binary       = 0x2,
  close        = 0x8,
  ping         = 0x9,
  pong         = 0xA,
};

constexpr bool is_control(std::uint8_t op) noexcept { return (op & 0x8) != 0; }

/// A control frame carries at most this much. [5.5]
inline constexpr std::size_t max_control_payload = 125;
/// Two bytes, eight of length, four of key.
inline constexpr std::size_t max_head = 14;

struct frame_head {
  bool fin             = true;
  std::uint8_t rsv     = 0;  // the three reserved bits, RSV1 = 4
  std::uint8_t opcode  = 0;
  bool masked          = false;
  std::uint32_t key    = 0;  // the four bytes as they lie on the wire
  std::uint64_t length = 0;
  std::uint8_t size    = 0;  // bytes of the head itself
};

enum class head_status : std::uint8_t {
  incomplete,
  complete,
  bad_length,  // not in its shortest form, or 64 bits with the top bit set [5.2]
};

namespace big_endian {
inline std::uint16_t read16(const std::byte* from) noexcept {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(from[0]) << 8 |
                                    std::to_integer<unsigned>(from[1]));
}
inline std::uint64_t read64(const std::byte* from) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | std::to_integer<std::uint64_t>(from[i]);
  return value;
}
inline void write(std::byte* to, std::uint64_t value, int bytes) noexcept {
  for (int i = bytes; i-- > 0; value >>= 8) to[i] = static_cast<std::byte>(value & 0xFF);
}
}  // namespace big_endian

/// Reads the head at the front of `data`. On bad_length all fields but `length` are valid.
inline head_status parse_head(const std::byte* data, std::size_t size, frame_head& to) noexcept {
  if (size < 2) return head_status::incomplete;
  const auto first  = std::to_integer<unsigned>(data[0]);
  const auto second = std::to_integer<unsigned>(data[1]);
  to.fin            = (first & 0x80) != 0;
  to.rsv            = static_cast<std::uint8_t>(first >> 4 & 0x7);
  to.opcode         = static_cast<std::uint8_t>(first & 0xF);
  to.masked         = (second & 0x80) != 0;
  to.length         = second & 0x7F;
  std::size_t at    = 2;
  if (to.length >= 126) {
    const std::size_t wide = to.length == 126 ? 2 : 8;
    if (size < 2 + wide) return head_status::incomplete;
    to.length = wide == 2 ? big_endian::read16(data + 2) : big_endian::read64(data + 2);
    if (wide == 2 ? to.length < 126 : (to.length <= 0xFFFF || to.length >> 63 != 0))
      return head_status::bad_length;
    at += wide;
  }
  if (to.masked) {
    if (size < at + 4) return head_status::incomplete;
    std::memcpy(&to.key, data + at, 4);
    at += 4;
  }
  to.size = static_cast<std::uint8_t>(at);
  return head_status::complete;
}

/// Writes a head, the length in its shortest form, to where at least `max_head` bytes have room.
/// Returns how many it took.
inline std::size_t write_head(std::byte* to, const frame_head& head) noexcept {
  to[0]               = static_cast<std::byte>((head.fin ? 0x80 : 0) | head.rsv << 4 | head.opcode);
  const unsigned mask = head.masked ? 0x80 : 0;
  std::size_t at      = 2;
  if (head.length < 126) {
    to[1] = static_cast<std::byte>(mask | head.length);
  } else if (head.length <= 0xFFFF) {
    to[1] = static_cast<std::byte>(mask | 126);
    big_endian::write(to + 2, head.length, 2);
    at = 4;
  } else {
    to[1] = static_cast<std::byte>(mask | 127);
    big_endian::write(to + 2, head.length, 8);
    at = 10;
  }
  if (head.masked) {
    std::memcpy(to + at, &head.key, 4);
    at += 4;
  }
  return at;
}

}  // namespace adieu::inline v1::wire
