// Three queues, in the order of the messages' age.
#include "protocol/backlog.hpp"

#include "wire/utf8.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace adieu::inline v1::protocol {

void backlog::lost(std::size_t n, std::uint64_t bytes, bool too_big) noexcept {
  remaining(n);
  std::uint64_t whole = 0;
  for (const message& m : with_connection_) whole += m.size();
  if (too_big && whole > bytes) never_again_ = unsent_.size();
  unsent_.splice(unsent_.end(), with_connection_);
}

error backlog::queue(message_view later) {
  if (most_messages_ == 0) return error::not_open;
  if (later.is_text() && !wire::is_utf8(later.bytes().data(), later.size()))
    return error::invalid_utf8;
  if (queued_.size() >= most_messages_ || queued_bytes_ + later.size() > most_bytes_)
    return error::send_queue_full;
  queued_.emplace_back(later);
  queued_bytes_ += later.size();
  return error::none;
}

void backlog::resume() noexcept {
  if (never_again_)
    unsent_.erase(std::next(unsent_.begin(), static_cast<std::ptrdiff_t>(*never_again_)));
  never_again_.reset();
  if (most_messages_ == 0) return unsent_.clear();
  for (const message& m : unsent_) queued_bytes_ += m.size();
  queued_.splice(queued_.begin(), unsent_);
}

void backlog::next_handed_over() noexcept {
  queued_bytes_ -= queued_.front().size();
  with_connection_.splice(with_connection_.end(), queued_, queued_.begin());
}

std::vector<message> backlog::take() {
  std::vector<message> all;
  all.reserve(unsent_.size() + queued_.size());
  for (auto* from : {&unsent_, &queued_}) {
    std::move(from->begin(), from->end(), std::back_inserter(all));
    from->clear();
  }
  never_again_.reset();
  queued_bytes_ = 0;
  return all;
}

void backlog::clear() noexcept {
  with_connection_.clear();
  unsent_.clear();
  queued_.clear();
  never_again_.reset();
  queued_bytes_ = 0;
}

}  // namespace adieu::inline v1::protocol
