// How an operation takes any of Asio's completion tokens: one function that starts it with its
// handler erased, so that the operation itself can be compiled once. Knows no operation.
#pragma once

#include <adieu/settings.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <utility>

namespace adieu::inline v1 {

template <typename Signature>
using completion = boost::asio::any_completion_handler<Signature>;

/// Calls `start(completion<Signature>)` when the token wants the operation to begin: at once for a
/// callback, at co_await for the default token, boost::asio::deferred.
template <typename Signature, typename Token, typename Start>
auto begin_async(Token&& token, Start start) {
  return boost::asio::async_initiate<Token, Signature>(
      [start = std::move(start)](auto&& handler) mutable {
        start(completion<Signature>(std::forward<decltype(handler)>(handler)));
      },
      token);
}

}  // namespace adieu::inline v1
