// What Linux does in one call and other systems in several, or not at all. Both kinds are compiled
// on Linux, where the portable one is tested. Knows no connection.
#pragma once

#include <cstddef>
#include <csignal>
#include <span>
#include <sys/socket.h>

namespace adieu::inline v1::net {

/// The calls give what the system gives: -1 with errno. No thread rule: there is no state.
struct system_calls {
  /// A TCP socket that does not block and closes on exec.
  int (*make_socket)(int family) noexcept;
  /// As accept(); what is accepted does not block and closes on exec.
  int (*accept)(int listening, sockaddr* from, socklen_t* size) noexcept;
  /// As pipe(); neither end blocks, both close on exec.
  int (*make_pipe)(int (&ends)[2]) noexcept;
  /// As getrandom(), of at most 256 bytes: how many came.
  std::ptrdiff_t (*random)(std::byte* to, std::size_t size) noexcept;
  /// Takes one of these away, if it is pending for this thread.
  void (*take_pending)(const sigset_t& of) noexcept;
  int send_quietly;  ///< flag of send(): no SIGPIPE; 0 where make_socket() and accept() see to it
  int more_follows;  ///< flag of send(): the end follows at once; 0 where there is none
  /// A folder with a file for each descriptor, which open() opens anew; null where there is none.
  const char* descriptors;
};

extern const system_calls linux_calls;  // on Linux only
extern const system_calls posix_calls;

/// Linux's own on Linux, unless the environment's ADIEU_POLLER=asio chooses what is portable.
const system_calls& calls() noexcept;

}  // namespace adieu::inline v1::net
