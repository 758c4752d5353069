// Reads one HTTP/1.x head from bytes that come in pieces of any size and stops exactly behind it,
// so that WebSocket frames glued to it stay with the caller. How strict it is: head_scanner. It
// does not know what a WebSocket opening asks of a head, and reads no body.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/head.hpp"
#include "http/head_scanner.hpp"

namespace adieu::inline v1::http {

class request_reader {
 public:
  explicit request_reader(head_limits limits = {})
      : scanner_(head_scanner::kind::request, limits) {}

  // Takes bytes up to the end of the head; `used` says how many. Incomplete: all of them. Complete:
  // the rest is not ours. Otherwise the head was found wrong near there. A reader whose status is
  // not incomplete takes nothing more and repeats it. The result does not depend on how the bytes
  // were cut; the time is linear in their number. `data` may be null if `size` is 0.
  head_status feed(const std::byte* data, std::size_t size, std::size_t& used);

  // What was read, once complete; before that it is empty. A target in absolute form has become
  // path and query, and its authority the Host field [RFC 9112 3.2.2].
  const request_head& head() const { return head_; }
  request_head& head() { return head_; }

  // Once malformed.
  head_fault fault() const { return fault_; }

  // The method is HEAD; known as soon as it was read, and if the rest is wrong.
  bool asks_for_head() const { return scanner_.asks_for_head(); }

  // A body follows the head: a Content-Length other than 0, or a Transfer-Encoding [RFC 9112 6.3].
  bool announces_body() const { return announces_body_; }

 private:
  head_status understand(std::string_view whole);

  head_scanner scanner_;
  head_status status_  = head_status::incomplete;
  head_fault fault_    = head_fault::none;
  bool announces_body_ = false;
  std::string bytes_;  // of a head that came in pieces; given back once it is understood
  request_head head_;
};

// An interim response (1xx other than 101, RFC 9110 15.2) is reported like any other: the caller
// reads on with another reader.
class response_reader {
 public:
  explicit response_reader(head_limits limits = {})
      : scanner_(head_scanner::kind::response, limits) {}

  // As request_reader::feed.
  head_status feed(const std::byte* data, std::size_t size, std::size_t& used);

  // Folded fields are in one line [RFC 9112 5.2].
  const response_head& head() const { return head_; }
  response_head& head() { return head_; }

  head_fault fault() const { return fault_; }

 private:
  head_status understand(std::string_view whole);

  head_scanner scanner_;
  head_status status_ = head_status::incomplete;
  head_fault fault_   = head_fault::none;
  std::string bytes_;
  response_head head_;
};

}  // namespace adieu::inline v1::http
