// Ciphertext on its way to the kernel, and the plaintext that it stands for. Plaintext counts as
// handed over byte for byte as its ciphertext leaves, the last byte only when all of it has left:
// so a Close frame counts when the peer can read it, and a slow peer is seen to move. Knows no TLS.
#pragma once

#include "base/byte_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace adieu::inline v1::net {

class sealed_queue {
 public:
  bool empty() const noexcept { return begin_ == cipher_.size(); }
  std::size_t size() const noexcept { return cipher_.size() - begin_; }
  std::span<const std::byte> bytes() const noexcept { return cipher_.bytes().subspan(begin_); }
  /// What it holds on to.
  std::size_t capacity() const noexcept { return cipher_.capacity(); }
  /// Plaintext that is in here and does not count yet.
  std::size_t plaintext() const noexcept { return plaintext_; }

  void append(std::span<const std::byte> ciphertext) {
    drop_what_has_left();
    cipher_.append(ciphertext);
  }
  /// After it the next mark() needs no memory.
  void reserve_mark() {
    if (marks_.size() == marks_.capacity()) marks_.reserve(marks_.empty() ? 1 : 2 * marks_.size());
  }
  /// What was appended last, down to the previous mark, stands for so much plaintext.
  void mark(std::size_t plaintext) {
    marks_.push_back({cipher_.size(), plaintext});
    plaintext_ += plaintext;
  }
  /// So many bytes have left. Returns how much plaintext counts by that.
  std::size_t left(std::size_t n) noexcept {
    begin_ += n;
    const std::size_t before = plaintext_;
    for (; first_mark_ < marks_.size(); ++first_mark_) {
      marked& m              = marks_[first_mark_];
      const std::size_t rest = m.end > begin_ ? m.end - begin_ : 0;
      if (rest < m.plaintext) {
        plaintext_ -= m.plaintext - rest;
        m.plaintext = rest;
      }
      if (rest != 0) break;
    }
    if (empty()) clear();
    return before - plaintext_;
  }
  /// All of it, as if it had not been appended.
  void take_back() noexcept {
    clear();
    plaintext_ = 0;
  }

 private:
  struct marked {
    std::size_t end;        // in cipher_
    std::size_t plaintext;  // that does not count yet
  };
  // A peer that takes it slowly and has OpenSSL answer meanwhile would keep the queue from ever
  // being empty. Only if more has left than is moved by that.
  void drop_what_has_left() noexcept {
    if (begin_ <= size()) return;
    cipher_.drop_front(begin_);
    marks_.erase(marks_.begin(), marks_.begin() + static_cast<std::ptrdiff_t>(first_mark_));
    for (marked& m : marks_) m.end -= begin_;
    begin_ = first_mark_ = 0;
  }
  void clear() noexcept {
    cipher_.clear();
    marks_.clear();
    begin_ = first_mark_ = 0;
  }

  byte_buffer cipher_;
  std::size_t begin_ = 0;
  std::vector<marked> marks_;
  std::size_t first_mark_ = 0;
  std::size_t plaintext_  = 0;
};

}  // namespace adieu::inline v1::net
