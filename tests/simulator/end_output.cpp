// Bytes out: what the machine has for the network, under TLS too, as the driver hands it over.
#include "simulator/end.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace simulator {

void end::flush() {
  std::array<piece, 64> pieces;
  notes_stage();
  while (machine_->has_output() && !broken_ && !stopped_ && !ended_) {
    const std::size_t count = machine_->output(pieces);
    std::size_t total       = 0;
    for (std::size_t i = 0; i < count; ++i) total += pieces[i].size;
    if (total == 0) return world_->breach(who_, "output of no bytes");
    is_as_sealed(std::span(pieces.data(), count));
    io_result sent = link_->send(who_, std::span(pieces.data(), count));
    // TLS writes record by record: some may have left when the stream breaks.
    if (encrypts && sent.bytes != 0 && link_->breaks_in_mid_call(who_)) {
      sent.status   = io::failed;
      sent.is_reset = true;
    }
    if (sent.bytes != 0) {
      world_->tell(who_, "writes %llu bytes of %llu", sent.bytes, total);
      watch_->keys_drawn(keys_.drawn);
      std::size_t left = sent.bytes;
      for (std::size_t i = 0; i < count && left != 0; ++i) {
        const std::size_t n = std::min(left, pieces[i].size);
        watch_->put({pieces[i].data, n});
        left -= n;
      }
      patience_.left(sent.bytes, machine_->queued_bytes() == sent.bytes);
    }
    if (encrypts && sent.bytes < total) seal(std::span(pieces.data(), count), sent.bytes);
    const memory_of scale = this->scale();
    machine_->consumed(sent.bytes, world_->now);
    notes_stage();
    if (sent.status == io::failed) {
      world_->tell(who_, "a write fails");
      broken_    = true;
      reset_     = sent.is_reset;
      timed_out_ = sent.timed_out;
      return changed();
    }
    if (sent.bytes < total) {
      seen_.blocked = true;
      ++seen_.refusals;
      patience_.refused();
      machine_->output_blocked(world_->now, sealed_.size());
      break;
    }
  }
}

// Some of what the stream did not take is a record already.
void end::seal(std::span<const piece> pieces, std::size_t sent) {
  std::size_t most = world_->chance.below(300);
  sealed_.clear();
  for (const piece& p : pieces) {
    const std::size_t skip = std::min(sent, p.size);
    sent -= skip;
    const std::size_t n = std::min(most, p.size - skip);
    sealed_.insert(sealed_.end(), p.data + skip, p.data + skip + n);
    most -= n;
  }
}

void end::is_as_sealed(std::span<const piece> pieces) {
  std::size_t at = 0;
  for (const piece& p : pieces) {
    const std::size_t n = std::min(sealed_.size() - at, p.size);
    if (n != 0 && std::memcmp(sealed_.data() + at, p.data, n) != 0)
      world_->breach(who_, "bytes are changed that are encrypted already");
    at += n;
  }
  if (at < sealed_.size()) world_->breach(who_, "bytes are taken back that are encrypted already");
  sealed_.clear();
}

}  // namespace simulator
