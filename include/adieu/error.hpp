// What a caller can do wrong: eight values, and no more. How a connection ended is never one of
// them (see ending.hpp). Knows no Boost; error_code.hpp makes them error codes.
#pragma once

#include <adieu/config.hpp>

#include <cstdint>
#include <string_view>

namespace adieu::inline v1 {

/// The caller's mistakes. The call that reports one has changed nothing.
enum class error : std::uint8_t {
  none = 0,
  not_open,           ///< send() on a websocket that is not open
  bad_close_code,     ///< a code that this end may not send
  reason_too_long,    ///< a reason over 123 bytes, or a reason without a code
  invalid_utf8,       ///< text that is not UTF-8
  send_queue_full,    ///< `buffered_amount()` is at `max_buffered`
  already_receiving,  ///< a second async_receive while one waits
  bad_url,            ///< not a ws:// or wss:// URL
  bad_option,         ///< an option that cannot be, or a header with CR, LF or NUL
};

/// A sentence that says what to do.
ADIEU_API std::string_view explain(error value) noexcept;

}  // namespace adieu::inline v1
