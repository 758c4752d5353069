// Objects that a connection needs only now and then, kept for the next connection of the same loop
// instead of being freed. One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace adieu::inline v1::protocol {

/// T has `reset()` and `footprint()`; one that holds more than `max_footprint` bytes is freed.
template <typename T>
class recycled {
 public:
  explicit recycled(std::size_t max_kept, std::size_t max_footprint) noexcept
      : max_kept_(max_kept), max_footprint_(max_footprint) {}

  std::unique_ptr<T> take() {
    if (kept_.empty()) return std::make_unique<T>();
    std::unique_ptr<T> last = std::move(kept_.back());
    kept_.pop_back();
    return last;
  }
  void give_back(std::unique_ptr<T> used) noexcept {
    if (kept_.size() >= max_kept_ || used->footprint() > max_footprint_) return;
    used->reset();
    try {
      kept_.push_back(std::move(used));
    } catch (const std::bad_alloc&) {  // it is freed: there is memory again
    }
  }

 private:
  std::size_t max_kept_;
  std::size_t max_footprint_;
  std::vector<std::unique_ptr<T>> kept_;
};

}  // namespace adieu::inline v1::protocol
