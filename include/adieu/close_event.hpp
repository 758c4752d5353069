// The close event: an ending (ending.hpp) and the error that the system or TLS gave. Delivered
// exactly once per connection, last of all.
#pragma once

#include <adieu/ending.hpp>
#include <adieu/error_code.hpp>

namespace adieu::inline v1 {

/// What on_close and async_closed tell.
struct close_event : ending {
  /// The operating system's or TLS's own error; unset when clean.
  error_code error = {};
};

/// One line for a log: who ended it, how, what was lost, what to do.
ADIEU_API std::string explain(const close_event& event);

}  // namespace adieu::inline v1
