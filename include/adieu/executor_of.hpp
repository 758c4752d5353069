// Where a connection lives: an executor, or anything that has one. Halves the constructors.
#pragma once

#include <adieu/settings.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace adieu::inline v1 {

/// Takes an executor or anything with `get_executor()`: an io_context, a socket, a websocket.
class executor_of {
 public:
  template <typename Executor>
  requires(!std::same_as<std::remove_cvref_t<Executor>, executor_of> &&
           std::convertible_to<Executor, boost::asio::any_io_executor>)
      executor_of(Executor&& executor)
      : executor_(std::forward<Executor>(executor)) {}

  template <typename Owner>
  requires requires(Owner& owner) {
    { owner.get_executor() } -> std::convertible_to<boost::asio::any_io_executor>;
  }
  executor_of(Owner& owner) : executor_(owner.get_executor()) {}

  const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

 private:
  boost::asio::any_io_executor executor_;
};

}  // namespace adieu::inline v1
