// `-v`: the heads and frames of all connections of a loop on stderr.
#include "frame_log.hpp"

#include "clock_text.hpp"
#include "stderr_line.hpp"

#include <fmt/format.h>

namespace adieu::tool {

namespace {

// Nobody calls forget() for an opening that came to nothing, so there is an end to what is kept.
constexpr std::size_t most_known = 4096;

tone tone_of(const wire_line& line) {
  if (line.is == wire_line::kind::note) return tone::warning;
  if (line.is == wire_line::kind::head) return tone::faint;
  return line.opcode == 8 ? tone::strong : tone::plain;
}

}  // namespace

frame_log::frame_log(executor_of where, look how) : where_(std::move(where)), how_(how) {
  api::install(where_, this);
}

frame_log::~frame_log() { api::install(where_, nullptr); }

void frame_log::received(const session_ref& on, std::span<const std::byte> bytes) {
  known(on).in.feed(bytes);
}

void frame_log::sent(const session_ref& on, std::span<const std::byte> bytes) {
  known(on).out.feed(bytes);
}

frame_log::connection& frame_log::known(const session_ref& on) {
  const websocket_ref key(on);
  if (const auto at = known_.find(key); at != known_.end()) return at->second;
  if (known_.size() >= most_known) {
    std::erase_if(known_, [](const auto& one) {
      return one.second.in.refused() || one.second.out.refused();
    });
    if (known_.size() >= most_known) known_.erase(known_.begin());
  }
  const auto number  = ++count_;
  const auto towards = [this, number](char direction) {
    return wire_reader(
        [this, number, direction](const wire_line& line) { print(number, direction, line); });
  };
  return known_.emplace(key, connection{number, towards('<'), towards('>')}).first->second;
}

void frame_log::print(std::uint64_t number, char direction, const wire_line& line) const {
  std::string out;
  if (how_.timestamps) out += clock_text() + ' ';
  if (how_.connections == label::number) out += fmt::format("#{} ", number);
  out += fmt::format("{} {}", direction, how_.palette(tone_of(line), line.text));
  stderr_line(out);
}

}  // namespace adieu::tool
