// How a peer program in C++ talks to the runner: events go out as JSON lines on stdout, commands
// ({"do": …}) come in as JSON lines on stdin. Knows nothing of WebSocket.
#pragma once

#include <nlohmann/json.hpp>
#include <zlib.h>

#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>

namespace lines {

using json = nlohmann::json;

// What these peers tell of a message: short ones whole, long ones by length and CRC-32.
constexpr std::size_t told_whole = 256;

inline void emit(const json& event) {
  std::cout << event.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
}

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

inline std::string to_base64(std::string_view bytes) {
  std::string out;
  unsigned bits = 0;
  int count     = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) out += alphabet[bits >> (count - 6) & 63];
  }
  if (count > 0) out += alphabet[bits << (6 - count) & 63];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

inline std::string from_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count     = 0;
  for (const char digit : text.substr(0, text.find('='))) {
    bits = bits << 6 | static_cast<unsigned>(alphabet.find(digit));
    if ((count += 6) < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 255);
  }
  return out;
}

inline json describe(bool is_text, std::string_view bytes) {
  json event = {
      {"event", "message"}, {"type", is_text ? "text" : "binary"}, {"bytes", bytes.size()}};
  if (bytes.size() > told_whole) {
    event["crc32"] =
        crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  } else if (is_text) {
    event["data"] = bytes;
  } else {
    event["base64"] = to_base64(bytes);
  }
  return event;
}

/// What a command {"text" | "base64", "repeat"} wants to be sent.
inline std::string payload(const json& command) {
  const std::string unit = command.contains("text")
                               ? command["text"].get<std::string>()
                               : from_base64(command["base64"].get<std::string>());
  std::string whole;
  for (auto left = command.value("repeat", 1); left > 0; --left) whole += unit;
  return whole;
}

}  // namespace lines
