// The driver: moves bytes between one stream and one machine, and decides nothing. What the machine
// has to tell goes up through the virtual functions; what becomes of the stream the machine says.
// Belongs to one loop; only retain() and release() are for any thread.
#pragma once

#include "net/deadline_wheel.hpp"
#include "net/loop.hpp"
#include "net/peer_address.hpp"
#include "net/poller.hpp"
#include "net/roster.hpp"
#include "net/stream.hpp"
#include "base/guarded.hpp"
#include "protocol/connection.hpp"

#include <adieu/error_code.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace adieu::inline v1::net {

/// What is done with the stream before there are frames: one implementation for each role.
class opening {
 public:
  virtual ~opening()                      = default;
  virtual void ready(readiness how)       = 0;
  virtual interest wants() const noexcept = 0;
  /// The deadline has passed. False: the machine's own way is right.
  virtual bool timed_out() { return false; }
};

class driver : public pollable, public deadline_wheel::entry, public roster::member {
 public:
  driver(loop& where, const protocol::terms& agreed);
  driver(const driver&)            = delete;
  driver& operator=(const driver&) = delete;

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  // --- the application's side ---
  error send(message_view outgoing) {
    if (machine_.send_queue_is_full()) [[unlikely]]
      flush_now();  // the limit is for what the kernel does not take
    const error refused = machine_.send(outgoing, now());
    if (machine_.has_much_queued()) [[unlikely]]
      much_queued();
    changed();
    return refused;
  }
  /// Hands over what the transport takes, without waiting for the end of the turn.
  void flush_now() noexcept;
  error send_last_word(message_view outgoing);
  error ping(std::span<const std::byte> payload);
  error close(code_to_send code, std::string_view reason, bool& began);
  void finish_reply() noexcept;
  void terminate() noexcept;
  void hurry(protocol::time until) noexcept;
  /// The application has dropped the connection. Tries to send what is queued at once: the loop may
  /// never turn again.
  void leave() noexcept;
  /// Whether the peer is still there is asked at once.
  void doubt() noexcept;
  /// Bytes are left in the kernel (or, those read already, with the machine) while it is paused.
  void pause(bool paused);
  std::uint64_t buffered_amount() const noexcept { return machine_.buffered_amount(); }
  ready_state state() const noexcept { return machine_.state(); }

  // --- openings' side ---
  protocol::connection& machine() noexcept { return machine_; }
  net::stream& stream() noexcept { return stream_; }
  endpoint peer() const { return peer_.in_words(); }
  /// From now on the poller watches this stream. False: it cannot, and the connection is lost.
  bool adopt(net::stream connected, const peer_address& peer);
  net::stream give_up_stream() noexcept;
  /// Forgets the connection: nothing goes up any more.
  void forget() noexcept;
  void begin_opening(std::unique_ptr<opening> how);
  /// For who has begun it, and is not called by it.
  void drop_opening() noexcept { opening_.reset(); }
  /// The frames will begin with these bytes.
  void keep_glued(std::span<const std::byte> glued);
  /// The frames begin; the application is told first.
  void opened() noexcept;
  /// The answer that the machine was told to say refuses the opening.
  void refused();
  void lose(cause why, error_code error);
  /// A receive() that gave nothing: the stream has ended, or is gone; or there is nothing now.
  void came_to_nothing(const io_result& how);
  bool was_asked_to_renegotiate() const noexcept;
  /// All that the kernel takes, or as much of it as there is time for in this turn.
  void flush(bool all = true);
  void changed() noexcept {
    if (loop_ && !scheduled_) loop_->schedule(*this);
  }
  void watch_received(std::span<const std::byte> bytes) {
    if (is_traced()) [[unlikely]]
      seen(bytes, trace_direction::received);
  }

  /// Where the library itself has no memory that is the end of this connection, not of the loop's
  /// turn. What a handler has thrown, and is to be propagated, goes on to whoever runs the
  /// io_context.
  template <typename Work>
  void within_memory(Work work) {
    try {
      work();
    } catch (const std::bad_alloc&) {
      if (handler_threw_) {
        handler_threw_ = false;
        throw;
      }
      machine_.drop_input();
      out_of_memory();
    } catch (...) {
      handler_threw_ = false;
      throw;
    }
  }
  void out_of_memory() noexcept;

