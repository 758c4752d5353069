// The bytes of one direction of a connection, as readable lines.
#include "wire_reader.hpp"

#include "terminal.hpp"

#include "wire/frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace adieu::tool {

namespace {

constexpr std::size_t shown_at_most = 125;        // a control frame is shown whole [RFC 6455 5.5]
constexpr std::size_t longest_line  = 64 * 1024;  // of a head; more than any head may have

constexpr std::uint8_t continuation = 0;
constexpr std::uint8_t text         = 1;
constexpr std::uint8_t close        = 8;
constexpr std::uint8_t rsv1         = 4;

std::string name_of(std::uint8_t opcode) {
  switch (opcode) {
    case continuation: return "continuation";
    case text: return "text";
    case 2: return "binary";
    case close: return "close";
    case 9: return "ping";
    case 10: return "pong";
    default: return fmt::format("opcode {:#x}", opcode);
  }
}

void unmask(std::string& payload, std::uint32_t key) {
  // parse_head gives the key as its four bytes lie in memory.
  char bytes[4];
  std::memcpy(bytes, &key, sizeof bytes);
  for (std::size_t i = 0; i < payload.size(); ++i)
    payload[i] = static_cast<char>(payload[i] ^ bytes[i % 4]);
}

bool is_printable(std::string_view payload) {
  return std::all_of(payload.begin(), payload.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string in_hex(std::string_view payload) {
  std::string out;
  for (const char c : payload.substr(0, 16))
    out += fmt::format("{}{:02x}", out.empty() ? "" : " ", static_cast<unsigned char>(c));
  return out;
}

// Not inside a character, if it is UTF-8.
std::string_view beginning(std::string_view payload, std::size_t most) {
  if (payload.size() <= most) return payload;
  while (most > 0 && (static_cast<unsigned char>(payload[most]) & 0xC0) == 0x80) --most;
  return payload.substr(0, most);
}

std::string preview(std::string_view payload, std::uint64_t length, bool as_text) {
  if (length == 0) return {};
  const auto some = as_text ? beginning(payload, 60) : payload.substr(0, 16);
  const auto rest = some.size() < length ? " …" : "";
  return fmt::format(" {}{}", as_text ? quote(some) : in_hex(some), rest);
}

std::string close_text(std::string_view payload) {
  if (payload.empty()) return "close (no code)";
  if (payload.size() == 1) return fmt::format("close (half a code: {})", in_hex(payload));
  const unsigned code =
      static_cast<unsigned char>(payload[0]) * 256u + static_cast<unsigned char>(payload[1]);
  return fmt::format("close {} {}", code, quote(payload.substr(2)));
}

bool starts_message(const wire::frame_head& head) {
  return head.opcode == text || head.opcode == 2;
}

// On the first frame of a message RSV1 says that it is compressed.
bool starts_deflated(const wire::frame_head& head) {
  return head.rsv == rsv1 && starts_message(head);
}

// `as_text`: the message that the frame belongs to, if to any, can be shown.
std::string frame_text(const wire::frame_head& head, std::string_view payload, bool as_text) {
  const bool is_control = head.opcode >= 8;
  const bool is_text    = head.rsv == 0 && (is_control ? is_printable(payload) : as_text);
  const bool is_close   = head.opcode == close && head.length <= shown_at_most;
  std::string out =
      is_close ? close_text(payload) : fmt::format("{} {} B", name_of(head.opcode), head.length);
  if (!head.fin) out += " (more follows)";
  if (head.fin && head.opcode == continuation) out += " (last)";
  if (starts_deflated(head))
    out += " deflated";
  else if (head.rsv != 0)
    out += fmt::format(" rsv={:03b}", head.rsv);
  if (head.masked) out += " masked";
  if (!is_close) out += preview(payload, head.length, is_text);
  return out;
}

}  // namespace

void wire_reader::tell(wire_line::kind is, std::string line, std::uint8_t opcode) const {
  to_({.is = is, .opcode = opcode, .text = std::move(line)});
}

void wire_reader::feed(std::span<const std::byte> bytes) {
  while (!bytes.empty() && at_ != place::beyond) {
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(to_skip_, bytes.size()));
    to_skip_ -= skipped;
    bytes = bytes.subspan(skipped);
    // Only so much at a time that the payload of a large frame is skipped, not kept.
    const auto piece = bytes.first(std::min<std::size_t>(bytes.size(), 4096));
    kept_.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    bytes = bytes.subspan(piece.size());
    while (at_ == place::head && read_head_line()) {
    }
    while (at_ == place::frames && read_frame()) {
    }
    kept_.erase(0, read_);
    read_ = 0;
  }
}

bool wire_reader::read_head_line() {
  const auto end = kept_.find('\n', read_);
  if (end == std::string::npos) {
    if (kept_.size() - read_ <= longest_line) return false;
    tell(wire_line::kind::note, "a line of the head that never ends");
    at_ = place::beyond;
    return false;
  }
  auto line = std::string_view(kept_).substr(read_, end - read_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  read_ = end + 1;
  if (line.empty()) {
    at_ = is_refusal_ ? place::beyond : place::frames;
    return true;
  }
  if (is_first_line_)
    is_refusal_ = line.starts_with("HTTP/") && line.find(" 101") == std::string_view::npos;
  is_first_line_ = false;
  tell(wire_line::kind::head, escape(line));
  return true;
}

bool wire_reader::read_frame() {
  const auto rest  = std::string_view(kept_).substr(read_);
  const auto bytes = reinterpret_cast<const std::byte*>(rest.data());
  wire::frame_head head{};
  const auto status = wire::parse_head(bytes, rest.size(), head);
  if (status == wire::head_status::incomplete) return false;
  if (status == wire::head_status::bad_length) {
    tell(wire_line::kind::note, fmt::format("not a frame: {} …", in_hex(rest)));
    at_ = place::beyond;
    return false;
  }
  const auto shown = static_cast<std::size_t>(std::min<std::uint64_t>(head.length, shown_at_most));
  if (rest.size() < head.size + shown) return false;
  std::string payload(rest.substr(head.size, shown));
  if (head.masked) unmask(payload, head.key);
  if (starts_message(head)) {
    message_     = head.opcode;
    is_deflated_ = starts_deflated(head);
  }
  tell(wire_line::kind::frame, frame_text(head, payload, message_ == text && !is_deflated_),
       head.opcode);
  const auto there = std::min<std::uint64_t>(rest.size() - head.size, head.length);
  read_ += head.size + static_cast<std::size_t>(there);
  to_skip_ = head.length - there;
  return to_skip_ == 0;
}

}  // namespace adieu::tool
