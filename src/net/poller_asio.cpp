// The portable poller: Asio's own waits, one set for each socket. Slower by a system call for each
// wait; kept alive by running the driver's tests on it.
#include "net/poller.hpp"

#include "net/asio.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <map>
#include <memory>
#include <vector>

namespace adieu::inline v1::net {
namespace {

using wait_type = asio::posix::stream_descriptor::wait_type;

class asio_poller final : public poller {
 public:
  asio_poller(const asio::any_io_executor& executor, std::function<void()> wake)
      : executor_(executor), wake_(std::move(wake)) {}
  ~asio_poller() override {
    for (auto& [fd, w] : watched_) w->socket.release();
  }

  int add(int descriptor, interest what, pollable& whom) override {
    auto w               = std::make_shared<watch>(executor_, descriptor);
    w->what              = what;
    w->whom              = &whom;
    watched_[descriptor] = w;
    arm(w);
    return 0;
  }
  void change(int descriptor, interest what, pollable&) override {
    const auto at = watched_.find(descriptor);
    if (at == watched_.end()) return;
    at->second->what = what;
    arm(at->second);
  }
  void remove(int descriptor, pollable&) override {
    const auto at = watched_.find(descriptor);
    if (at == watched_.end()) return;
    at->second->whom = nullptr;
    at->second->socket.release();
    watched_.erase(at);
  }

  bool dispatch() override {
    while (!ready_.empty()) {
      const auto [w, how] = ready_.front();
      ready_.erase(ready_.begin());
      if (!w->whom) continue;
      const struct rearming {  // although a handler throws
        asio_poller& self;
        const std::shared_ptr<watch>& what;
        ~rearming() { self.arm(what); }
      } afterwards{*this, w};
      w->whom->ready(how);
    }
    return false;
  }
  void wait() override {}  // each socket is waited for by itself

 private:
  struct watch {
    watch(const asio::any_io_executor& executor, int descriptor) : socket(executor, descriptor) {}
    asio::posix::stream_descriptor socket;
    interest what;
    pollable* whom = nullptr;
    bool reading = false, writing = false, failing = false;  // waits under way
  };

  void arm(const std::shared_ptr<watch>& w) {
    if (!w->whom) return;
    if (w->what.read && !w->reading) wait(w, wait_type::wait_read, &watch::reading, {.read = true});
    if (w->what.write && !w->writing)
      wait(w, wait_type::wait_write, &watch::writing, {.write = true});
    if (!w->failing) wait(w, wait_type::wait_error, &watch::failing, {.hung_up = true});
  }
  void wait(const std::shared_ptr<watch>& w, wait_type type, bool watch::*under_way,
            readiness how) {
    w.get()->*under_way = true;
    w->socket.async_wait(type, [this, w, under_way, how](const boost::system::error_code& ec) {
      w.get()->*under_way = false;
      if (ec || !w->whom) return;
      // What is no longer wanted is not reported, and waited for again when it is.
      if ((how.read && !w->what.read) || (how.write && !w->what.write)) return;
      ready_.emplace_back(w, how);
      wake_();
    });
  }

  asio::any_io_executor executor_;
  std::function<void()> wake_;
  std::map<int, std::shared_ptr<watch>> watched_;
  std::vector<std::pair<std::shared_ptr<watch>, readiness>> ready_;
};

}  // namespace

std::unique_ptr<poller> make_asio_poller(const asio::any_io_executor& executor,
                                         std::function<void()> wake) {
  return std::make_unique<asio_poller>(executor, std::move(wake));
}

}  // namespace adieu::inline v1::net
