// The turn of a loop.
#include "net/loop.hpp"

#include "net/driver.hpp"
#include "net/log_hook.hpp"
#include "net/resolver.hpp"
#include "net/tls_tickets.hpp"
#include "net/tls_workplace.hpp"

#include <cassert>
#include <utility>

namespace adieu::inline v1::net {

namespace {

constexpr int rounds_a_turn = 8;

}  // namespace

asio::execution_context::id loop::id;

loop& loop::of(const asio::any_io_executor& executor) {
  asio::execution_context& context = context_of(executor);
  if (asio::has_service<loop>(context)) return asio::use_service<loop>(context);
  return asio::make_service<loop>(context, executor);
}

loop::loop(asio::execution_context& context, const asio::any_io_executor& executor)
    : service(context),
      executor_(executor),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_size)),
      poller_(preferred_poller()(executor,
                                 [this] {
                                   poll_again_ = true;
                                   turn();
                                 })),
      timer_(executor) {
  open_log();
}

loop::~loop() = default;

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

// The io_context is being destroyed: handlers are destroyed, never called. What websockets and refs
// still hold are shells.
void loop::shutdown() {
  while (auto* s = servers_.first()) {
    servers_.remove(*s);
    static_cast<cut_off_with*>(s)->cut_off();
  }
  while (auto* d = drivers_.first()) static_cast<driver*>(d)->cut_off();
  // Last: what a destroyed handler owned was scheduled meanwhile.
  for (std::size_t i = settled_; i < settling_.size(); ++i) settling_[i]->release();
  settling_.clear();
  for (driver* d : scheduled_) d->release();
  scheduled_.clear();
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
  assert(is_mine() && "a connection is called by two threads at once: use websocket::ref()");
  if (d.scheduled_) return;
  d.scheduled_ = true;
  scheduled_.push_back(&d);
  if (!in_turn_) post_turn();
}

void loop::schedule(deadline_wheel::entry& e, protocol::time at) noexcept {
  wheel_.schedule(e, at);
  if (!in_turn_) post_turn();  // arms the timer
}

// False: there is no memory for it. Whatever else wakes the loop makes up for it.
bool loop::post_turn() noexcept {
  if (turn_posted_) return true;
  try {
    with_reserve([this] {
      asio::post(executor_, [this] {
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
  assert(is_mine() && "two threads run an io_context: give all its connections one strand");
  // A handler that runs the io_context itself ends up here within a turn: made up for afterwards.
  if (in_turn_) {
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
      if (!is_over || !l.scheduled_.empty() || !l.settling_.empty() ||
          std::exchange(l.again_, false))
        l.post_turn();
    }
  } guard{*this};
  in_turn_ = true;
  turning_ = std::this_thread::get_id();
  if (!reserve_) [[unlikely]]
    reserve_.reset(new (std::nothrow) std::byte[reserve_size]);
  serve();
  try {
    with_reserve([this] {
      poller_->wait();
      arm_timer();
    });
    guard.is_over = true;
  } catch (const std::bad_alloc&) {
    if (!post_turn()) throw;  // nothing would ever wake this loop again
  }
}

// Those that become ready while others are served are served in the same turn, within bounds: the
// executor has other work, too.
void loop::serve() {
  for (int n = 0; n < rounds_a_turn; ++n) {
    now_ = protocol::clock::now();
    // If a handler throws, poll_again_ stays: the poller is asked for the rest in the next turn.
    const bool more = poll_again_ && poller_->dispatch();
    poll_again_     = false;
    wheel_.advance(now_);
    settle_all();
    if (!more) return;
    poll_again_ = true;
  }
  poll_again_ = false;
}

// Those that are scheduled meanwhile have their turn next, so that nobody starves the rest.
void loop::settle_all() {
  settle_batch();  // what a handler that threw has left over
  std::swap(settling_, scheduled_);
  settle_batch();
}

void loop::settle_batch() {
  while (settled_ < settling_.size()) {
    driver& d    = *settling_[settled_++];
    d.scheduled_ = false;
    if (d.ended_)
      release(d);  // removed since: this was the last reference of the loop's
    else
      d.settle();
  }
  settling_.clear();
  settled_ = 0;
}

void loop::arm_timer() {
  const protocol::time soonest = wheel_.soonest();
  if (soonest == protocol::never) {
    if (timer_armed_ != protocol::never) timer_.cancel();
    timer_armed_ = protocol::never;
    return;
  }
  if (timer_armed_ <= soonest) return;
  const protocol::time next = wheel_.next(now_);
  timer_armed_              = protocol::never;
  timer_.expires_at(next);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    timer_armed_ = protocol::never;
    turn();
  });
  timer_armed_ = next;
}

}  // namespace adieu::inline v1::net
