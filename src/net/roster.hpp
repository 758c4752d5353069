// A list of what is alive, threaded through its members. Knows nothing of them.
#pragma once

#include <cstddef>

namespace adieu::inline v1::net {

class roster {
 public:
  class member {
   public:
    member()                         = default;
    member(const member&)            = delete;
    member& operator=(const member&) = delete;
    member* next() const noexcept { return next_; }

   protected:
    ~member() = default;

   private:
    friend class roster;
    member* next_ = nullptr;
    member* prev_ = nullptr;
  };

  member* first() const noexcept { return first_; }
  std::size_t size() const noexcept { return size_; }

  void add(member& m) noexcept {
    m.next_ = first_;
    m.prev_ = nullptr;
    if (first_) first_->prev_ = &m;
    first_ = &m;
    ++size_;
  }
  void remove(member& m) noexcept {
    (m.prev_ ? m.prev_->next_ : first_) = m.next_;
    if (m.next_) m.next_->prev_ = m.prev_;
    m.next_ = m.prev_ = nullptr;
    --size_;
  }

 private:
  member* first_    = nullptr;
  std::size_t size_ = 0;
};

}  // namespace adieu::inline v1::net
