// Other systems than Linux: there is only what is portable.
#include "net/poller.hpp"
#include "net/system_calls.hpp"

namespace adieu::inline v1::net {

make_poller* preferred_poller() noexcept { return make_asio_poller; }
const system_calls& calls() noexcept { return posix_calls; }

}  // namespace adieu::inline v1::net
