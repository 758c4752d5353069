// Inflating message payloads piece by piece, with the context of the messages before or without it.
// [RFC 7692 7.2.2] The bound on what comes out holds while it comes out. Knows no frames.
#pragma once

#include "base/byte_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct z_stream_s;

namespace adieu::inline v1::wire {

enum class inflated : std::uint8_t {
  fine,
  invalid,  // no DEFLATE data, or not to its end
  too_big,  // it would be more than was allowed
};

class inflater {
 public:
  /// `window_bits`: 8 to 15, not below what the sender uses. Out of memory is std::bad_alloc.
  explicit inflater(int window_bits = 15);
  ~inflater();

  /// Appends what this piece of a message's payload gives. `to` never holds more than `most`.
  inflated piece(std::span<const std::byte> from, byte_buffer& to, std::uint64_t most);
  /// The payload was whole. Its context stays for the next message until reset().
  inflated end_message(byte_buffer& to, std::uint64_t most);
  void reset() noexcept;

  std::size_t footprint() const noexcept { return footprint(window_bits_); }
  /// About what one holds, at most.
  static std::size_t footprint(int window_bits) noexcept;

 private:
  struct ends {
    void operator()(z_stream_s* stream) const noexcept;
  };

  inflated run(std::span<const std::byte> from, byte_buffer& to, std::uint64_t most);

  std::unique_ptr<z_stream_s, ends> stream_;
  int window_bits_;
  bool begun_       = false;  // a byte of the message has come
  bool after_final_ = false;  // the block before was marked as the last one
};

}  // namespace adieu::inline v1::wire
