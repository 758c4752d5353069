// handler<void(…)>: what the application is called back with. Move-only, 40 bytes, so that it may
// own a unique_ptr, a websocket or a reply; refuses what returns something. Knows no connection.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace adieu::inline v1 {

template <typename Signature>
class handler;

template <typename... Args>
class handler<void(Args...)> {
 public:
  handler() = default;
  handler(std::nullptr_t) noexcept {}

  template <typename Callable>
  requires(!std::same_as<std::decay_t<Callable>, handler> &&
           std::is_invocable_v<std::decay_t<Callable>&, Args...>) handler(Callable&& callable) {
    using stored = std::decay_t<Callable>;
    static_assert(std::is_void_v<std::invoke_result_t<stored&, Args...>>,
                  "a handler returns nothing: a coroutine given here would never run, co_spawn it "
                  "inside");
    if constexpr (fits<stored>) {
      ::new (static_cast<void*>(storage_)) stored(std::forward<Callable>(callable));
      operations_ = &in_place<stored>;
    } else {
      ::new (static_cast<void*>(storage_)) stored*(new stored(std::forward<Callable>(callable)));
      operations_ = &on_heap<stored>;
    }
  }

  handler(handler&& other) noexcept { take(*other.self_); }
  handler& operator=(handler&& other) noexcept {
    if (this != other.self_) {
      reset();
      take(*other.self_);
    }
    return *this;
  }
  ~handler() { reset(); }

  explicit operator bool() const noexcept { return operations_ != nullptr; }
  void operator()(Args... args) { operations_->call(storage_, std::forward<Args>(args)...); }

 private:
  struct operations {
    void (*call)(void*, Args&&...);
    void (*move)(void* to, void* from) noexcept;  // leaves nothing in `from`
    void (*destroy)(void*) noexcept;
  };
  static constexpr std::size_t capacity = 3 * sizeof(void*);

  template <typename Stored>
  static constexpr bool fits = sizeof(Stored) <= capacity &&
                               alignof(Stored) <= alignof(std::max_align_t) / 2 &&
                               std::is_nothrow_move_constructible_v<Stored>;

  template <typename Stored>
  static Stored& in(void* storage) noexcept {
    return *std::launder(static_cast<Stored*>(storage));
  }

  template <typename Stored>
  static constexpr operations in_place = {
      [](void* s, Args&&... args) { in<Stored>(s)(std::forward<Args>(args)...); },
      [](void* to, void* from) noexcept {
        ::new (to) Stored(std::move(in<Stored>(from)));
        in<Stored>(from).~Stored();
      },
      [](void* s) noexcept { in<Stored>(s).~Stored(); },
  };
  template <typename Stored>
  static constexpr operations on_heap = {
      [](void* s, Args&&... args) { (*in<Stored*>(s))(std::forward<Args>(args)...); },
      [](void* to, void* from) noexcept { ::new (to) Stored*(in<Stored*>(from)); },
      [](void* s) noexcept { delete in<Stored*>(s); },
  };

  void take(handler& other) noexcept {
    operations_ = std::exchange(other.operations_, nullptr);
    if (operations_) operations_->move(storage_, other.storage_);
  }
  void reset() noexcept {
    const operations* const had = std::exchange(operations_, nullptr);
    if (had && self_ == this) had->destroy(storage_);
    self_ = this;
  }

  alignas(void*) std::byte storage_[capacity];
  const operations* operations_ = nullptr;
  handler* self_                = this;  // in a bitwise copy of g++ 12's (kept.hpp): the original
};

}  // namespace adieu::inline v1
