// What all connections of one io_context share: the poller, the receive buffer, the deadlines, and
// the turn: everything that becomes ready together is read first, then all output leaves, then the
// endings are told. One thread. Knows no protocol.
#pragma once

#include "net/asio.hpp"
#include "net/deadline_wheel.hpp"
#include "net/poller.hpp"
#include "net/randomness.hpp"
#include "net/roster.hpp"
#include "protocol/terms.hpp"
#include "protocol/time.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <thread>
#include <vector>

namespace adieu::inline v1::api {
class tap;
}

namespace adieu::inline v1::net {

class driver;
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

  const asio::any_io_executor& executor() const noexcept { return executor_; }
  protocol::resources& resources() noexcept { return resources_; }
  net::poller& poller() noexcept { return *poller_; }
  deadline_wheel& deadlines() noexcept { return wheel_; }
  std::span<std::byte> receive_buffer() noexcept { return {buffer_.get(), buffer_size}; }
  // Made at first use.
  tls_workplace& tls();
  tls_tickets& tickets();
  /// The time of this turn; outside one, of now.
  protocol::time now() noexcept { return in_turn_ ? now_ : protocol::clock::now(); }

  /// The driver has something to send, to tell or to end: at the end of this turn. It lives until
  /// then, even if it is removed.
  void schedule(driver& d);
  /// As deadlines().schedule(), from outside a turn too.
  void schedule(deadline_wheel::entry& e, protocol::time at);
  // Connections, and those (servers) that must stop when the io_context is destroyed.
  void add(driver& d) noexcept;
  void remove(driver& d) noexcept;
  const roster& drivers() const noexcept { return drivers_; }
  class cut_off_with : public roster::member {
   public:
    virtual void cut_off() noexcept = 0;

   protected:
    ~cut_off_with() = default;
  };
  void add(cut_off_with& s) noexcept { servers_.add(s); }
  void remove(cut_off_with& s) noexcept { servers_.remove(s); }

  api::tap* watching = nullptr;

 private:
  static constexpr std::size_t buffer_size = 512 * 1024;

  void shutdown() override;
  void turn();
  void serve();
  void settle_all();
  void arm_timer();
  void post_turn();
  bool is_mine() const noexcept { return !in_turn_ || turning_ == std::this_thread::get_id(); }

  asio::any_io_executor executor_;
  system_randomness randomness_;
  protocol::resources resources_{randomness_};
  std::unique_ptr<std::byte[]> buffer_;
  std::unique_ptr<net::poller> poller_;
  asio::steady_timer timer_;
  deadline_wheel wheel_;
  std::unique_ptr<tls_workplace> tls_;
  std::unique_ptr<tls_tickets> tickets_;
  roster drivers_;
  roster servers_;

  std::vector<driver*> scheduled_;
  protocol::time now_         = {};
  protocol::time timer_armed_ = protocol::never;
  std::thread::id turning_;  // whose turn it is, for asserts
  bool in_turn_     = false;
  bool turn_posted_ = false;
  bool again_       = false;  // a turn was wanted within a turn
  bool poll_again_  = false;  // the poller may have something
};

}  // namespace adieu::inline v1::net
