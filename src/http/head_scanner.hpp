// Where the head of an HTTP/1.x message ends, and the earliest byte at which it can no longer be
// one: the grammar of RFC 9112 sections 2 to 5, one byte at a time. What the RFC lets a recipient
// tolerate is taken of a response, which nobody reads behind us (a folded field, LF without CR, a
// status line that ends in its status), and of a request refused, all but one empty line before it:
// what a proxy in front understands otherwise than we is how requests are smuggled. It keeps no
// bytes and does not know what the head says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/head_fault.hpp"

namespace adieu::inline v1::http {

enum class head_status { incomplete, complete, malformed, too_large, too_many_fields };

struct head_limits {
  // The start line, all fields and the empty line together.
  std::uint32_t bytes  = 16 * 1024;
  std::uint32_t fields = 128;
};

class head_scanner {
 public:
  enum class kind : std::uint8_t { request, response };

  explicit head_scanner(kind k, head_limits limits = {});

  // Looks at bytes until the head ends or is found wrong and says at how many it looked: of a
  // complete head exactly to its end. Looks at nothing once the status is other than incomplete.
  std::size_t scan(std::string_view bytes);

  head_status status() const { return status_; }
  // Of a malformed one.
  head_fault fault() const { return fault_; }
  // Something in it was tolerated.
  bool is_odd() const { return odd_; }
  // The method HEAD was read, whatever came behind it.
  bool asks_for_head() const { return asks_for_head_ && phase_ > phase::method; }

 private:
  enum class phase : std::uint8_t {
    start,
    start_line_feed,
    behind_empty_line,
    proxy_signature,
    method,
    target,
    version,
    version_end,
    status,
    reason,
    line_feed,
    line_start,
    name,
    value,
    last_line_feed,
  };

  head_status step(char c);
  head_status step_before_request(char c);
  head_status step_in_method(char c);
  head_status step_in_target(char c);
  head_status step_in_status_line(char c);
  head_status step_in_version(char c);
  head_status step_at_version_end(char c);
  head_status step_in_field(char c);
  head_status begin_line(char c);
  head_status end_line(char c);
  head_status stay();
  head_status go(phase next);
  head_status wrong(head_fault how);

  head_limits limits_;
  std::uint32_t size_     = 0;
  std::uint32_t position_ = 0;  // within the phase
  std::uint32_t fields_   = 0;
  kind kind_;
  phase phase_;
  head_status status_ = head_status::incomplete;
  head_fault fault_   = head_fault::none;
  bool odd_           = false;
  bool asks_for_head_ = true;  // by as much of the method as was read
};

}  // namespace adieu::inline v1::http
