// Each way in as many lines as it differs from a well-behaved echo.
#include "misbehave_ways.hpp"

#include "misbehave_frames.hpp"

#include "wire/utf8.hpp"

#include <random>
#include <string>

namespace adieu::tool::ways {
namespace {

using deed = manners::deed;

manners violation(std::string bytes, after time) {
  return {.does = deed::violate, .bytes = std::move(bytes), .lawful = false, .after = time};
}

}  // namespace

bool is_lawful_close(std::optional<std::uint16_t> code, std::string_view reason) noexcept {
  if (!code) return reason.empty();
  return may_receive(*code) && reason.size() <= max_reason &&
         wire::is_utf8(reinterpret_cast<const std::byte*>(reason.data()), reason.size());
}

manners close(std::optional<std::uint16_t> code, std::string_view reason, after time,
              std::optional<std::uint64_t> messages) {
  return {.does           = deed::close,
          .bytes          = close_bytes(code, reason),
          .close          = close_frame{code, std::string(reason)},
          .lawful         = is_lawful_close(code, reason),
          .after          = time,
          .after_messages = messages,
          .echoes         = false};
}

manners drop(after time) { return {.does = deed::end_tcp, .after = time}; }

manners reset(after time) { return {.does = deed::reset, .after = time}; }

manners mute() { return {.answers_close = false, .ends_tcp = false}; }

manners linger() { return {.ends_tcp = false}; }

manners hang_up() { return {.answers_close = false}; }

manners silent() { return {.answers_close = false, .ends_tcp = false, .reads = 0}; }

manners slow(std::uint64_t bytes_a_second) { return {.reads = bytes_a_second}; }

manners flood() {
  return {.does = deed::flood, .echoes = false, .answers_close = false, .ends_tcp = false};
}

manners flaky(std::chrono::milliseconds uptime) {
  static std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<std::int64_t> around(uptime.count() / 2, uptime.count() * 3 / 2);
  return drop(std::chrono::milliseconds(around(random)));
}

manners garbage(after time) {
  // Every reserved bit, an unknown opcode, and a length that is all there: Chromium judges a
  // control frame only once it is whole.
  std::string bytes = "\xFF\x05";
  for (unsigned i = 0; i < 62; ++i) bytes += static_cast<char>(0xFF - i * 37 % 256);
  return violation(std::move(bytes), time);
}

manners bad_utf8(after time) {
  return violation(frame_bytes(0x81,
                               "adi\xC3\x28"
                               "eu"),
                   time);
}

manners masked(after time) {
  std::string bytes = frame_bytes(0x81, "masked");
  bytes[1] |= static_cast<char>(0x80);
  bytes.insert(2, 4, '\0');  // a key that leaves the text as it is
  return violation(std::move(bytes), time);
}

manners oversize(after time) {
  constexpr char head[] = "\x82\x7F\x00\x00\x01\x00\x00\x00\x00\x00";
  return violation(std::string(head, 10) + std::string(1000, '\0'), time);
}

manners fragmented_close(after time) {
  manners how = close(1000, "", time);
  how.bytes   = frame_bytes(0x08, close_payload(1000, "")) + frame_bytes(0x80, "in two pieces");
  how.lawful  = false;
  how.close   = close_frame{1000, "in two pieces"};
  return how;
}

}  // namespace adieu::tool::ways
