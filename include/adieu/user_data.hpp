// The application's own object on a connection: one word, made at first use. Knows no connection.
#pragma once

#include <memory>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace adieu::inline v1 {

/// Holds one object of any type.
class user_data {
 public:
  /// The object, made from `args` at first use. std::bad_cast if it is there with another type, or
  /// not there and not constructible from `args`.
  template <typename T, typename... Args>
  T& object(Args&&... args) {
    if (!box_) {
      if constexpr (std::is_constructible_v<T, Args...>)
        box_ = std::make_unique<box<T>>(std::forward<Args>(args)...);
      else
        throw std::bad_cast();
    }
    if (box_->type != &tag<T>) throw std::bad_cast();
    return static_cast<box<T>&>(*box_).value;
  }

 private:
  template <typename T>
  static constexpr char tag = 0;  // its address is the type's name

  struct any_box {
    explicit any_box(const char* t) noexcept : type(t) {}
    virtual ~any_box() = default;
    const char* type;
  };
  template <typename T>
  struct box final : any_box {
    template <typename... Args>
    explicit box(Args&&... args) : any_box(&tag<T>), value(std::forward<Args>(args)...) {}
    T value;
  };

  std::unique_ptr<any_box> box_;
};

}  // namespace adieu::inline v1
