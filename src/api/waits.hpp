// Operations that wait on a connection: each with its completion, cancelled one by one or completed
// all together. Cancelling ends the waiting, never the connection.
#pragma once

#include "net/asio.hpp"

#include <adieu/error_code.hpp>
#include <adieu/session_ref.hpp>

#include <cstdint>
#include <list>
#include <utility>

namespace adieu::inline v1::api {

/// `Extra` is what one kind of waiting remembers beside its completion.
template <typename Signature, typename Extra = char>
class waits {
 public:
  bool empty() const noexcept { return waiting_.empty(); }

  /// `cancelled(waits&, id)` finds this list again and calls cancel(id); it keeps the session
  /// alive.
  template <typename Cancelled>
  void add(completion<Signature> done, Cancelled cancelled, Extra extra = {}) {
    const std::uint64_t id = ++last_id_;
    auto slot              = asio::get_associated_cancellation_slot(done);
    waiting_.emplace_back(id, std::move(done), std::move(extra));
    if (slot.is_connected())
      slot.assign([cancelled, id](asio::cancellation_type) mutable { cancelled(id); });
  }

  /// Completes all that `wanted(extra)` with these arguments.
  template <typename Wanted, typename... Args>
  void complete_if(const asio::any_io_executor& io, Wanted wanted, const Args&... args) {
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      if (!wanted(it->extra)) {
        ++it;
        continue;
      }
      auto done = taken(it++);
      complete(io, std::move(done), Args(args)...);
    }
  }
  template <typename... Args>
  void complete_all(const asio::any_io_executor& io, const Args&... args) {
    complete_if(
        io, [](const Extra&) { return true; }, args...);
  }
  template <typename... Args>
  void cancel(std::uint64_t id, const asio::any_io_executor& io, const Args&... args) {
    for (auto it = waiting_.begin(); it != waiting_.end(); ++it)
      if (it->id == id) return complete(io, taken(it), Args(args)...);
  }

 private:
  struct wait {
    wait(std::uint64_t i, completion<Signature> d, Extra e)
        : id(i), done(std::move(d)), extra(std::move(e)) {}
    std::uint64_t id;
    completion<Signature> done;
    Extra extra;
  };
  completion<Signature> taken(typename std::list<wait>::iterator it) {
    completion<Signature> done = take(it->done);
    waiting_.erase(it);
    if (auto slot = asio::get_associated_cancellation_slot(done); slot.is_connected()) slot.clear();
    return done;
  }

  std::list<wait> waiting_;
  std::uint64_t last_id_ = 0;
};

}  // namespace adieu::inline v1::api
