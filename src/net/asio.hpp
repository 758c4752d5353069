// The only place in src/ that spells boost::asio, and the traps of Boost 1.81 that must not be
// stepped into twice.
#pragma once

#include <adieu/async.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace adieu::inline v1 {

namespace asio = boost::asio;

/// Completes an operation, never inside the caller, on the handler's own executor if it has one.
/// post(get_associated_executor(handler), …) does not compile in 1.81 with an erased handler: its
/// executor has no blocking.never; appended arguments keep the association instead.
template <typename Signature, typename... Args>
void complete(const asio::any_io_executor& io, completion<Signature> done, Args... args) {
  asio::post(io, asio::append(std::move(done), std::move(args)...));
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
