// One epoll for all sockets of a loop. Asio waits for this single descriptor, so that arming a
// socket costs no system call and one wake-up serves many sockets. A turn through Asio costs two
// system calls more than a plain epoll loop; hence it is asked again while it is busy, and a socket
// that is always the only one is read without asking.
#include "net/poller.hpp"

#include "net/asio.hpp"
#include "net/fork_count.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <new>
#include <sys/epoll.h>
#include <unistd.h>

namespace adieu::inline v1::net {
namespace {

class epoll_poller final : public poller {
 public:
  epoll_poller(const asio::any_io_executor& executor, std::function<void()> wake)
      : executor_(executor), wake_(std::move(wake)) {}

  int add(int descriptor, interest what, pollable& whom) override {
    if (const int lacking = open()) return lacking;
    if (control(EPOLL_CTL_ADD, descriptor, what, whom) != 0) return errno;
    ++registered_;
    try {
      if (!dispatching_) wait();
    } catch (const std::bad_alloc&) {
      remove(descriptor, whom);
      return ENOMEM;
    }
    return 0;
  }
  void change(int descriptor, interest what, pollable& whom) override {
    if (&whom == only_) only_ = nullptr;
    control(EPOLL_CTL_MOD, descriptor, what, whom);
  }
  void remove(int descriptor, pollable& whom) override {
    if (&whom == only_) only_ = nullptr;
    for (int i = next_; i < count_; ++i)
      if (events_[static_cast<std::size_t>(i)].data.ptr == &whom)
        events_[static_cast<std::size_t>(i)].data.ptr = nullptr;
    epoll_event unused{};
    if (::epoll_ctl(fd_, EPOLL_CTL_DEL, descriptor, &unused) != 0) return;
    if (--registered_ == 0 && waiting_) watched_->cancel();
  }

  bool dispatch(turn_time& left) override {
    dispatching_ = true;
    if (next_ == count_) {
      if (only_one_was_ready()) {
        left.spend(turn_time::a_call);
        return false;
      }
      ask();
    }
    const bool busy = count_ >= busy_from;
    while (next_ < count_) {
      const epoll_event e = events_[static_cast<std::size_t>(next_++)];
      if (!e.data.ptr) continue;
      static_cast<pollable*>(e.data.ptr)
          ->ready({.read    = (e.events & EPOLLIN) != 0,
                   .write   = (e.events & EPOLLOUT) != 0,
                   .hung_up = (e.events & (EPOLLERR | EPOLLHUP)) != 0});
      left.spend(turn_time::a_call);
      if (left.is_over()) break;
    }
    return busy || next_ < count_;
  }

  void wait() override {
    dispatching_ = false;
    if (waiting_ || registered_ == 0) return;
    watched_->async_wait(asio::posix::stream_descriptor::wait_read,
                         [this, which = which_](const boost::system::error_code& cancelled) {
                           if (which != which_) return;  // of the parent's
                           waiting_ = false;
                           // Cancelled for nothing if something was registered since: the turn
                           // waits again.
                           if (!cancelled || registered_ != 0) wake_();
                         });
    waiting_ = true;
  }

  // Closing it would not do: Asio would take it for gone while the parent has it still.
  void begin_anew() override {
    if (watched_) ::close(watched_->release());
    forget();
  }
  void give_up(bool is_parents) noexcept override {
    if (is_parents) {
      keep_for_good(std::move(watched_));
      if (fd_ >= 0) ::close(fd_);
    }
    forget();
    is_given_up_ = true;
  }

 private:
  // Where so many were ready together, others have become so while they were served.
  static constexpr int busy_from = 2;
  // A socket that was so often the only one is read first, without asking; but so often in a row
  // only, so that others are not kept waiting. (Those that are ready meanwhile wake Asio at once.)
  static constexpr int alone_from       = 4;
  static constexpr int unasked_in_a_row = 16;

  // Made when it is needed: who cannot have it is told so by add().
  int open() {
    if (is_given_up_) return ECANCELED;
    if (fd_ >= 0) return 0;
    const int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) return errno;
    boost::system::error_code failed;
    try {
      auto made = std::make_unique<asio::posix::stream_descriptor>(executor_);
      made->assign(fd, failed);
      if (!failed) watched_ = std::move(made);
    } catch (const boost::system::system_error& lacking) {  // for Asio's own reactor
      failed = lacking.code();
    } catch (const std::bad_alloc&) {
      failed = {ENOMEM, boost::system::system_category()};
    }
    if (failed)
      ::close(fd);
    else
      fd_ = fd;
    return failed.value();
  }

  void forget() noexcept {
    ++which_;
    watched_.reset();
    fd_   = -1;
    next_ = count_ = times_alone_ = 0;
    registered_                   = 0;
    waiting_                      = false;
    only_                         = nullptr;
  }

  void ask() {
    next_    = 0;
    count_   = ::epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), 0);
    count_   = std::max(count_, 0);
    unasked_ = 0;
    if (count_ == 0) return;
    const bool alone  = count_ == 1 && (events_[0].events & ~EPOLLIN) == 0;
    auto* const first = static_cast<pollable*>(events_[0].data.ptr);
    times_alone_      = !alone ? 0 : first == only_ ? times_alone_ + 1 : 1;
    only_             = alone ? first : nullptr;
  }

  bool only_one_was_ready() {
    if (!only_ || times_alone_ < alone_from || unasked_ == unasked_in_a_row) return false;
    ++unasked_;
    if (only_->ready({.read = true})) return true;
    times_alone_ = 0;
    return false;
  }

  int control(int operation, int descriptor, interest what, pollable& whom) {
    epoll_event e{};
    e.events   = (what.read ? EPOLLIN : 0u) | (what.write ? EPOLLOUT : 0u);
    e.data.ptr = &whom;
    return ::epoll_ctl(fd_, operation, descriptor, &e);
  }

  asio::any_io_executor executor_;
  std::function<void()> wake_;
  std::unique_ptr<asio::posix::stream_descriptor> watched_;  // owns fd_
  int fd_                 = -1;
  unsigned which_         = 0;  // of those that were made one after the other
  bool is_given_up_       = false;
  bool waiting_           = false;  // Asio waits for it
  bool dispatching_       = false;  // wait() will be called
  std::size_t registered_ = 0;
  std::array<epoll_event, 256> events_;
  int next_  = 0;
  int count_ = 0;

  pollable* only_  = nullptr;  // that was ready alone, for reading, the last time
  int times_alone_ = 0;
  int unasked_     = 0;
};

}  // namespace

std::unique_ptr<poller> make_epoll_poller(const asio::any_io_executor& executor,
                                          std::function<void()> wake) {
  return std::make_unique<epoll_poller>(executor, std::move(wake));
}

}  // namespace adieu::inline v1::net
