// What a connection has queued and not yet handed to the transport: bytes in order, large payloads
// beside them without a copy, and which of the bytes are messages. Knows no frames but their sizes.
#pragma once

#include "base/byte_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace adieu::inline v1::protocol {

/// A run of bytes to be sent.
struct piece {
  const std::byte* data;
  std::size_t size;
};

class outbox {
 public:
  bool empty() const noexcept { return begin_ == end_; }
  std::uint64_t size() const noexcept { return end_ - begin_; }

  // Messages that are not handed over whole: how many, and how many payload bytes of them remain.
  std::uint64_t messages() const noexcept { return marks_.size() - first_mark_; }
  std::uint64_t payload() const noexcept { return payload_; }

  /// Room for `n` bytes; they are queued once append(n) is called.
  std::byte* room(std::size_t n) {
    if (small_.capacity() - small_.size() < n) [[unlikely]]
      drop_consumed();
    return small_.room(n);
  }
  void append(std::size_t n) noexcept {
    small_.grown_by(n);
    end_ += n;
  }
  /// Queues bytes that stay where they are: until keep_borrowed(), which copies what is left.
  void append_borrowed(std::span<const std::byte> bytes);
  /// After it the next append_borrowed() or end_message() needs no memory.
  void reserve_large() { reserve_one(large_, first_large_); }
  void reserve_mark() { reserve_one(marks_, first_mark_); }
  void append_owned(byte_buffer bytes);
  bool borrows() const noexcept { return borrows_; }
  void keep_borrowed();

  /// The bytes queued last, down to the previous mark, are a message of that much payload. If it
  /// was compressed all of that remains until the last byte has been handed over.
  void end_message(std::uint64_t payload, bool compressed = false) {
    marks_.push_back({end_, payload, compressed});
    payload_ += payload;
  }
  /// The first `n` bytes cannot be taken back.
  void fix(std::size_t n) noexcept { fixed_ = begin_ + n; }
  /// Takes back the last `n` bytes, if none of them has been handed over. They must be small ones.
  bool retract(std::size_t n) noexcept;

  /// The next bytes to be sent, in as many pieces as fit.
  std::size_t pieces(std::span<piece> to) const noexcept;
  /// That many bytes were handed to the transport.
  void consumed(std::uint64_t n);

  /// Memory that an empty outbox holds on to.
  std::size_t footprint() const noexcept {
    return small_.capacity() + marks_.capacity() * sizeof(mark) + large_.capacity() * sizeof(large);
  }

 private:
  struct mark {
    std::uint64_t end;           // where the message ends in the stream
    std::uint64_t payload : 63;  // how much of it counts in payload_
    std::uint64_t compressed : 1;
  };
  struct large {
    std::size_t at;  // where in small_ it belongs
    std::span<const std::byte> bytes;
    byte_buffer owned;  // empty if borrowed
  };

  // What was handed over makes room for what comes, once it is the half: a queue that is never
  // empty stays as small as what it holds.
  template <typename T>
  static void reserve_one(std::vector<T>& in, std::size_t& first) {
    if (in.size() != in.capacity()) [[likely]]
      return;
    if (first == 0 || first * 2 < in.size()) return in.reserve(in.empty() ? 1 : 2 * in.size());
    in.erase(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(first));
    first = 0;
  }
  void drop_consumed() noexcept;
  void consume_pieces(std::uint64_t n);
  void consume_marks();
  void clear() noexcept;

  byte_buffer small_;
  std::size_t small_begin_ = 0;
  std::vector<large> large_;
  std::size_t first_large_ = 0;
  std::vector<mark> marks_;
  std::size_t first_mark_ = 0;
  std::uint64_t begin_    = 0;  // positions in the stream of all that was ever queued
  std::uint64_t end_      = 0;
  std::uint64_t fixed_    = 0;
  std::uint64_t payload_  = 0;
  bool borrows_           = false;
};

}  // namespace adieu::inline v1::protocol
