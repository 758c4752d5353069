// Counts what comes back on one connection: whole messages, in however many frames the server
// likes, each of the expected length and kind; some are compared byte by byte. And the other thing
// that may come back, a Close. Know no socket.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "traffic.hpp"

namespace load {

class reply_counter {
 public:
  /// Returns how many messages became complete with these bytes.
  std::size_t count(std::string_view bytes, const traffic& expected);

 private:
  std::size_t count_raw(std::string_view bytes, const traffic& expected);
  /// Takes header bytes from the front; true once the header is complete.
  bool read_header(std::string_view& bytes, const traffic& expected);
  void begin_frame(const traffic& expected);
  void take_payload(std::string_view bytes, const traffic& expected);
  void check_length(const traffic& expected);

  std::uint64_t left_of_frame_ = 0;
  std::size_t message_offset_  = 0;
  std::uint32_t messages_      = 0;
  std::array<std::uint8_t, 10> header_{};
  std::uint8_t header_size_ = 0;
  std::string deflated_;  // of a reply that is to be compared
  bool in_payload_ = false;
  bool final_      = false;
};

class close_reader {
 public:
  /// Fails on anything that is not a Close with 1000, or a part of one.
  void read(std::string_view bytes);
  bool complete() const { return size_ == expected.size(); }

 private:
  static constexpr std::array<std::uint8_t, 4> expected = {0x88, 0x02, 0x03, 0xe8};
  std::uint8_t size_                                    = 0;
};

}  // namespace load
