// Linux: epoll and Linux's own calls, unless what is portable is asked for.
#include "net/poller.hpp"
#include "net/system_calls.hpp"

#include <cstdlib>
#include <cstring>

namespace adieu::inline v1::net {
namespace {

bool is_portable_asked_for() noexcept {
  const char* choice = std::getenv("ADIEU_POLLER");
  return choice && std::strcmp(choice, "asio") == 0;
}

}  // namespace

make_poller* preferred_poller() noexcept {
  return is_portable_asked_for() ? make_asio_poller : make_epoll_poller;
}

const system_calls& calls() noexcept {
  static const system_calls& chosen = is_portable_asked_for() ? posix_calls : linux_calls;
  return chosen;
}

}  // namespace adieu::inline v1::net
