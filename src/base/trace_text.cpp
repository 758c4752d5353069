// An event of the trace as a line for people.
#include <adieu/trace.hpp>

#include "base/escape.hpp"

#include <algorithm>

namespace adieu::inline v1 {
namespace {

constexpr std::uint8_t continuation     = 0;
constexpr std::uint8_t text             = 1;
constexpr std::uint8_t binary           = 2;
constexpr std::uint8_t close            = 8;
constexpr std::uint8_t rsv1             = 4;
constexpr std::size_t previewed_of_text = 60;  // bytes
constexpr std::size_t previewed_in_hex  = 16;

std::string name_of(std::uint8_t opcode) {
  switch (opcode) {
    case continuation: return "continuation";
    case text: return "text";
    case binary: return "binary";
    case close: return "close";
    case 9: return "ping";
    case 10: return "pong";
    default: return std::string("opcode 0x") + "0123456789abcdef"[opcode & 15];
  }
}

bool is_printable(std::string_view payload) {
  return std::all_of(payload.begin(), payload.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string in_hex(std::string_view payload) {
  std::string out;
  for (const char c : payload) {
    const auto value = static_cast<unsigned char>(c);
    if (!out.empty()) out += ' ';
    out += "0123456789abcdef"[value >> 4];
    out += "0123456789abcdef"[value & 15];
  }
  return out;
}

// Not inside a character, if it is UTF-8.
std::string_view beginning(std::string_view payload, std::size_t most) {
  if (payload.size() <= most) return payload;
  while (most > 0 && (static_cast<unsigned char>(payload[most]) & 0xC0) == 0x80) --most;
  return payload.substr(0, most);
}

std::string preview(const trace_event& e, std::string_view payload) {
  if (payload.empty()) return {};
  const bool is_control = (e.opcode & 8) != 0;
  const bool has_rsv    = e.rsv != 0 && !e.compressed;
  const bool as_text    = !has_rsv && (is_control ? is_printable(payload) : e.is_text);
  const auto some       = beginning(payload, as_text ? previewed_of_text : previewed_in_hex);
  const bool is_all =
      some.size() == payload.size() &&
      (e.compressed ? payload.size() < trace_event::shown_at_most : payload.size() == e.length);
  return ' ' + (as_text ? quote(some) : in_hex(some)) + (is_all ? "" : " …");
}

std::string bits(unsigned three) {
  return {static_cast<char>('0' + (three >> 2 & 1)), static_cast<char>('0' + (three >> 1 & 1)),
          static_cast<char>('0' + (three & 1))};
}

std::string close_text(const trace_event& e, std::string_view payload) {
  if (payload.empty()) return "close (no code)";
  if (!e.close_code) return "close (half a code: " + in_hex(payload) + ")";
  return "close " + std::to_string(*e.close_code) + " " + quote(e.close_reason);
}

std::string frame_text(const trace_event& e) {
  const std::string_view payload(reinterpret_cast<const char*>(e.payload.data()), e.payload.size());
  const bool is_close = e.opcode == close && e.length <= 125;  // all of it [RFC 6455 5.5]
  const bool deflated = e.compressed && (e.opcode == text || e.opcode == binary);
  const unsigned rsv  = deflated ? e.rsv & ~unsigned{rsv1} : e.rsv;
  std::string out =
      is_close ? close_text(e, payload) : name_of(e.opcode) + " " + std::to_string(e.length) + " B";
  if (!e.fin) out += " (more follows)";
  if (e.fin && e.opcode == continuation) out += " (last)";
  if (deflated) out += " deflated";
  if (rsv != 0) out += " rsv=" + bits(e.rsv);
  if (e.masked) out += " masked";
  if (!is_close) out += preview(e, payload);
  return out;
}

}  // namespace

std::string to_string(const trace_event& event) {
  return (event.direction == trace_direction::sent ? "> " : "< ") +
         (event.kind == trace_kind::frame ? frame_text(event) : std::string(event.text));
}

}  // namespace adieu::inline v1
