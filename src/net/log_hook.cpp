// The hook that is set, shared by all threads.
#include "net/log_hook.hpp"

#include "base/log.hpp"

#include <mutex>
#include <pthread.h>
#include <utility>

namespace adieu::inline v1 {
namespace {

// Never destroyed: a thread may log while the process exits.
union hook_set {
  constexpr hook_set() noexcept : hook() {}
  ~hook_set() {}
  log_hook hook;
};
constinit hook_set set;
constinit bool is_set = false;  // until then lines go to stderr
constinit std::mutex lock;      // of both

constinit thread_local bool is_logging = false;

// A child of fork() finds the lock free, whatever other threads did.
const int fork_is_known =
    ::pthread_atfork([] { lock.lock(); }, [] { lock.unlock(); }, [] { lock.unlock(); });

// A thread that is cancelled does not unwind out of the log: its next point of cancellation is
// another.
class not_cancelled {
 public:
  not_cancelled() noexcept { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~not_cancelled() { ::pthread_setcancelstate(before_, nullptr); }
  not_cancelled(const not_cancelled&)            = delete;
  not_cancelled& operator=(const not_cancelled&) = delete;

 private:
  int before_ = 0;
};

void give_to_hook(const log_entry& entry) noexcept {
  if (is_logging) return;
  const not_cancelled now;
  log_hook hook;
  bool to_stderr = false;
  {
    const std::lock_guard held(lock);
    hook      = set.hook;
    to_stderr = !is_set;
  }
  if (to_stderr) return log_to_stderr(entry);
  if (!hook) return;
  is_logging = true;
  try {
    hook(entry);
  } catch (...) {
  }
  is_logging = false;
}

}  // namespace

void set_log_hook(log_hook to) noexcept {
  net::open_log();
  {
    const std::lock_guard held(lock);
    std::swap(set.hook, to);
    is_set = true;
  }
  // What was set is destroyed here, without the lock: it may log.
}

void net::open_log() noexcept {
  (void)fork_is_known;
  log_goes_to(give_to_hook);
}

}  // namespace adieu::inline v1
