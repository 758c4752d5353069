// The life of a loop: made, carried over into a child by fork(), shut down with its io_context.
#include "net/loop.hpp"

#include "net/driver.hpp"
#include "net/log_hook.hpp"
#include "net/resolver.hpp"
#include "net/time_asleep.hpp"
#include "net/tls_tickets.hpp"
#include "net/tls_workplace.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

namespace adieu::inline v1::net {
namespace {

// For asking again whether a timer can be had.
constexpr std::chrono::milliseconds without_timer{1};

}  // namespace

asio::execution_context::id loop::id;

// Asio tells its services of a fork in the order in which they were made. The loop has to be told
// after Asio's reactor, which in a child is the parent's until then, and may be made later than the
// loop.
class loop::fork_notice final : public asio::execution_context::service {
 public:
  using key_type = fork_notice;
  static asio::execution_context::id id;
  explicit fork_notice(asio::execution_context& context) : service(context) {}

 private:
  void shutdown() override {}
  void notify_fork(asio::execution_context::fork_event event) override {
    if (event == asio::execution_context::fork_child && asio::has_service<loop>(context()))
      asio::use_service<loop>(context()).begin_in_child();
  }
};

asio::execution_context::id loop::fork_notice::id;

loop::loop(asio::execution_context& context, const asio::any_io_executor& executor)
    : service(context),
      homes_{std::make_shared<asio::any_io_executor>(
          asio::prefer(executor, asio::execution::outstanding_work.untracked))},
      buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_size)),
      poller_(preferred_poller()(*homes_.front(),
                                 [this] {
                                   poll_again_ = true;
                                   turn();
                                 })),
      asleep_(time_asleep()),
      process_(forks()) {
  open_log();
  prepare();
}

// Again, for what was made while the io_context was being destroyed.
loop::~loop() { cut_off_all(); }

int loop::prepare() {
  if (timer_) return 0;
  try {
    auto made = std::make_unique<asio::steady_timer>(executor());  // makes the reactor
    asio::use_service<fork_notice>(context());
    timer_ = std::move(made);
    return 0;
  } catch (const boost::system::system_error& lacking) {
    return lacking.code().value();
  }
}

void loop::arm_timer() {
  const protocol::time soonest = wheel_.soonest();
  if (soonest == protocol::never) {
    if (timer_armed_ != protocol::never) timer_->cancel();
    timer_armed_ = protocol::never;
    return;
  }
  if (timer_armed_ <= soonest) return;
  if (prepare() != 0) {
    // Asio can wait for nothing at all, so nothing else is kept waiting.
    std::this_thread::sleep_for(without_timer);
    if (!post_turn()) throw std::bad_alloc();
    return;
  }
  const protocol::time next = wheel_.next(now_);
  timer_armed_              = protocol::never;
  timer_->expires_at(next);
  timer_->async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    timer_armed_ = protocol::never;
    turn();
  });
  timer_armed_ = next;
}

void loop::stop_two_threads() noexcept {
  std::fputs(
      "adieu: two threads use one io_context's connections at once. Another thread may only use "
      "websocket::ref(), or asio::post() to the executor of what it wants to call. If several "
      "threads run the io_context, give all its websockets and servers the same strand, "
      "asio::make_strand(io).\n",
      stderr);
  std::abort();
}

// --- the end ---

// The io_context is being destroyed: handlers are destroyed, never called. What websockets and refs
// still hold are shells.
void loop::shutdown() {
  entered();
  is_over_ = true;
  cut_off_all();
  // Last: what a destroyed handler owned was scheduled meanwhile.
  for (std::size_t i = settled_; i < settling_.size(); ++i) settling_[i]->release();
  settling_.clear();
  for (driver* d : scheduled_) d->release();
  scheduled_.clear();
  poller_->give_up(false);
  timer_.reset();
  for (const auto& home : homes_) *home = asio::any_io_executor();
}

void loop::cut_off_all() noexcept {
  while (auto* s = servers_.first()) {
    servers_.remove(*s);
    static_cast<cut_off_with*>(s)->cut_off();
  }
  while (auto* d = drivers_.first()) static_cast<driver*>(d)->cut_off();
}

// --- in a child after fork() ---

// Asio was told: the io_context is used in the child.
void loop::begin_in_child() {
  if (process_ == forks()) forks_so_far.fetch_add(1, std::memory_order_relaxed);  // by other means
  process_ = forks();
  if (is_over_) return;
  poller_->begin_anew();
  drop_the_parents();
  for (auto* m = servers_.first(); m;) {
    auto* const s = static_cast<cut_off_with*>(m);
    if (s->process_ == process_) {
      m = m->next();
      continue;
    }
    s->process_ = process_;
    if (!s->begin_in_child()) {
      servers_.remove(*s);
      s->cut_off();
    }
    m = servers_.first();  // what was destroyed may have destroyed others
  }
  post_turn();
}

// Asio was not told, so its reactor is the parent's: nothing is waited for any more.
void loop::leave_to_the_parent() noexcept {
  process_ = forks();
  is_over_ = true;
  poller_->give_up(true);
  keep_for_good(std::move(timer_));
  drop_the_parents();
  while (auto* s = servers_.first()) {
    servers_.remove(*s);
    static_cast<cut_off_with*>(s)->cut_off();
  }
}

// Closes the child's descriptors, no more than that, so that the peers notice nothing. In a handler
// the rest has to wait until it has returned.
void loop::drop_the_parents() noexcept {
  for (auto* m = drivers_.first(); m; m = m->next()) static_cast<driver*>(m)->leave_to_the_parent();
  holds_parents_ = true;
  if (in_turn_ && turning_.load(std::memory_order_relaxed) == this_thread())
    time_.stop();
  else
    cut_off_the_parents();
}

void loop::cut_off_the_parents() noexcept {
  holds_parents_ = false;
  time_.resume();
  for (auto* m = drivers_.first(); m;) {
    driver& d = *static_cast<driver*>(m);
    if (!d.is_parents_) {
      m = m->next();
      continue;
    }
    d.cut_off();
    m = drivers_.first();
  }
}

}  // namespace adieu::inline v1::net
