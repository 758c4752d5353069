// Where the library tells what no event tells. Knows who asks for it, not where it goes: that is
// the log hook's, which the layer that does input and output puts in here.
#pragma once

#include <adieu/log.hpp>

#include <string_view>

namespace adieu::inline v1 {

/// One line for the log. `text` may have bytes of the peer's: they are escaped here. It takes no
/// memory and never waits; on the connection's thread.
void log(log_level level, std::string_view text,
         const websocket_ref* connection = nullptr) noexcept;

/// Who takes the lines; until then there is nobody.
using log_taker = void (*)(const log_entry&) noexcept;
void log_goes_to(log_taker taker) noexcept;

}  // namespace adieu::inline v1
