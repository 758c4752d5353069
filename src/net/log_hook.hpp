// The process's log hook. Knows no line of the log.
#pragma once

namespace adieu::inline v1::net {

/// What is logged goes to the hook from now on. Every loop asks for it.
void open_log() noexcept;

}  // namespace adieu::inline v1::net
