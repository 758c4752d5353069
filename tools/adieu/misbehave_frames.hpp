// Frames as a server that keeps no rule writes them: bytes from numbers. Knows no connection.
#pragma once

#include "wire/frame.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adieu::tool {

/// `first`: the frame's first byte as it is, FIN, reserved bits and opcode together.
inline std::string frame_bytes(std::uint8_t first, std::string_view payload) {
  wire::frame_head head;
  head.length = payload.size();
  std::byte room[wire::max_head];
  const auto size = wire::write_head(room, head);
  std::string bytes(reinterpret_cast<const char*>(room), size);
  bytes[0] = static_cast<char>(first);
  return bytes.append(payload);
}

inline std::string close_payload(std::optional<std::uint16_t> code, std::string_view reason) {
  if (!code) return std::string(reason);
  std::string payload{static_cast<char>(*code >> 8), static_cast<char>(*code & 0xFF)};
  return payload.append(reason);
}

/// Any code and any reason, also such as no Close frame may have.
inline std::string close_bytes(std::optional<std::uint16_t> code, std::string_view reason) {
  return frame_bytes(0x88, close_payload(code, reason));
}

}  // namespace adieu::tool
