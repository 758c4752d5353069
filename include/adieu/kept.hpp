// A string or list as the member of an aggregate, safe from g++ 12. Knows no aggregate.
#pragma once

#include <concepts>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace adieu::inline v1 {

/// A T in every respect. g++ 12 makes the members of an aggregate that is written in braces, and
/// the closures of lambdas, bit by bit from temporaries if there is a co_await in the same
/// expression, and destroys both. This one knows by its address that it is such a copy: it reads
/// what the temporary has, is moved from by moving from the temporary, and frees nothing.
template <typename T>
class kept : public T {
 public:
  kept() = default;
  using T::T;
  template <std::convertible_to<T> From>
  requires(!std::derived_from<std::remove_cvref_t<From>, kept>) kept(From&& from)
  noexcept(std::is_nothrow_constructible_v<T, From&&>) : T(std::forward<From>(from)) {}
  kept(const kept& other) : T(static_cast<const T&>(*other.self_)) {}
  kept(kept&& other) noexcept : T(static_cast<T&&>(*other.self_)) {}
  kept& operator=(kept other) noexcept {
    forget_if_copied();
    static_cast<T&>(*this) = static_cast<T&&>(*other.self_);
    return *this;
  }
  ~kept() { forget_if_copied(); }

 private:
  void forget_if_copied() noexcept {
    if (self_ == this) return;
    ::new (static_cast<void*>(static_cast<T*>(this))) T();
    self_ = this;
  }

  kept* self_ = this;
};

}  // namespace adieu::inline v1
