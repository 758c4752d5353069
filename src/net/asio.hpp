// The only place in src/ that spells boost::asio, and the traps of Boost 1.81 that must not be
// stepped into twice.
#pragma once

#include "net/fork_count.hpp"

#include <adieu/async.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/system_executor.hpp>

#include <cstdint>
#include <new>
#include <tuple>
#include <utility>

namespace adieu::inline v1 {

namespace asio = boost::asio;

/// The executor on which an operation completes: the handler's own, or `io`.
template <typename Signature>
using executor_of_completion =
    asio::associated_executor_t<completion<Signature>, asio::any_io_executor>;

/// That of this handler, with work that keeps it running. Where there is no memory to copy one,
/// 1.81 gives an empty one, which nothing survives: here that is std::bad_alloc.
template <typename Signature>
executor_of_completion<Signature> executor_for(const completion<Signature>& done,
                                               const asio::any_io_executor& io) {
  const auto on = asio::get_associated_executor(done, io);
  if (!on) throw std::bad_alloc();
  return asio::prefer(on, asio::execution::outstanding_work.tracked);
}

/// Goes on from a turn of `io` to `on`, and completes there. In a child after fork() what the
/// parent had begun to complete is destroyed instead.
template <typename Completed>
void go_on(executor_of_completion<void()> on, std::uint32_t process, Completed completed) {
  if (process != net::forks()) return;
  on.execute([process, completed = std::move(completed)]() mutable {
    if (process == net::forks()) completed();
  });
}

/// Completes an operation, never inside the caller, on the handler's own executor if it has one.
/// post(get_associated_executor(handler), …) does not compile in 1.81 with an erased handler: its
/// executor has no blocking.never; so it is posted to `io` and goes on from there. `done` is as it
/// was if there is no memory for its executor. Once the io_context is gone `io` is empty, and
/// `done` is destroyed.
template <typename Signature, typename... Args>
void complete(const asio::any_io_executor& io, completion<Signature>&& done, Args... args) {
  if (!io) {
    const auto destroyed = std::move(done);
    return;
  }
  auto on = executor_for(done, io);
  asio::post(io, [on = std::move(on), process = net::forks(), done = std::move(done),
                  args = std::tuple(std::move(args)...)]() mutable {
    go_on(std::move(on), process, [done = std::move(done), args = std::move(args)]() mutable {
      std::apply([&](Args&... a) { std::move(done)(std::move(a)...); }, args);
    });
  });
}

/// Takes a stored handler out of its place. any_completion_handler's move assignment recurses until
/// the stack overflows in 1.81: only swap and construction are safe.
template <typename Signature>
completion<Signature> take(completion<Signature>& stored) {
  completion<Signature> taken;
  taken.swap(stored);
  return taken;
}

inline asio::execution_context& context_of(const asio::any_io_executor& executor) {
  return asio::query(executor, asio::execution::context);
}

}  // namespace adieu::inline v1
