// Input that is not parsed now: kept while the application does not read, begun and not whole, or
// thrown away while the stream is being ended. Knows no frames.
#include "protocol/connection.hpp"

#include <algorithm>
#include <utility>

namespace adieu::inline v1::protocol {
namespace {

// What is read and thrown away while the stream is being ended.
constexpr std::uint64_t discard_limit = 1 << 20;

}  // namespace

void connection::keep_input() {
  checked_ = {};  // its bytes may be others' from now on
  if (in_ == in_end_) {
    // All that was kept has been handed out: not once more.
    if (incoming_ && std::exchange(incoming_->replaying, false)) incoming_->forget_kept();
    return;
  }
  incoming& part = arriving();
  if (std::exchange(part.replaying, false)) {
    part.keep_from(in_);
  } else {
    part.kept.append({in_, in_end_});
  }
  in_ = in_end_ = nullptr;
}

void connection::replay_input() noexcept {
  if (!has_kept_input() || in_ != in_end_) return;
  incoming_->replaying = true;
  in_                  = incoming_->kept.data() + incoming_->kept_done;
  in_end_              = incoming_->kept.data() + incoming_->kept.size();
}

void connection::discard_input() {
  const auto n = static_cast<std::uint64_t>(in_end_ - in_);
  if (n != 0) record().discarded += n;
  in_ = in_end_;
}

bool connection::wants_input() const noexcept {
  if (input_ended_ || stage_ == stage::closed) return false;
  return reads_frames(stage_) || !record_ || record_->discarded < discard_limit;
}

void connection::stash(const std::byte* from, std::size_t n) {
  incoming& part = arriving();
  std::copy_n(from, n, part.start.data());
  part.start_size = static_cast<std::uint8_t>(n);
}

incoming& connection::arriving() {
  if (!incoming_) incoming_ = terms_->shared->incomings.take();
  return *incoming_;
}

}  // namespace adieu::inline v1::protocol
