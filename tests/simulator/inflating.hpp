// One direction's compressed messages, inflated once more: by zlib itself, with the window that was
// agreed on and no larger. [RFC 7692 7.2.2] Knows no frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

struct z_stream_s;

namespace simulator {

class inflating {
 public:
  inflating()                            = default;
  inflating(const inflating&)            = delete;
  inflating& operator=(const inflating&) = delete;
  ~inflating();

  /// A new direction.
  void begin(unsigned window_bits);
  /// A message of that much begins.
  void message(std::size_t size, bool with_context);
  void more(std::span<const std::byte> bytes);
  /// The message is over; whether it is this one.
  bool is(std::span<const std::byte> meant);

 private:
  z_stream_s* stream_ = nullptr;
  std::vector<std::byte> out_;
  std::size_t got_ = 0;
  bool bad_        = false;
};

}  // namespace simulator
