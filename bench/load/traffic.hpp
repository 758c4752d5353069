// What goes over every connection: one payload, the bytes that carry it to the server (masked once,
// when the run begins), and what must come back. Knows no socket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "options.hpp"

namespace load {

enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, pong = 10 };

struct traffic {
  bool raw;
  bool deflate;
  load::opcode opcode;
  std::string payload;
  /// `in_flight` frames (raw: payloads) in a row, ready to be sent, compressed if so.
  std::string outgoing;
  /// Every so many messages of a connection the payload of the reply is compared, byte by byte.
  std::uint32_t checked_every;
};

traffic make_traffic(const options& o);

/// A client's frame [RFC 6455 5.2], masked with a fixed key.
std::string client_frame(opcode opcode, std::string_view payload, bool is_deflated = false);

/// A client's Close with 1000 and no reason.
std::string client_close();

}  // namespace load
