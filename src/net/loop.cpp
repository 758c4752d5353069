// The turn of a loop.
#include "net/loop.hpp"

#include "net/driver.hpp"
#include "net/resolver.hpp"
#include "net/time_asleep.hpp"
#include "net/tls_tickets.hpp"
#include "net/tls_workplace.hpp"

#include <algorithm>
#include <utility>

namespace adieu::inline v1::net {
namespace {

constexpr int rounds_a_turn = 8;
constexpr std::chrono::milliseconds looks_for_sleep{250};
// Two clocks that are read one after the other differ by less.
constexpr std::chrono::seconds a_sleep{1};

}  // namespace

loop& loop::of(const asio::any_io_executor& executor) {
  asio::execution_context& context = context_of(executor);
  if (!asio::has_service<loop>(context)) return asio::make_service<loop>(context, executor);
  loop& found = asio::use_service<loop>(context);
  found.entered();
  return found;
}

std::shared_ptr<const asio::any_io_executor> loop::hold(const asio::any_io_executor& executor) {
  asio::any_io_executor held = asio::prefer(executor, asio::execution::outstanding_work.untracked);
  // Nearly always they are all the same.
  for (const auto* known : {&homes_.front(), &homes_.back()})
    if (**known == held) return *known;
  if (homes_.size() >= many_homes_) {
    homes_.erase(std::remove_if(homes_.begin() + 1, homes_.end(),
                                [](const auto& home) { return home.use_count() == 1; }),
                 homes_.end());
    many_homes_ = 2 * homes_.size() + 8;
  }
  homes_.push_back(std::make_shared<asio::any_io_executor>(std::move(held)));
  return homes_.back();
}

net::resolver& loop::resolver() {
  if (!resolver_) resolver_ = std::make_unique<net::resolver>(*poller_);
  return *resolver_;
}

tls_workplace& loop::tls() {
  if (!tls_) tls_ = std::make_unique<tls_workplace>();
  return *tls_;
}

tls_tickets& loop::tickets() {
  if (!tickets_) tickets_ = std::make_unique<tls_tickets>();
  return *tickets_;
}

void loop::add(driver& d) {
  for (auto* each : {&scheduled_, &settling_})
    if (each->capacity() <= all_) each->reserve(2 * all_ + 1);
  ++all_;
  drivers_.add(d);
  d.retain();
}

// One that is scheduled keeps this reference until its turn has come.
void loop::remove(driver& d) noexcept {
  drivers_.remove(d);
  if (!d.scheduled_) release(d);
}

void loop::release(driver& d) noexcept {
  --all_;
  d.release();
}

void loop::schedule(driver& d) noexcept {
  entered();
  if (is_over_ || d.scheduled_) return;
  d.scheduled_ = true;
  scheduled_.push_back(&d);
  if (!in_turn_) post_turn();
}

void loop::schedule(deadline_wheel::entry& e, protocol::time at) noexcept {
  entered();
  wheel_.schedule(e, at);
  if (!in_turn_) post_turn();  // arms the timer
}

// False: there is no memory for it. Whatever else wakes the loop makes up for it.
bool loop::post_turn() noexcept {
  if (turn_posted_ || is_over_) return true;
  try {
    with_reserve([this] {
      asio::post(executor(), [this] {
        turn_posted_ = false;
        turn();
      });
    });
    turn_posted_ = true;
  } catch (...) {
  }
  return turn_posted_;
}

void loop::turn() {
  entered();
  if (is_over_) return;
  // A handler that runs the io_context itself ends up here within a turn: made up for afterwards.
  const void* const before = turning_.exchange(this_thread(), std::memory_order_relaxed);
  if (before && before != this_thread()) stop_two_threads();
  if (before) {
    again_ = true;
    return;
  }
  // A handler's exception goes to whoever runs the io_context; the rest of the turn is made up for
  // in the next.
  struct bracket {
    loop& l;
    bool is_over = false;
    ~bracket() {
      l.in_turn_ = false;
      l.turning_.store(nullptr, std::memory_order_relaxed);
      if (l.holds_parents_) [[unlikely]]
        l.cut_off_the_parents();
      if (!is_over || !l.scheduled_.empty() || !l.settling_.empty() ||
          std::exchange(l.again_, false))
        l.post_turn();
    }
  } guard{*this};
  in_turn_ = true;
  if (!reserve_) [[unlikely]]
    reserve_.reset(new (std::nothrow) std::byte[reserve_size]);
  serve();
  try {
    with_reserve([this] { wait_or_go_on(); });
    guard.is_over = true;
  } catch (const std::bad_alloc&) {
    if (!post_turn()) throw;  // nothing would ever wake this loop again
  }
}

// Those that become ready while others are served are served in the same turn, within bounds: the
// executor has other work, too. What there is no time for is done in the next turn, and each of the
// three has its own time, so that none keeps the others from going on.
void loop::serve() {
  const protocol::time begun = now_ = protocol::clock::now();
  time_.begin(begun);
  if (begun - sleep_looked_at_ >= looks_for_sleep) ask_who_is_there_after_sleep();
  for (int n = 1;; ++n) {
    // If a handler throws, poll_again_ stays: the poller is asked for the rest in the next turn.
    poll_again_ = poll_again_ && poller_->dispatch(time_);
    time_.allow_another_slice();
    wheel_.advance(now_, &time_);
    time_.allow_another_slice();
    settle_batch();
    if (settling_.empty()) {
      // Those that are scheduled meanwhile have their turn next, so that nobody starves the rest.
      std::swap(settling_, scheduled_);
      settle_batch();
    }
    if (!poll_again_ || n == rounds_a_turn || time_.is_over()) return;
    now_ = protocol::clock::now();
    if (now_ - begun >= turn_time::slice) return;
  }
}

// While the machine slept the peers may have given us up, and no deadline has passed.
void loop::ask_who_is_there_after_sleep() {
  sleep_looked_at_  = now_;
  const auto before = std::exchange(asleep_, time_asleep());
  if (asleep_ - before < a_sleep) return;
  for (auto* m = drivers_.first(); m; m = m->next()) static_cast<driver*>(m)->doubt();
}

// What a handler that threw has left over, or a turn that had no time for it, comes first.
void loop::settle_batch() {
  while (settled_ < settling_.size()) {
    if (time_.is_over()) return;
    driver& d    = *settling_[settled_++];
    d.scheduled_ = false;
    if (d.ended_)
      release(d);  // removed since: this was the last reference of the loop's
    else
      d.settle();
    time_.spend(turn_time::a_call);
  }
  settling_.clear();
  settled_ = 0;
}

// Asio is not asked to wait for what is ready anyhow.
void loop::wait_or_go_on() {
  if ((poll_again_ || time_.is_over()) && post_turn()) return;
  poller_->wait();
  arm_timer();
}

}  // namespace adieu::inline v1::net
