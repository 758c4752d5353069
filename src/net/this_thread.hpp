// Which thread this is, for the price of an addition: the address of something that every thread
// has. Knows no loop.
#pragma once

namespace adieu::inline v1::net {

[[gnu::tls_model("initial-exec")]] inline thread_local char of_this_thread = 0;

/// Never null; another one in every thread that is alive.
inline const void* this_thread() noexcept { return &of_this_thread; }

}  // namespace adieu::inline v1::net
