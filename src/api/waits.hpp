// Operations that wait on a connection: each with its completion, cancelled one by one or completed
// all together. Cancelling ends the waiting, never the connection. From the beginning to its
// completion each is work of both executors, that of the connection and the handler's own, so that
// neither runs out of work meanwhile.
#pragma once

#include "net/asio.hpp"

#include <adieu/error_code.hpp>
#include <adieu/session_ref.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <tuple>
#include <utility>
#include <vector>

namespace adieu::inline v1::api {

/// `Extra` is what one kind of waiting remembers beside its completion. What throws std::bad_alloc
/// has changed nothing but what is completed already.
template <typename Signature, typename Extra = char>
class waits {
 public:
  bool empty() const noexcept { return waiting_.empty(); }
  /// What was remembered of the one that came last; null if there is none.
  const Extra* last() const noexcept { return empty() ? nullptr : &waiting_.back()->extra; }

  /// `cancelled(waits&, id)` finds this list again and calls cancel(id); it keeps the session
  /// alive. Once the io_context is gone nothing is waited for: `done` is destroyed.
  template <typename Cancelled>
  void add(const asio::any_io_executor& io, completion<Signature>& done, Cancelled cancelled,
           Extra extra = {}) {
    if (!io) {
      const auto destroyed = take(done);
      return;
    }
    const std::uint64_t id = ++last_id_;
    const auto made = std::make_shared<wait>(id, std::move(extra), io, executor_for(done, io));
    waiting_.push_back(made);
    try {
      if (auto slot = asio::get_associated_cancellation_slot(done); slot.is_connected())
        slot.assign([cancelled, id](asio::cancellation_type) mutable { cancelled(id); });
    } catch (...) {
      waiting_.pop_back();
      throw;
    }
    made->done.swap(done);
  }

  /// Completes all that `wanted(extra)` with these arguments.
  template <typename Wanted, typename... Args>
  void complete_if(const asio::any_io_executor& io, Wanted wanted, const Args&... args) {
    const gaps_closed finally{waiting_};
    for (std::shared_ptr<wait>& each : waiting_)
      if (wanted(each->extra)) complete_one(each, io, Args(args)...);
  }
  template <typename... Args>
  void complete_all(const asio::any_io_executor& io, const Args&... args) {
    complete_if(
        io, [](const Extra&) { return true; }, args...);
  }
  template <typename... Args>
  void cancel(std::uint64_t id, const asio::any_io_executor& io, const Args&... args) {
    const gaps_closed finally{waiting_};
    for (std::shared_ptr<wait>& each : waiting_)
      if (each->id == id) return complete_one(each, io, Args(args)...);
  }

 private:
  struct wait {
    wait(std::uint64_t i, Extra e, const asio::any_io_executor& io,
         executor_of_completion<Signature> own)
        : id(i),
          extra(std::move(e)),
          work(asio::prefer(io, asio::execution::outstanding_work.tracked)),
          on(std::move(own)) {}
    std::uint64_t id;
    completion<Signature> done;
    Extra extra;
    asio::any_io_executor work;
    executor_of_completion<Signature> on;
  };

  // Those that are completed leave gaps, closed at once for all: it may be thousands.
  struct gaps_closed {
    std::vector<std::shared_ptr<wait>>& in;
    ~gaps_closed() { std::erase(in, nullptr); }
  };

  // What is posted owns the completion together with this list, which gives it up once it is
  // posted.
  template <typename... Args>
  static void complete_one(std::shared_ptr<wait>& each, const asio::any_io_executor& io,
                           Args... args) {
    asio::post(io, [ended = each, process = net::forks(),
                    args = std::tuple(std::move(args)...)]() mutable {
      go_on(std::move(ended->on), process,
            [done = take(ended->done), args = std::move(args)]() mutable {
              std::apply([&](Args&... a) { std::move(done)(std::move(a)...); }, args);
            });
    });
    const auto gone = std::move(each);
    if (auto slot = asio::get_associated_cancellation_slot(gone->done); slot.is_connected())
      slot.clear();
  }

  std::vector<std::shared_ptr<wait>> waiting_;
  std::uint64_t last_id_ = 0;
};

/// Runs `begin`, which takes `done` last. Without memory for it the operation ends with
/// not_enough_memory: Asio's coroutines do not survive an initiation that throws.
template <typename Signature, typename Begin, typename... Empty>
void begin_waiting(const asio::any_io_executor& io, completion<Signature>& done, Begin begin,
                   Empty... empty) {
  try {
    begin();
  } catch (const std::bad_alloc&) {
    if (!done) throw;
    complete(io, std::move(done), make_error_code(boost::system::errc::not_enough_memory),
             std::move(empty)...);
  }
}

}  // namespace adieu::inline v1::api