  /// Around every handler: one that throws closes with 1011. If its exception is to be propagated
  /// it goes on to whoever runs the io_context, and what had been read and not parsed is kept for
  /// the next turn.
  template <typename Call>
  void call_handler(Call call) {
    guarded(call, [this](const std::exception_ptr& thrown) {
      fail_handler(thrown);
      if (!propagates()) return;
      handler_threw_ = true;
      std::rethrow_exception(thrown);
    });
  }
  bool propagates() const noexcept {
    return machine_.options().handler_exceptions == handler_exceptions::propagate;
  }

  /// Null once the io_context is gone.
  loop* home_loop() const noexcept { return loop_; }
  protocol::time now() const noexcept { return loop_ ? loop_->now() : protocol::clock::now(); }

 protected:
  virtual ~driver();

  // --- what goes up ---
  virtual void on_opened()                                 = 0;
  virtual void on_message(message_view incoming)           = 0;
  virtual void on_closing()                                = 0;
  virtual void on_pong(std::span<const std::byte> payload) = 0;
  virtual void on_drained()                                = 0;
  virtual void before_end()                                = 0;  // takes the memory for on_ended()
  virtual void on_ended()                                  = 0;  // last of all
  virtual void on_error(error_code why) noexcept           = 0;  // the system's, for the event
  virtual void on_cut_off() noexcept                       = 0;  // the io_context dies
  virtual void on_left_to_the_parent() noexcept            = 0;  // and then on_cut_off()
  virtual void on_unacknowledged(std::uint64_t n) noexcept = 0;  // bytes, as the stream is closed
  /// A handler threw. True: no close event tells it any more.
  virtual bool on_handler_threw(const std::exception_ptr& thrown) noexcept     = 0;
  virtual void seen(std::span<const std::byte> bytes, trace_direction towards) = 0;

  net::opening* opening() const noexcept { return opening_over_ ? nullptr : opening_.get(); }

 private:
  friend class loop;

  void fail_handler(const std::exception_ptr& thrown) noexcept;
  void keep_input() noexcept;
  cause lost_by(int error) const noexcept;
  bool ready(readiness how) final;
  void due(protocol::time now) final;
  void settle();
  void cut_off() noexcept;
  void leave_to_the_parent() noexcept;

  /// `more`: than is read in one turn; others have to be asked.
  enum class came : std::uint8_t { nothing, all, more };
  came read(bool to_the_end);
  void pump();
  void replay();
  void tell(const protocol::event& e);
  void finish();
  void end();
  void drain_and_lose();
  void much_queued();
  void keep_borrowed();
  void release_stream() noexcept { give_up_stream().close(); }
  void disappear() noexcept;
  interest wants() const noexcept;
  bool is_traced() const noexcept { return static_cast<bool>(machine_.options().trace.hook); }
  void handed_over(std::uint64_t n);
  std::uint64_t trace_output(std::uint64_t n);
  bool reads() const noexcept {
    return !paused_ || broken_ || machine_.state() == ready_state::closing;
  }
  // The layout of an idle connection is decided: the flags stand in the stream's last bytes.
  [[no_unique_address]] net::stream stream_;
  interest watched_;  // what the poller was asked for
  bool in_poller_ : 1   = false;
  bool scheduled_ : 1   = false;
  bool paused_ : 1      = false;
  bool broken_ : 1      = false;  // a write failed: read what there is, then it is lost
  bool reset_ : 1       = false;  // …because the peer has reset it: what reads as its end is none
  bool timed_out_ : 1   = false;  // …or because TCP has given the peer up
  bool shut_ : 1        = false;  // our side of the stream is ended
  bool open_untold_ : 1 = false;  // on_opened() is owed
  bool was_high_ : 1    = false;  // the queue was above low_water, or full
  bool opening_over_ : 1  = false;  // opening_ goes at the end of the turn
  bool ended_ : 1         = false;
  bool stopped_ : 1       = false;  // nothing is sent any more, not even what is encrypted
  bool handler_threw_ : 1 = false;  // what is on its way to run() is the application's
  bool is_parents_ : 1    = false;  // this is a child, and the connection is not its own
  peer_address peer_;
  std::atomic<std::uint32_t> references_{0};
  loop* loop_;
  std::unique_ptr<net::opening> opening_;

 protected:
  protocol::connection machine_;
};

/// Keeps a driver alive.
class driver_ref {
 public:
  explicit driver_ref(driver* d) noexcept : driver_(d) { driver_->retain(); }
  driver_ref(const driver_ref&)            = delete;
  driver_ref& operator=(const driver_ref&) = delete;
  ~driver_ref() { driver_->release(); }
  driver* operator->() const noexcept { return driver_; }

 private:
  driver* driver_;
};

}  // namespace adieu::inline v1::net
