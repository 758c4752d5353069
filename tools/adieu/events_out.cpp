// What happened on a connection, as bytes for stdout.
#include "events_out.hpp"

#include "close_line.hpp"
#include "clock_text.hpp"
#include "terminal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace adieu::tool {

namespace {

using nlohmann::ordered_json;

std::string base64(std::string_view bytes) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto group  = bytes.substr(at, 3);
    std::uint32_t all = 0;
    for (std::size_t i = 0; i < 3; ++i)
      all = all << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      out += i <= group.size() ? digits[all >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

std::string hex_dump(std::string_view bytes) {
  std::string out = fmt::format("binary, {} B\n", bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    const auto row = bytes.substr(at, 16);
    std::string hex, seen;
    for (const char c : row) {
      hex += fmt::format("{:02x} ", static_cast<unsigned char>(c));
      seen += c >= 0x20 && c < 0x7F ? c : '.';
    }
    out += fmt::format("{:08x}  {:<48} |{}|\n", at, hex, seen);
  }
  return out;
}

std::string line_of(ordered_json object, bool timestamps, bool ascii) {
  if (timestamps) object["time"] = utc_text();
  return json_line(object, ascii) + '\n';
}

}  // namespace

std::string events_out::open(std::string_view url, std::string_view subprotocol,
                             std::string_view remote) const {
  if (!is_json()) return {};
  ordered_json json{{"event", "open"}, {"url", url}, {"subprotocol", nullptr}, {"remote", remote}};
  if (!subprotocol.empty()) json["subprotocol"] = subprotocol;
  return line_of(std::move(json), timestamps_, form_ == form::json_on_terminal);
}

std::string events_out::message(message_view came) const {
  if (is_json()) {
    ordered_json json{{"event", "message"}, {"type", came.is_text() ? "text" : "binary"}};
    if (came.is_text())
      json["data"] = came.text();
    else
      json["base64"] = base64(came.text());
    return line_of(std::move(json), timestamps_, form_ == form::json_on_terminal);
  }
  // A stream of bytes has no room for a newline or a time between them.
  if (came.is_binary() && form_ == form::payload) return std::string(came.text());
  std::string out = timestamps_ ? clock_text() + ' ' : std::string();
  if (came.is_binary()) return out + hex_dump(came.text());
  out += form_ == form::terminal ? escape(came.text(), layout::lines) : std::string(came.text());
  out += '\n';
  return out;
}

std::string events_out::closing(std::uint16_t code, std::string_view reason) const {
  if (!is_json()) return {};
  return line_of({{"event", "closing"}, {"code", code}, {"reason", reason}}, timestamps_,
                 form_ == form::json_on_terminal);
}

std::string events_out::close(const close_event& event) const {
  if (!is_json()) return {};
  return line_of(close_json(event), timestamps_, form_ == form::json_on_terminal);
}

std::string events_out::down(const close_event& event, const decision& made) const {
  if (!is_json()) return {};
  return line_of(down_json(event, made), timestamps_, form_ == form::json_on_terminal);
}

std::string events_out::gave_up(const close_event& event, const decision& made) const {
  if (!is_json()) return {};
  return line_of(gave_up_json(event, made), timestamps_, form_ == form::json_on_terminal);
}

}  // namespace adieu::tool
