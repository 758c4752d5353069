// Deflating message payloads, each whole, with the context of the messages before or without it.
// [RFC 7692 7.2.1] Knows no frames.
#pragma once

#include "base/byte_buffer.hpp"

#include <cstddef>
#include <memory>
#include <span>

struct z_stream_s;

namespace adieu::inline v1::wire {

struct deflate_settings {
  int level        = 1;   // zlib's, 1 to 9
  int window_bits  = 15;  // 8 to 15
  int memory_level = 8;   // zlib's, 1 to 9

  bool operator==(const deflate_settings&) const = default;
};

class deflater {
 public:
  /// Out of memory is std::bad_alloc.
  explicit deflater(const deflate_settings& how);
  ~deflater();

  /// Appends the payload of a message. Its context stays for the next one until reset().
  void message(std::span<const std::byte> from, byte_buffer& to);
  void reset() noexcept;

  const deflate_settings& settings() const noexcept { return how_; }
  /// About what one with these settings holds.
  static std::size_t footprint(const deflate_settings& how) noexcept;

 private:
  struct ends {
    void operator()(z_stream_s* stream) const noexcept;
  };

  std::unique_ptr<z_stream_s, ends> stream_;
  deflate_settings how_;
};

}  // namespace adieu::inline v1::wire
