// Reading the bytes, and laying out the columns.
#include "demo_timeline.hpp"

#include <fmt/format.h>

namespace adieu::tool {
namespace {

constexpr std::size_t column_width = 40;

// Counts characters, not bytes: what wire_reader gives is UTF-8 without controls.
std::string fitted(std::string_view text, std::size_t width) {
  std::size_t characters = 0;
  std::size_t cut        = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (++characters == width) cut = i;
  }
  if (characters > width) return std::string(text.substr(0, cut)) + "…";
  return std::string(text) + std::string(width - characters, ' ');
}

tone tone_of(const wire_line& line) {
  if (line.is == wire_line::kind::note) return tone::warning;
  if (line.is == wire_line::kind::head) return tone::faint;
  return line.opcode == 8 ? tone::strong : tone::plain;
}

// The start line stands for the head.
bool is_worth_a_line(const wire_line& line) {
  return line.is != wire_line::kind::head || line.text.starts_with("GET ") ||
         line.text.starts_with("HTTP/");
}

}  // namespace

timeline::timeline(executor_of where)
    : where_(std::move(where)),
      client_in_(reader(column::client, direction::received, wire_reader::start::at_head)),
      client_out_(reader(column::client, direction::sent, wire_reader::start::at_head)),
      server_in_(reader(column::server, direction::received, wire_reader::start::at_head)),
      server_out_(reader(column::server, direction::sent, wire_reader::start::at_head)),
      raw_in_(reader(column::server, direction::received, wire_reader::start::at_frames)),
      raw_out_(reader(column::server, direction::sent, wire_reader::start::at_frames)) {
  api::install(where_, this);
}

void timeline::client_is(websocket_ref client) {
  client_     = std::move(client);
  client_in_  = reader(column::client, direction::received, wire_reader::start::at_head);
  client_out_ = reader(column::client, direction::sent, wire_reader::start::at_head);
  server_in_  = reader(column::server, direction::received, wire_reader::start::at_head);
  server_out_ = reader(column::server, direction::sent, wire_reader::start::at_head);
  for (auto& column : latest_)
    for (auto& latest : column) latest = 0;
}

timeline::~timeline() { api::install(where_, nullptr); }

wire_reader timeline::reader(column in, direction towards, wire_reader::start at) {
  return wire_reader([this, in, towards](const wire_line& line) { add(in, towards, line); }, at);
}

timeline::column timeline::column_of(const session_ref& on) const {
  return websocket_ref(on) == client_ ? column::client : column::server;
}

void timeline::received(const session_ref& on, std::span<const std::byte> bytes) {
  (column_of(on) == column::client ? client_in_ : server_in_).feed(bytes);
}

void timeline::sent(const session_ref& on, std::span<const std::byte> bytes) {
  (column_of(on) == column::client ? client_out_ : server_out_).feed(bytes);
}

void timeline::raw_peer(raw_connection::direction towards, std::span<const std::byte> bytes) {
  (towards == direction::received ? raw_in_ : raw_out_).feed(bytes);
}

void timeline::add(column in, direction towards, const wire_line& line) {
  if (!is_worth_a_line(line)) return;
  auto& latest = latest_[static_cast<int>(in)][static_cast<int>(towards)];
  if (latest != 0 && entries_[latest - 1].line.text == line.text) {
    ++entries_[latest - 1].times;
    return;
  }
  const auto at = std::chrono::steady_clock::now() - began_;
  entries_.push_back(
      {in, towards, line, std::chrono::duration_cast<std::chrono::microseconds>(at)});
  latest = entries_.size();
}

// Arrows point where the bytes go: out of the client's column to the right, into it from there.
std::string timeline::print(const palette& colors) const {
  const auto heading = fmt::format("{:13}{:{}} {}\n", "", "client", column_width + 2, "server");
  std::string out    = colors(tone::faint, heading);
  for (const auto& e : entries_) {
    const bool to_server    = (e.in == column::client) == (e.towards == direction::sent);
    const std::string arrow = to_server ? "→" : "←";
    const auto times        = e.times > 1 ? fmt::format(" ×{}", e.times) : std::string();
    const auto text         = fitted(e.line.text, column_width - times.size());
    const auto ms           = static_cast<double>(e.at.count()) / 1000.0;
    out += colors(tone::faint, fmt::format(" {:8.2f} ms ", ms));
    std::string cell =
        colors(tone_of(e.line), text.substr(0, text.find_last_not_of(' ') + 1) + times);
    if (e.in == column::client) {
      const auto blank = text.size() - (text.find_last_not_of(' ') + 1);
      out += cell + std::string(blank, ' ') + ' ' + colors(tone::faint, arrow) + '\n';
    } else {
      out += std::string(column_width + 1, ' ') + colors(tone::faint, arrow) + ' ' + cell + '\n';
    }
  }
  return out;
}

}  // namespace adieu::tool
