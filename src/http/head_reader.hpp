// Reads one HTTP/1.x head from bytes that come in pieces of any size and stops exactly behind it,
// so that WebSocket frames glued to it stay with the caller. As strict as RFC 9112 lets a recipient
// be. It does not know what a WebSocket opening asks of a head, and reads no body.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/head.hpp"
#include "http/head_scanner.hpp"

namespace adieu::inline v1::http {

class request_reader {
 public:
  // Takes bytes up to the end of the head; `used` says how many. Incomplete: all of them. Complete:
  // the rest is not ours. Otherwise the head was found wrong near there. A reader whose status is
  // not incomplete takes nothing more and repeats it. The result does not depend on how the bytes
  // were cut; the time is linear in their number. `data` may be null if `size` is 0.
  head_status feed(const std::byte* data, std::size_t size, std::size_t& used);

  // What was read, once complete; before that it is empty.
  const request_head& head() const { return head_; }
  request_head& head() { return head_; }

  // A body follows the head: a Content-Length other than 0, or a Transfer-Encoding [RFC 9112 6.3].
  bool announces_body() const { return announces_body_; }

 private:
  head_status understand(std::string_view whole);

  head_scanner scanner_{head_scanner::kind::request};
  head_status status_  = head_status::incomplete;
  bool announces_body_ = false;
  std::string bytes_;  // of a head that came in pieces; given back once it is understood
  request_head head_;
};

// An interim response (1xx other than 101, RFC 9110 15.2) is reported like any other: the caller
// reads on with another reader.
class response_reader {
 public:
  // As request_reader::feed.
  head_status feed(const std::byte* data, std::size_t size, std::size_t& used);

  const response_head& head() const { return head_; }
  response_head& head() { return head_; }

 private:
  head_status understand(std::string_view whole);

  head_scanner scanner_{head_scanner::kind::response};
  head_status status_ = head_status::incomplete;
  std::string bytes_;
  response_head head_;
};

}  // namespace adieu::inline v1::http
