// hook<void(…)>: a callable that several threads may share, as those that log and trace are.
// Copyable, 16 bytes, called as const. Knows no connection.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace adieu::inline v1 {

template <typename Signature>
class hook;

/// Copies share one callable, which lives until the last of them is gone. Every loop that has a
/// copy calls it on its own thread, so it is called as const: a lambda that is `mutable` does not
/// fit.
template <typename... Args>
class hook<void(Args...)> {
 public:
  hook() = default;
  hook(std::nullptr_t) noexcept {}

  template <typename Callable>
  requires(!std::same_as<std::decay_t<Callable>, hook> &&
           std::is_invocable_v<const std::decay_t<Callable>&, Args...>) hook(Callable&& callable)
      : callable_(
            std::make_shared<const of<std::decay_t<Callable>>>(std::forward<Callable>(callable))) {}

  explicit operator bool() const noexcept { return callable_ != nullptr; }
  void operator()(Args... args) const { callable_->call(std::forward<Args>(args)...); }

 private:
  struct any {
    virtual ~any()                        = default;
    virtual void call(Args... args) const = 0;
  };
  template <typename Callable>
  struct of final : any {
    explicit of(Callable&& from) : callable(std::move(from)) {}
    explicit of(const Callable& from) : callable(from) {}
    void call(Args... args) const override { callable(std::forward<Args>(args)...); }
    Callable callable;
  };

  std::shared_ptr<const any> callable_;
};

}  // namespace adieu::inline v1
