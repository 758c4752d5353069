// What all connections of one io_context share: the poller, the receive buffer, the deadlines, and
// the turn: everything that becomes ready together is read first, then all output leaves, then the
// endings are told. One thread. Knows no protocol.
#pragma once

#include "net/asio.hpp"
#include "net/deadline_wheel.hpp"
#include "net/fork_count.hpp"
#include "net/poller.hpp"
#include "net/randomness.hpp"
#include "net/roster.hpp"
#include "net/this_thread.hpp"
#include "net/turn_time.hpp"
#include "protocol/terms.hpp"
#include "protocol/time.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace adieu::inline v1::net {

class driver;
class resolver;
class tls_tickets;
struct tls_workplace;

class loop final : public asio::execution_context::service {
 public:
  using key_type = loop;
  static asio::execution_context::id id;

  /// The loop of the executor's context, made at first use.
  static loop& of(const asio::any_io_executor& executor);

  loop(asio::execution_context& context, const asio::any_io_executor& executor);
  /// Asio's use_service() wants it; of() has always made the service before.
  explicit loop(asio::execution_context& context) : loop(context, {}) {}
  ~loop() override;

  /// Called first in every call that comes from outside. Another thread in a turn ends the program.
  /// In a child after fork() of which Asio was not told everything is cut off: the caller looks
  /// only now whether what it was called for is still there.
  void entered() noexcept {
    const void* const turning = turning_.load(std::memory_order_relaxed);
    if (process_ != forks()) [[unlikely]]
      leave_to_the_parent();
    else if (turning && turning != this_thread()) [[unlikely]]
      stop_two_threads();
  }
  /// What waiting needs beyond descriptors of the poller's: an errno, if that is lacking.
  int prepare();

  const asio::any_io_executor& executor() const noexcept { return *homes_.front(); }
  /// That executor, without counting as work, for who may outlive the io_context: when that goes
  /// there is an empty one in its place, for an executor may need its io_context to be destroyed.
  std::shared_ptr<const asio::any_io_executor> hold(const asio::any_io_executor& executor);
  protocol::resources& resources() noexcept { return resources_; }
  net::poller& poller() noexcept { return *poller_; }
  deadline_wheel& deadlines() noexcept { return wheel_; }
  std::span<std::byte> receive_buffer() noexcept { return {buffer_.get(), buffer_size}; }
  // Made at first use.
  net::resolver& resolver();
  tls_workplace& tls();
  tls_tickets& tickets();
  /// The time of this turn; outside one, of now.
  protocol::time now() noexcept { return in_turn_ ? now_ : protocol::clock::now(); }
  /// What this turn may still take. Who does much at once spends it and stops when it is over.
  turn_time& time_left() noexcept { return time_; }

  /// The driver has something to send, to tell or to end: at the end of this turn. It lives until
  /// then, even if it is removed.
  void schedule(driver& d) noexcept;
  /// For who has just begun something: throws std::bad_alloc if there is no memory for a turn.
  void ensure_turn() {
    if (!in_turn_ && !post_turn()) throw std::bad_alloc();
  }
  /// As deadlines().schedule(), from outside a turn too.
  void schedule(deadline_wheel::entry& e, protocol::time at) noexcept;
  // Connections, and those (servers) that must stop when the io_context is destroyed.
  void add(driver& d);
  void remove(driver& d) noexcept;
  const roster& drivers() const noexcept { return drivers_; }
  class cut_off_with : public roster::member {
   public:
    virtual void cut_off() noexcept = 0;
    /// In a child after fork(): its connections are the parent's, and gone. False: it has nothing
    /// to do in a child, and is cut off.
    virtual bool begin_in_child() { return false; }

   protected:
    ~cut_off_with() = default;

   private:
    friend class loop;
    std::uint32_t process_ = forks();
  };
  void add(cut_off_with& s) noexcept { servers_.add(s); }
  void remove(cut_off_with& s) noexcept { servers_.remove(s); }

  /// For what must not fail for want of memory: tries it once more with what is kept back for that.
  template <typename Work>
  void with_reserve(Work work) {
    try {
      work();
    } catch (const std::bad_alloc&) {
      if (!reserve_) throw;
      reserve_.reset();
      work();
    }
  }

 private:
  static constexpr std::size_t buffer_size  = 512 * 1024;
  static constexpr std::size_t reserve_size = 4096;
  class fork_notice;

  void shutdown() override;
  void cut_off_all() noexcept;
  void turn();
  void serve();
  void settle_batch();
  void ask_who_is_there_after_sleep();
  void wait_or_go_on();
  void arm_timer();
  bool post_turn() noexcept;
  void release(driver& d) noexcept;
  [[noreturn]] static void stop_two_threads() noexcept;
  void begin_in_child();
  void leave_to_the_parent() noexcept;
  void drop_the_parents() noexcept;
  void cut_off_the_parents() noexcept;

  // All that are held anywhere; the first is the loop's own.
  std::vector<std::shared_ptr<asio::any_io_executor>> homes_;
  std::size_t many_homes_ = 8;
  system_randomness randomness_;
  protocol::resources resources_{randomness_};
  std::unique_ptr<std::byte[]> buffer_;
  std::unique_ptr<net::poller> poller_;
  std::unique_ptr<asio::steady_timer> timer_;
  deadline_wheel wheel_;
  std::unique_ptr<net::resolver> resolver_;
  std::unique_ptr<tls_workplace> tls_;
  std::unique_ptr<tls_tickets> tickets_;
  roster drivers_;
  roster servers_;
  // Both have room for all, so that scheduling needs no memory.
  std::vector<driver*> scheduled_;
  std::vector<driver*> settling_;  // whose turn it is
  std::size_t settled_ = 0;        // so many of them have had it
  std::size_t all_     = 0;        // drivers that are here, those included that wait to be released
  std::unique_ptr<std::byte[]> reserve_{new std::byte[reserve_size]};
  protocol::time now_         = {};
  protocol::time timer_armed_ = protocol::never;
  turn_time time_;
  protocol::time sleep_looked_at_ = {};
  std::chrono::nanoseconds asleep_;
  std::atomic<const void*> turning_{nullptr};  // the thread that is in a turn
  std::uint32_t process_;                      // forks() when it was made, or begun anew
  bool in_turn_       = false;
  bool turn_posted_   = false;
  bool again_         = false;  // a turn was wanted within a turn
  bool poll_again_    = false;  // the poller may have something
  bool is_over_       = false;  // shut down, or the parent's: nothing can be waited for
  bool holds_parents_ = false;  // connections that are the parent's go at the end of this turn
};

}  // namespace adieu::inline v1::net
