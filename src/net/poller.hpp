// Says which sockets are ready: a seam with two implementations, one epoll of our own that Asio
// sees as a single descriptor (Linux), and Asio's own waits (everywhere). Knows no connection.
#pragma once

#include "net/asio.hpp"
#include "net/turn_time.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace adieu::inline v1::net {

/// What a socket is waited for. Errors and hang-ups are always reported.
struct interest {
  bool read                              = false;
  bool write                             = false;
  bool operator==(const interest&) const = default;
};

struct readiness {
  bool read    = false;
  bool write   = false;
  bool hung_up = false;  // error, or both directions are over: there is only the rest to be read
};

class pollable {
 public:
  /// False: there was nothing to do after all.
  virtual bool ready(readiness how) = 0;

 protected:
  ~pollable() = default;
};

/// Readiness is level-triggered. While anything is added the executor has work. add() may fail with
/// an errno, also for want of what the poller itself needs; the others do not. Nothing is reported
/// for what was removed; removing what is not there does nothing.
class poller {
 public:
  virtual ~poller()                                                  = default;
  virtual int add(int descriptor, interest what, pollable& whom)     = 0;
  virtual void change(int descriptor, interest what, pollable& whom) = 0;
  virtual void remove(int descriptor, pollable& whom)                = 0;
  /// Calls ready() for what is ready, as long as there is time. Called by the loop when woken, and
  /// again if a handler threw. True: call it again, for there was no time for the rest, or more may
  /// have become ready meanwhile and asking at once is cheaper than being woken.
  virtual bool dispatch(turn_time& left) = 0;
  /// The loop has done what dispatch() gave it to do: wake it again when something is ready.
  virtual void wait() = 0;

  /// In a child after fork(), once Asio has a reactor of the child's own: nothing is watched any
  /// more, all sockets are still open, and from now on it is a poller of the child's.
  virtual void begin_anew() = 0;
  /// Nothing is waited for any more: what is added and removed later is not looked at. In a child
  /// of which Asio knows nothing (`is_parents`) the reactor is the parent's, and left as it is.
  virtual void give_up(bool is_parents) noexcept = 0;
};

/// `wake` is called on the executor when dispatch() has something to do.
using make_poller = std::unique_ptr<poller>(const asio::any_io_executor& executor,
                                            std::function<void()> wake);
make_poller make_epoll_poller;  // Linux only
make_poller make_asio_poller;

/// What new loops use; epoll on Linux, unless the environment's ADIEU_POLLER=asio chooses
/// the portable one.
make_poller* preferred_poller() noexcept;

}  // namespace adieu::inline v1::net
