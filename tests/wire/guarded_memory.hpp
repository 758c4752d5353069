// Memory between two pages that must not be touched: who reads or writes a byte too far ends the
// test at once. Does not know what is tested.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <new>

namespace adieu::tests {

class guarded_memory {
 public:
  guarded_memory() {
    void* pages = mmap(nullptr, room_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    begin_ = static_cast<std::byte*>(pages) + page_;
    if (mprotect(begin_, room_, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  }

  ~guarded_memory() { munmap(begin_ - page_, room_ + 2 * page_); }

  guarded_memory(const guarded_memory&)            = delete;
  guarded_memory& operator=(const guarded_memory&) = delete;

  std::byte* begin() const { return begin_; }
  std::byte* end() const { return begin_ + room_; }
  std::size_t room() const { return room_; }

  // The copy that a byte too far down, or up, would leave.
  std::byte* copy_to_begin(const std::byte* data, std::size_t size) const {
    return copy(begin_, data, size);
  }
  std::byte* copy_to_end(const std::byte* data, std::size_t size) const {
    return copy(end() - size, data, size);
  }

 private:
  static std::byte* copy(std::byte* to, const std::byte* data, std::size_t size) {
    if (size > 0) std::memcpy(to, data, size);
    return to;
  }

  std::size_t page_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::size_t room_ = 4 * page_;
  std::byte* begin_ = nullptr;
};

}  // namespace adieu::tests
