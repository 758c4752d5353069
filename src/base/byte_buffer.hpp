// A growing run of bytes that is never zero-filled and can be given away. Knows nothing of what
// the bytes mean.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <utility>

namespace adieu::inline v1 {

/// realloc() underneath: a large buffer grows by moving pages, not bytes. Out of memory is
/// std::bad_alloc.
class byte_buffer {
 public:
  byte_buffer() = default;
  byte_buffer(byte_buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  byte_buffer& operator=(byte_buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~byte_buffer() { std::free(data_); }

  std::byte* data() noexcept { return data_; }
  const std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }
  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

  /// Room for exactly that much in all, if there is less.
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    void* grown = std::realloc(data_, capacity);
    if (!grown) throw std::bad_alloc();
    data_     = static_cast<std::byte*>(grown);
    capacity_ = capacity;
  }
  /// Where the next `n` bytes go; they count once grown_by() is called.
  std::byte* room(std::size_t n) {
    if (capacity_ - size_ < n) [[unlikely]]
      reserve(size_ + n > 2 * capacity_ ? size_ + n : 2 * capacity_);
    return data_ + size_;
  }
  void grown_by(std::size_t n) noexcept { size_ += n; }
  void append(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void shrink_to(std::size_t size) noexcept { size_ = size; }
  void drop_front(std::size_t n) noexcept {
    std::memmove(data_, data_ + n, size_ - n);
    size_ -= n;
  }
  void clear() noexcept { size_ = 0; }

 private:
  std::byte* data_      = nullptr;
  std::size_t size_     = 0;
  std::size_t capacity_ = 0;
};

}  // namespace adieu::inline v1
