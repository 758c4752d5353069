// The only place in src/ that spells boost::asio, and the traps of Boost 1.81 that must not be
// stepped into twice.
#pragma once

#include <adieu/async.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <new>
#include <tuple>
#include <utility>

namespace adieu::inline v1 {

namespace asio = boost::asio;

/// The handler's own executor, or `io`, with work that keeps it running. Where there is no memory
/// to copy one, 1.81 gives an empty one, which nothing survives: here that is std::bad_alloc.
template <typename Signature>
auto executor_for(const completion<Signature>& done, const asio::any_io_executor& io) {
  const auto on = asio::get_associated_executor(done, io);
  if (!on) throw std::bad_alloc();
  return asio::prefer(on, asio::execution::outstanding_work.tracked);
}

/// Completes an operation, never inside the caller, on the handler's own executor if it has one.
/// post(get_associated_executor(handler), …) does not compile in 1.81 with an erased handler: its
/// executor has no blocking.never; so it is posted to `io` and goes on from there. `done` is as it
/// was if there is no memory for its executor.
template <typename Signature, typename... Args>
void complete(const asio::any_io_executor& io, completion<Signature>&& done, Args... args) {
  auto on = executor_for(done, io);
  asio::post(io, [on = std::move(on), done = std::move(done),
                  args = std::tuple(std::move(args)...)]() mutable {
    on.execute([done = std::move(done), args = std::move(args)]() mutable {
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
