// The close event: an ending (ending.hpp), the error that the system or TLS gave, what a handler
// threw, and the response that refused the opening. Delivered exactly once per connection, last of
// all.
#pragma once

#include <adieu/ending.hpp>
#include <adieu/error_code.hpp>
#include <adieu/opening_response.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>

namespace adieu::inline v1 {

/// What on_close and async_closed tell.
struct close_event : ending {
  /// The operating system's or TLS's own error; unset when clean.
  error_code error = {};
  /// Bytes of the stream (frames, TLS) that the kernel took and the peer's kernel had not
  /// acknowledged when the stream was closed. 0 if `was_clean`; empty where the system does not
  /// tell (it does for TCP on Linux). No upper bound of what was lost: what was acknowledged need
  /// not have been read, and a proxy acknowledges, too. Only an answer of the peer's application
  /// says that a message has arrived.
  std::optional<std::uint64_t> unacknowledged_bytes = {};
  /// What a handler threw, if that ended the connection (cause handler_failed); else null.
  std::exception_ptr exception = {};
  /// Client: the HTTP response that refused the opening (cause refused); null if there was none
  /// that could be read. Shared by all copies of the event.
  std::shared_ptr<const opening_response> response = {};
};

/// One line for a log: who ended it, how, what was lost, what to do. Of a response that refused the
/// opening it has the Location or WWW-Authenticate field, not the body. What the peer said is
/// escaped: it can neither forge a line nor drive a terminal.
ADIEU_API std::string explain(const close_event& event);

}  // namespace adieu::inline v1
