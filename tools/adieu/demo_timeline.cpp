// Reading the bytes, and laying out the columns.
#include "demo_timeline.hpp"

#include "frame_log.hpp"

#include <fmt/format.h>

namespace adieu::tool {
namespace {

constexpr std::size_t column_width = 40;

// Counts characters, not bytes: what a trace says is UTF-8 without controls.
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

// The start line stands for the head.
bool is_worth_a_line(const trace_event& event) {
  return event.kind != trace_kind::head_line || event.text.starts_with("GET ") ||
         event.text.starts_with("HTTP/");
}

}  // namespace

timeline::timeline()
    : raw_in_(of_raw_peer(trace_direction::received)),
      raw_out_(of_raw_peer(trace_direction::sent)) {}

trace_options timeline::of(column in) {
  return {.hook = [this, in](const trace_event& event) { add(in, event); }, .show_secrets = true};
}

void timeline::new_connection() {
  for (auto& column : latest_)
    for (auto& latest : column) latest = 0;
}

protocol::wire_reader timeline::of_raw_peer(trace_direction towards) {
  const auto tell = [this, towards](trace_event& event) {
    event.direction = towards;
    add(column::server, event);
  };
  return protocol::wire_reader(tell, protocol::wire_reader::start::at_frames);
}

void timeline::raw_peer(raw_connection::direction towards, std::span<const std::byte> bytes) {
  (towards == raw_connection::direction::received ? raw_in_ : raw_out_).feed(bytes);
}

void timeline::add(column in, const trace_event& event) {
  if (!is_worth_a_line(event)) return;
  const std::string text = to_string(event).substr(2);
  auto& latest           = latest_[static_cast<int>(in)][static_cast<int>(event.direction)];
  if (latest != 0 && entries_[latest - 1].text == text) {
    ++entries_[latest - 1].times;
    return;
  }
  const auto at = std::chrono::steady_clock::now() - began_;
  entries_.push_back({in, event.direction, tone_of(event), text,
                      std::chrono::duration_cast<std::chrono::microseconds>(at)});
  latest = entries_.size();
}

// Arrows point where the bytes go: out of the client's column to the right, into it from there.
std::string timeline::print(const palette& colors) const {
  const auto heading = fmt::format("{:13}{:{}} {}\n", "", "client", column_width + 2, "server");
  std::string out    = colors(tone::faint, heading);
  for (const auto& e : entries_) {
    const bool to_server    = (e.in == column::client) == (e.towards == trace_direction::sent);
    const std::string arrow = to_server ? "→" : "←";
    const auto times        = e.times > 1 ? fmt::format(" ×{}", e.times) : std::string();
    const auto text         = fitted(e.text, column_width - times.size());
    const auto ms           = static_cast<double>(e.at.count()) / 1000.0;
    out += colors(tone::faint, fmt::format(" {:8.2f} ms ", ms));
    std::string cell = colors(e.tone, text.substr(0, text.find_last_not_of(' ') + 1) + times);
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
