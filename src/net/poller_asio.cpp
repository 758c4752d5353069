// The portable poller: Asio's own waits, one set for each socket. Slower by a system call for each
// wait; kept alive by running the driver's tests on it.
#include "net/poller.hpp"

#include "net/asio.hpp"
#include "net/fork_count.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <map>
#include <memory>
#include <new>
#include <vector>

namespace adieu::inline v1::net {
namespace {

using wait_type = asio::posix::stream_descriptor::wait_type;

class asio_poller final : public poller {
 public:
  asio_poller(const asio::any_io_executor& executor, std::function<void()> wake)
      : executor_(executor), wake_(std::move(wake)) {}
  ~asio_poller() override { begin_anew(); }

  int add(int descriptor, interest what, pollable& whom) override {
    if (is_given_up_) return ECANCELED;
    std::shared_ptr<watch> w;
    try {
      w = std::make_shared<watch>(executor_, descriptor);
      ready_.reserve(watches_each * (watched_.size() + 1));
      unarmed_.reserve(watched_.size() + 1);
      watched_[descriptor] = w;
    } catch (const std::bad_alloc&) {
      if (w) w->socket.release();
      return ENOMEM;
    } catch (const boost::system::system_error& lacking) {  // for Asio's reactor, or its epoll
      return lacking.code().value();
    }
    w->what = what;
    w->whom = &whom;
    arm_or_later(w);
    return 0;
  }
  void change(int descriptor, interest what, pollable&) override {
    const auto at = watched_.find(descriptor);
    if (at == watched_.end()) return;
    at->second->what = what;
    arm_or_later(at->second);
  }
  void remove(int descriptor, pollable&) override {
    const auto at = watched_.find(descriptor);
    if (at == watched_.end()) return;
    at->second->whom = nullptr;
    at->second->socket.release();
    watched_.erase(at);
  }

  bool dispatch(turn_time& left) override {
    while (next_ < ready_.size()) {
      const auto [w, how] = std::move(ready_[next_++]);
      if (next_ == ready_.size()) {
        ready_.clear();
        next_ = 0;
      }
      if (!w->whom) continue;
      const struct rearming {  // although a handler throws
        asio_poller& self;
        const std::shared_ptr<watch>& what;
        ~rearming() { self.arm_or_later(what); }
      } afterwards{*this, w};
      w->whom->ready(how);
      left.spend(turn_time::a_call);
      if (left.is_over()) break;
    }
    return !ready_.empty();
  }
  // Each socket is waited for by itself; here those for whose waiting there was no memory.
  void wait() override {
    for (; !unarmed_.empty(); unarmed_.pop_back()) arm(unarmed_.back());
  }

  void begin_anew() override {
    for (auto& [fd, w] : watched_) {
      w->whom = nullptr;
      w->socket.release();
    }
    forget();
  }
  void give_up(bool is_parents) noexcept override {
    is_given_up_ = true;
    if (!is_parents) return begin_anew();
    for (auto& [fd, w] : watched_) w->whom = nullptr;
    keep_for_good(std::unique_ptr<watches>(new (std::nothrow) watches(std::move(watched_))));
    forget();
  }

 private:
  struct watch {
    watch(const asio::any_io_executor& executor, int descriptor) : socket(executor, descriptor) {}
    asio::posix::stream_descriptor socket;
    interest what;
    pollable* whom = nullptr;
    bool reading = false, writing = false, failing = false;  // waits under way
  };

  using watches = std::map<int, std::shared_ptr<watch>>;

  static constexpr std::size_t watches_each = 3;

  void forget() noexcept {
    watched_.clear();
    ready_.clear();
    unarmed_.clear();
    next_ = 0;
  }

  // One turn for all that have become ready together, not one for each: Asio's timers would wait
  // for all of them.
  void wake_soon() {
    if (is_woken_) return;
    try {
      asio::post(executor_, [this] {
        is_woken_ = false;
        wake_();
      });
      is_woken_ = true;
    } catch (const std::bad_alloc&) {
      wake_();
    }
  }

  // wait() makes up for what fails. One that is there already need not be twice.
  void arm_or_later(const std::shared_ptr<watch>& w) noexcept {
    try {
      arm(w);
    } catch (const std::bad_alloc&) {
      if (std::find(unarmed_.begin(), unarmed_.end(), w) == unarmed_.end()) unarmed_.push_back(w);
    }
  }
  void arm(const std::shared_ptr<watch>& w) {
    if (!w->whom) return;
    if (w->what.read && !w->reading) wait(w, wait_type::wait_read, &watch::reading, {.read = true});
    if (w->what.write && !w->writing)
      wait(w, wait_type::wait_write, &watch::writing, {.write = true});
    if (!w->failing) wait(w, wait_type::wait_error, &watch::failing, {.hung_up = true});
  }
  // Those that were told already give theirs.
  void make_room() noexcept {
    if (next_ == 0 || ready_.size() < ready_.capacity()) return;
    ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
  }
  void wait(const std::shared_ptr<watch>& w, wait_type type, bool watch::*under_way,
            readiness how) {
    w->socket.async_wait(type, [this, w, under_way, how](const boost::system::error_code& ec) {
      w.get()->*under_way = false;
      if (ec || !w->whom) return;
      // What is no longer wanted is not reported, and waited for again when it is.
      if ((how.read && !w->what.read) || (how.write && !w->what.write)) return;
      make_room();
      ready_.emplace_back(w, how);
      wake_soon();
    });
    w.get()->*under_way = true;
  }

  asio::any_io_executor executor_;
  std::function<void()> wake_;
  watches watched_;
  std::vector<std::pair<std::shared_ptr<watch>, readiness>> ready_;  // there is room for all
  std::size_t next_ = 0;                                             // of ready_
  std::vector<std::shared_ptr<watch>> unarmed_;                      // as ready_
  bool is_woken_    = false;
  bool is_given_up_ = false;
};

}  // namespace

std::unique_ptr<poller> make_asio_poller(const asio::any_io_executor& executor,
                                         std::function<void()> wake) {
  return std::make_unique<asio_poller>(executor, std::move(wake));
}

}  // namespace adieu::inline v1::net
