// The queue of bytes: two lists in step, the small bytes in one buffer and the large payloads that
// belong between them.
#include "protocol/outbox.hpp"

#include <algorithm>

namespace adieu::inline v1::protocol {

void outbox::append_borrowed(std::span<const std::byte> bytes) {
  large_.push_back({small_.size(), bytes, {}});
  end_ += bytes.size();
  borrows_ = true;
}

void outbox::append_owned(byte_buffer bytes) {
  reserve_large();
  const auto view = bytes.bytes();
  large_.push_back({small_.size(), view, std::move(bytes)});
  end_ += view.size();
}

void outbox::keep_borrowed() {
  if (!borrows_) return;
  borrows_ = false;
  for (std::size_t i = first_large_; i < large_.size(); ++i) {
    large& l = large_[i];
    if (!l.owned.empty()) continue;
    l.owned.reserve(l.bytes.size());
    l.owned.append(l.bytes);
    l.bytes = l.owned.bytes();
  }
}

bool outbox::retract(std::size_t n) noexcept {
  if (end_ < std::max(begin_, fixed_) + n) return false;
  small_.shrink_to(small_.size() - n);
  end_ -= n;
  return true;
}

std::size_t outbox::pieces(std::span<piece> to) const noexcept {
  std::size_t count = 0;
  std::size_t from  = small_begin_;
  for (std::size_t i = first_large_; count < to.size(); ++i) {
    const std::size_t until = i < large_.size() ? large_[i].at : small_.size();
    if (until > from) to[count++] = {small_.data() + from, until - from};
    if (i >= large_.size() || count == to.size()) break;
    to[count++] = {large_[i].bytes.data(), large_[i].bytes.size()};
    from        = until;
  }
  return count;
}

void outbox::consumed(std::uint64_t n) {
  begin_ += n;
  if (begin_ == end_) return clear();
  consume_pieces(n);
  consume_marks();
}

void outbox::consume_pieces(std::uint64_t n) {
  while (n > 0) {
    const bool has_large    = first_large_ < large_.size();
    const std::size_t until = has_large ? large_[first_large_].at : small_.size();
    const auto small        = std::min<std::uint64_t>(n, until - small_begin_);
    small_begin_ += small;
    n -= small;
    if (n == 0 || !has_large) break;
    large& l        = large_[first_large_];
    const auto part = std::min<std::uint64_t>(n, l.bytes.size());
    l.bytes         = l.bytes.subspan(part);
    n -= part;
    if (l.bytes.empty()) {
      l.owned = {};
      ++first_large_;
    }
  }
}

void outbox::drop_consumed() noexcept {
  if (small_begin_ == 0 || small_begin_ * 2 < small_.size()) return;
  small_.drop_front(small_begin_);
  for (std::size_t i = first_large_; i < large_.size(); ++i) large_[i].at -= small_begin_;
  small_begin_ = 0;
}

void outbox::consume_marks() {
  while (first_mark_ < marks_.size() && marks_[first_mark_].end <= begin_)
    payload_ -= marks_[first_mark_++].payload;
  if (first_mark_ < marks_.size() && !marks_[first_mark_].compressed) {
    // A head goes before its payload: what is left of the frame is payload first of all.
    mark& m         = marks_[first_mark_];
    const auto left = std::min<std::uint64_t>(m.payload, m.end - begin_);
    payload_ -= m.payload - left;
    m.payload = left;
  }
}

void outbox::clear() noexcept {
  small_.clear();
  large_.clear();
  marks_.clear();
  small_begin_ = first_large_ = first_mark_ = 0;
  payload_                                  = 0;
  borrows_                                  = false;
}

}  // namespace adieu::inline v1::protocol
