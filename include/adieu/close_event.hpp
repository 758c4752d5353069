// The close event: an ending (ending.hpp), the error that the system or TLS gave, and what a
// handler threw. Delivered exactly once per connection, last of all.
#pragma once

#include <adieu/ending.hpp>
#include <adieu/error_code.hpp>

#include <cstdint>
#include <exception>
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
};

/// One line for a log: who ended it, how, what was lost, what to do.
ADIEU_API std::string explain(const close_event& event);

}  // namespace adieu::inline v1
