// Bytes in: read, taken apart, told, in the driver's order. Its comments say why.
#include "simulator/end.hpp"

#include <algorithm>
#include <cstring>

namespace simulator {

bool end::read(bool to_the_end) {
  constexpr std::size_t bytes_a_turn = 128 * 1024;
  if (to_the_end) broken_ = true;
  if (to_the_end && !machine_->wants_input()) {
    drain_and_lose();
    return false;
  }
  replay();
  for (std::size_t left = reads_at_once != 0 ? reads_at_once : bytes_a_turn; left > 0;) {
    if (machine_->has_kept_input()) return true;
    if (threw_ || !reads() || !machine_->wants_input()) return false;
    std::span<std::byte> landing;
    {
      const memory_of scale = this->scale();
      landing               = machine_->landing();
    }
    std::span<std::byte> into = landing.empty() ? std::span(buffer_.get(), buffer_size) : landing;
    into                      = into.first(std::min(into.size(), left));
    const io_result got       = receive(into);
    if (got.status != io::done) {
      came_to_nothing(got);
      return false;
    }
    left -= got.bytes;
    world_->tell(who_, landing.empty() ? "reads %llu bytes" : "reads %llu bytes (landing)",
                 got.bytes);
    if (reads_at_once != 0) busy_until_ = std::max(busy_until_, world_->now + busy_with_it);
    notes_stage();
    patience_.heard();
    seen_.read += got.bytes;
    if (!protocol::reads_frames(machine_->at())) seen_.discarded += got.bytes;
    {
      const memory_of scale = this->scale();
      if (landing.empty())
        machine_->receive(into.first(got.bytes), world_->now);
      else
        machine_->landed(got.bytes, world_->now);
    }
    pump();
    // Whoever still looks at them looks at the next connection's bytes.
    if (landing.empty()) std::memset(into.data(), 0xDD, got.bytes);
    if (got.bytes < into.size() && !to_the_end && !holds_input()) return machine_->has_kept_input();
  }
  if (holds_input() || to_the_end) changed();
  return true;
}

void end::came_to_nothing(const io_result& how) {
  if (how.status == io::would_block) return;
  if (reset_) {
    world_->tell(who_, "finds nothing, for the stream was reset");
    return lose(cause::reset);
  }
  if (timed_out_) {
    world_->tell(who_, "finds nothing, for its kernel has given the peer up");
    return lose(lost_by(true));
  }
  if (how.status == io::failed) {
    world_->tell(who_, "finds the stream reset");
    return lose(lost_by(how.timed_out));
  }
  world_->tell(who_, "finds the end of the stream");
  seen_.ended_input          = true;
  seen_.ended_before_timeout = !link_->timed_out(who_);
  patience_.input_ended();
  const bool cut        = encrypts && world_->chance.one_in(2);
  const memory_of scale = this->scale();
  cut ? machine_->truncated(world_->now) : machine_->end_of_stream(world_->now);
}

// TLS reads more than it is asked for, a record at least: what it holds no poller reports.
io_result end::receive(std::span<std::byte> to) {
  // A slow reader's records are small: it reads from its kernel as often as it reads.
  const std::size_t record = reads_at_once != 0 ? reads_at_once : 16 * 1024;
  if (!encrypts) return link_->receive(who_, to.data(), to.size());
  if (held_.empty()) {
    if (to.size() >= record) return link_->receive(who_, to.data(), to.size());
    held_.resize(record);
    const io_result got = link_->receive(who_, held_.data(), record);
    held_.resize(got.bytes);
    if (got.status != io::done) return got;
  }
  const std::size_t n = std::min(held_.size(), to.size());
  std::memcpy(to.data(), held_.data(), n);
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(n));
  return {io::done, n};
}

void end::replay() {
  if (!machine_->has_kept_input() || !reads()) return;
  machine_->replay_input();
  pump();
}

bool end::next(event& e) {
  const memory_of scale = this->scale();
  return machine_->next_event(e, world_->now);
}

void end::pump() {
  event e;
  int left = messages_a_turn;
  while (reads() && left > 0 && next(e)) {
    --left;
    if (!tell(e) && !goes_on_after_a_throw()) return;
  }
  if (reads() && left > 0) return;
  {
    const memory_of scale = this->scale();
    machine_->keep_input();
  }
  if (!reads()) return;
  seen_.had_its_turn = true;
  changed();
}

bool end::tell(const event& e) {
  if (ended_ || machine_->state() == ready_state::closed) {
    world_->breach(who_, "an event after the end");
    return true;
  }
  switch (e.what) {
    case event::kind::message: return told_->on_message(e.message());
    case event::kind::closing: ++seen_.closings; return told_->on_closing();
    case event::kind::pong: return told_->on_pong(e.bytes);
  }
  return true;
}

}  // namespace simulator
