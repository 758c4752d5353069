// The calls replaced. They go to the kernel by number, so that nothing of the library's has to
// know.
#include "faults/strike.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace adieu::tests {
namespace {

fault armed{};
int left   = 0;  // calls until it strikes; 0: not armed
int more   = 0;  // that fail behind it
int struck = 0;
int nested = 0;                        // out_of_reach
std::atomic<std::ptrdiff_t> alive{0};  // threads that look names up delete

bool strikes(call which) noexcept {
  if (left == 0 || nested != 0 || armed.which != which) return false;
  if (--left != 0) return false;
  if (more != 0 && more-- != 0) left = 1;
  ++struck;
  return true;
}

// The result of a call that moves bytes, of which one that is short moves only the first.
template <typename Real>
long moving(call which, std::size_t size, Real real) {
  if (!strikes(which)) return real(size);
  if (armed.error == 0) return real(size == 0 ? 0 : 1);
  errno = armed.error;
  return -1;
}

constexpr auto nothing = [] {};

template <typename Real, typename Before = decltype(nothing)>
long failing(call which, Real real, Before before = {}) {
  if (!strikes(which)) return real();
  before();
  errno = armed.error;
  return -1;
}

}  // namespace

const char* name(call which) {
  constexpr const char* names[] = {
      "recv",    "send",    "sendmsg",  "epoll_wait", "epoll_ctl(ADD)", "socket",
      "connect", "accept4", "shutdown", "getrandom",  "an allocation",  "an allocation of Asio's"};
  return names[static_cast<int>(which)];
}

std::ostream& operator<<(std::ostream& to, const fault& f) {
  return to << name(f.which) << ": " << (f.error == 0 ? "one byte" : ::strerrorname_np(f.error));
}

void arm(fault with, int nth, int in_a_row) {
  armed  = with;
  left   = nth;
  more   = in_a_row - 1;
  struck = 0;
}

bool disarm() {
  left = 0;
  return struck != 0;
}

int strikes_so_far() { return struck; }

out_of_reach::out_of_reach() noexcept { ++nested; }
out_of_reach::~out_of_reach() { --nested; }

std::ptrdiff_t blocks_alive() noexcept { return alive; }

}  // namespace adieu::tests

namespace tests = adieu::tests;
using tests::call;

extern "C" {

ssize_t recv(int fd, void* to, size_t size, int flags) {
  return tests::moving(call::recv, size, [&](std::size_t n) {
    return ::syscall(SYS_recvfrom, fd, to, n, flags, nullptr, nullptr);
  });
}

ssize_t send(int fd, const void* from, size_t size, int flags) {
  return tests::moving(call::send, size, [&](std::size_t n) {
    return ::syscall(SYS_sendto, fd, from, n, flags, nullptr, 0);
  });
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  return tests::moving(call::sendmsg, 2, [&](std::size_t n) {
    if (n != 1) return ::syscall(SYS_sendmsg, fd, message, flags);
    return ::syscall(SYS_sendto, fd, message->msg_iov[0].iov_base, 1, flags, nullptr, 0);
  });
}

int epoll_wait(int fd, epoll_event* to, int most, int timeout) {
  return static_cast<int>(tests::failing(call::epoll_wait, [&] {
    return ::syscall(SYS_epoll_pwait, fd, to, most, timeout, nullptr, 0);
  }));
}

int epoll_ctl(int fd, int operation, int of, epoll_event* e) noexcept {
  const auto real = [&] { return ::syscall(SYS_epoll_ctl, fd, operation, of, e); };
  return static_cast<int>(operation == EPOLL_CTL_ADD ? tests::failing(call::epoll_add, real)
                                                     : real());
}

int socket(int domain, int type, int protocol) noexcept {
  return static_cast<int>(
      tests::failing(call::socket, [&] { return ::syscall(SYS_socket, domain, type, protocol); }));
}

// One that was interrupted goes on by itself. [connect(2)]
int connect(int fd, const sockaddr* to, socklen_t size) {
  const auto real = [&] { return ::syscall(SYS_connect, fd, to, size); };
  return static_cast<int>(tests::failing(
      call::connect, [&] { return real(); },
      [&] {
        if (tests::armed.error == EINTR) static_cast<void>(real());
      }));
}

int accept4(int fd, sockaddr* from, socklen_t* size, int flags) {
  return static_cast<int>(
      tests::failing(call::accept4, [&] { return ::syscall(SYS_accept4, fd, from, size, flags); }));
}

int shutdown(int fd, int how) noexcept {
  return static_cast<int>(
      tests::failing(call::shutdown, [&] { return ::syscall(SYS_shutdown, fd, how); }));
}

ssize_t getrandom(void* to, size_t size, unsigned flags) {
  return tests::moving(call::getrandom, size,
                       [&](std::size_t n) { return ::syscall(SYS_getrandom, to, n, flags); });
}

}  // extern "C"

// --- memory ---

extern "C" {
void* __real_realloc(void* p, size_t size);
void* __real_aligned_alloc(size_t alignment, size_t size);
void* __wrap_realloc(void* p, size_t size) {
  return tests::strikes(call::allocation) ? nullptr : __real_realloc(p, size);
}
void* __wrap_aligned_alloc(size_t alignment, size_t size) {
  return tests::strikes(call::asio_allocation) ? nullptr : __real_aligned_alloc(alignment, size);
}
}  // extern "C"

// All forms of it, for AddressSanitizer has its own of each ---

void* operator new(std::size_t size) {
  if (tests::strikes(call::allocation)) throw std::bad_alloc();
  void* const made = std::malloc(size == 0 ? 1 : size);
  if (!made) throw std::bad_alloc();
  ++tests::alive;
  return made;
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](std::size_t size, const std::nothrow_t& n) noexcept {
  return operator new(size, n);
}
void operator delete(void* p) noexcept {
  if (p) --tests::alive;
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept { operator delete(p); }
void operator delete[](void* p) noexcept { operator delete(p); }
void operator delete[](void* p, std::size_t) noexcept { operator delete(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { operator delete(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { operator delete(p); }
