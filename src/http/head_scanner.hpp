// Where the head of an HTTP/1.x message ends, and the earliest byte at which it can no longer be
// one: the grammar of RFC 9112 sections 2 to 5, one byte at a time, without what it lets a
// recipient tolerate (obs-fold, bare CR or LF, blanks before a colon, an empty line first). It
// keeps no bytes and does not know what the head says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace adieu::inline v1::http {

enum class head_status { incomplete, complete, malformed, too_large, too_many_fields };

// The start line, all fields and the empty line together.
inline constexpr std::size_t head_limit  = 16 * 1024;
inline constexpr std::size_t field_limit = 128;

class head_scanner {
 public:
  enum class kind : std::uint8_t { request, response };

  explicit head_scanner(kind k);

  // Looks at bytes until the head ends or is found wrong and says at how many it looked: of a
  // complete head exactly to its end. Looks at nothing once the status is other than incomplete.
  std::size_t scan(std::string_view bytes);

  head_status status() const { return status_; }

 private:
  enum class phase : std::uint8_t {
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
  head_status step_in_request_line(char c);
  head_status step_in_status_line(char c);
  head_status step_in_version(char c);
  head_status step_in_field(char c);
  head_status begin_field(char c);
  head_status stay();
  head_status go(phase next);

  std::uint16_t size_     = 0;
  std::uint16_t position_ = 0;  // within the phase
  std::uint16_t fields_   = 0;
  kind kind_;
  phase phase_;
  head_status status_ = head_status::incomplete;
};

static_assert(head_limit <= UINT16_MAX && field_limit < UINT16_MAX);

}  // namespace adieu::inline v1::http
