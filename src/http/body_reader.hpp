// Reads the beginning of a response's body from bytes that come in pieces of any size: where it
// ends is said by the head. [RFC 9112 6.3, 7.1] It does not know what the body is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/head.hpp"

namespace adieu::inline v1::http {

class body_reader {
 public:
  // Of the response with that head, and of its body no more than `most` bytes.
  body_reader(const response_head& head, std::size_t most);

  // Takes bytes behind the head. Whoever has taken enough takes nothing more.
  void feed(std::string_view bytes);

  // Nothing more is wanted: the body is whole, or longer than was asked for, or not to be read any
  // further because its chunks are none.
  bool has_enough() const { return phase_ == phase::over || body_.size() >= most_; }

  const std::string& body() const { return body_; }

 private:
  enum class phase : std::uint8_t {
    all,         // until the stream ends
    counted,     // left_ bytes more
    chunk_size,  // hexadecimal digits
    extension,   // behind them, to the end of the line
    chunk,       // left_ bytes more
    chunk_end,   // the line end behind it
    over,
  };

  std::size_t take(std::string_view bytes);
  std::size_t step(char c);

  std::size_t most_;
  phase phase_        = phase::all;
  std::uint64_t left_ = 0;
  bool has_digit_     = false;  // of the chunk's size
  std::string body_;
};

}  // namespace adieu::inline v1::http
