// `-v`: the heads and frames of connections as lines.
#include "frame_log.hpp"

#include "clock_text.hpp"

#include <fmt/format.h>

namespace adieu::tool {

namespace {

// Nobody calls forget() for an opening that came to nothing, so there is an end to what is kept.
constexpr std::size_t most_known = 4096;

}  // namespace

tone tone_of(const trace_event& event) {
  switch (event.kind) {
    case trace_kind::note: return tone::warning;
    case trace_kind::head_line: return tone::faint;
    case trace_kind::frame: break;
  }
  return event.opcode == 8 ? tone::strong : tone::plain;
}

trace_options frame_log::of_connections() {
  const auto hook = [self = shared_from_this()](const trace_event& event) {
    const bool numbered = self->how_.connections == label::number;
    self->print(numbered ? fmt::format("#{} ", self->number_of(*event.connection)) : "", event);
  };
  return {.hook = hook, .show_secrets = how_.secrets};
}

protocol::wire_reader frame_log::of_taken_stream(trace_direction towards, std::uint64_t number) {
  const auto tell = [self = shared_from_this(), towards, number](trace_event& event) {
    event.direction = towards;
    self->print(fmt::format("~{} ", number), event);
  };
  return protocol::wire_reader(tell, protocol::wire_reader::start::at_frames);
}

void frame_log::forget(const websocket_ref& gone) {
  const std::lock_guard held(lock_);
  known_.erase(gone);
}

std::uint64_t frame_log::number_of(const websocket_ref& connection) {
  const std::lock_guard held(lock_);
  if (const auto at = known_.find(connection); at != known_.end()) return at->second;
  if (known_.size() >= most_known) known_.erase(known_.begin());
  return known_.emplace(connection, ++count_).first->second;
}

void frame_log::print(std::string_view label, const trace_event& event) const {
  const std::string line = to_string(event);
  std::string out        = how_.timestamps ? clock_text() + ' ' : std::string();
  out += fmt::format("{}{} {}", label, line.substr(0, 1),
                     how_.palette(tone_of(event), line.substr(2)));
  print_(out);
}

}  // namespace adieu::tool
