// Faster ways for messages that lie whole in memory and share no context: one interface, one back
// end a file. zlib's are always there; the others give null if the library was built without them.
// Knows no frames.
#pragma once

#include "base/byte_buffer.hpp"
#include "wire/inflater.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace adieu::inline v1::wire {

/// Behind the payload given to a whole_inflater: what the sender left out, and an end.
inline constexpr std::array payload_end{std::byte{0x00}, std::byte{0x00}, std::byte{0xFF},
                                        std::byte{0xFF}, std::byte{0x01}, std::byte{0x00},
                                        std::byte{0x00}, std::byte{0xFF}, std::byte{0xFF}};

class whole_inflater {
 public:
  virtual ~whole_inflater() = default;
  /// `from`: a payload and payload_end. `to` is empty, and never holds more than `most`.
  virtual inflated inflate(std::span<const std::byte> from, byte_buffer& to,
                           std::uint64_t most) = 0;
};

class whole_deflater {
 public:
  virtual ~whole_deflater() = default;
  /// Appends the payload of a message, with a window of 32 KiB and quickly.
  virtual void deflate(std::span<const std::byte> from, byte_buffer& to) = 0;
};

std::unique_ptr<whole_inflater> inflate_whole_with_zlib();
std::unique_ptr<whole_inflater> inflate_whole_with_libdeflate();
std::unique_ptr<whole_deflater> deflate_whole_with_zlib();
std::unique_ptr<whole_deflater> deflate_whole_with_isal();

}  // namespace adieu::inline v1::wire
