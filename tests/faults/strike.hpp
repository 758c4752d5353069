// Faults on demand: the n-th system call of a kind, or the n-th allocation, of this program fails.
// The calls are replaced by definitions of this program's (strike.cpp), and so is operator new; the
// linker (--wrap) leads realloc() and aligned_alloc() here, which the library's buffers and Asio
// use. OpenSSL's and zlib's own allocations are not touched. Knows nothing of WebSocket.
#pragma once

#include <cstddef>
#include <ostream>

namespace adieu::tests {

enum class call {
  recv,
  send,
  sendmsg,
  epoll_wait,
  epoll_add,  // EPOLL_CTL_ADD: changing and removing need no memory
  socket,
  connect,
  accept4,
  shutdown,
  getrandom,
  allocation,       // operator new, realloc()
  asio_allocation,  // aligned_alloc(): Asio's memory for what it waits for
};
const char* name(call which);

/// What a call does instead of its work.
struct fault {
  call which;
  int error;  // errno; 0: it moves one byte only
};
std::ostream& operator<<(std::ostream& to, const fault& f);

/// From now on the n-th such call (1: the next) fails, and those behind it, `in_a_row` in all.
void arm(fault with, int nth, int in_a_row = 1);
/// Nothing fails any more. True if something has failed since arm().
bool disarm();

/// A test's own calls and allocations, which neither fail nor count.
class out_of_reach {
 public:
  out_of_reach() noexcept;
  out_of_reach(const out_of_reach&)            = delete;
  out_of_reach& operator=(const out_of_reach&) = delete;
  ~out_of_reach();
};

/// What has failed since arm().
int strikes_so_far();
/// Blocks of operator new that have not been deleted.
std::ptrdiff_t blocks_alive() noexcept;

}  // namespace adieu::tests
