// The wheel turned: entries of a later turn stay in their slot and are passed over.
#include "net/deadline_wheel.hpp"

#include <algorithm>
#include <bit>

namespace adieu::inline v1::net {

void deadline_wheel::schedule(entry& e, time at) noexcept {
  if (at == protocol::never) return cancel(e);
  const std::int64_t tick = std::max(tick_of(at), current_ + 1);
  if (e.tick_ == firing) return;
  if (e.tick_ != none) {
    if (e.tick_ <= tick) return;
    cancel(e);
  }
  insert(e, tick);
}

void deadline_wheel::insert(entry& e, std::int64_t tick) noexcept {
  const std::size_t slot = slot_of(tick);
  e.tick_                = tick;
  soonest_               = size_ == 0 ? tick : std::min(soonest_, tick);
  link(e, slot);
  occupied_[slot / 64] |= std::uint64_t{1} << slot % 64;
  ++size_;
}

void deadline_wheel::link(entry& e, std::size_t slot) noexcept {
  e.prev_ = nullptr;
  e.next_ = slots_[slot];
  if (e.next_) e.next_->prev_ = &e;
  slots_[slot] = &e;
}

void deadline_wheel::cancel(entry& e) noexcept {
  if (e.tick_ == none) return;
  const std::size_t slot                    = e.tick_ == firing ? slots : slot_of(e.tick_);
  (e.prev_ ? e.prev_->next_ : slots_[slot]) = e.next_;
  if (e.next_) e.next_->prev_ = e.prev_;
  if (slot < slots && !slots_[slot]) occupied_[slot / 64] &= ~(std::uint64_t{1} << slot % 64);
  e.next_ = e.prev_ = nullptr;
  e.tick_           = none;
  --size_;
}

void deadline_wheel::advance(time now, turn_time* left) {
  if (!tell(now, left)) return;  // those that are left over
  const std::int64_t until = now.time_since_epoch() / slice;
  if (size_ == 0) {
    current_ = std::max(current_, until);
    return;
  }
  current_ = std::max(current_, until - static_cast<std::int64_t>(slots));  // once round is enough
  while (current_ < until) {
    collect(slot_of(++current_), until);
    if (!tell(now, left)) return;
  }
}

void deadline_wheel::collect(std::size_t slot, std::int64_t until) {
  for (entry* e = slots_[slot]; e;) {
    entry* const next = e->next_;
    if (e->tick_ <= until) {
      cancel(*e);
      e->tick_ = firing;
      link(*e, slots);
      ++size_;
    }
    e = next;
  }
}

// False: there is no time for the rest. due() may schedule again, cancel others, and throw.
bool deadline_wheel::tell(time now, turn_time* left) {
  while (entry* e = slots_[slots]) {
    if (left && left->is_over()) return false;
    cancel(*e);
    e->due(now);
    if (left) left->spend(turn_time::a_call);
  }
  return true;
}

deadline_wheel::time deadline_wheel::next(time now) noexcept {
  if (size_ == 0) return protocol::never;
  // The next occupied slot, whatever turn its entries are for.
  const auto from = std::max<std::int64_t>(
      current_ + 1, now.time_since_epoch() / slice - static_cast<std::int64_t>(slots));
  for (std::size_t ahead = 0; ahead < slots;) {
    const std::size_t slot   = slot_of(from + static_cast<std::int64_t>(ahead));
    const std::uint64_t word = occupied_[slot / 64] >> slot % 64;
    if (word != 0) {
      ahead += static_cast<std::size_t>(std::countr_zero(word));
      soonest_ = from + static_cast<std::int64_t>(ahead);
      return time(slice * soonest_);
    }
    ahead += 64 - slot % 64;
  }
  return protocol::never;
}

}  // namespace adieu::inline v1::net
