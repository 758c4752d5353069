// The scheduler of a herd.
#include "simulator/herd.hpp"

#include <algorithm>

namespace simulator {
namespace {

constexpr std::uint64_t most_events = 5'000'000;
// The rare delay or the same credentials' hour, a Retry-After of ten minutes and its spread, the
// ceiling, and what an application decides.
constexpr auto longest_way_back = std::chrono::minutes(120);
constexpr auto longest_end      = std::chrono::minutes(3);

}  // namespace

herd::herd()
    : io_stays_(io_.get_executor()),
      place_{.world       = &world_,
             .server      = &server_,
             .executor    = io_.get_executor(),
             .new_attempt = [this]() -> herd_attempt& {
               if (spare_.empty()) {
                 all_attempts_.push_back(std::make_unique<herd_attempt>());
                 spare_.push_back(all_attempts_.back().get());
               }
               attempts_.push_back(spare_.back());
               spare_.pop_back();
               return *attempts_.back();
             },
             .will_come = [this](time at) { will_come(at); }} {}

bool herd::run(std::uint64_t seed, std::string* words) {
  begin(seed, words);
  while (!world_.breached && step()) {
    if (++events_ == most_events) world_.breach(who::both, "it goes on and on: no end in sight");
  }
  const bool is_told = world_.breached;
  if (is_told) tell_breach();
  over();
  if (world_.breached && !is_told) tell_breach();
  return !world_.breached;
}

void herd::tell_breach() {
  world_.told.of(world_.breach_number);
  world_.told.say(world_.now, world_.breach_of, "*** %s", world_.what);
}

void herd::begin(std::uint64_t seed, std::string* words) {
  world_.now           = trace::epoch;
  world_.chance        = dice(seed);
  world_.breached      = false;
  world_.what[0]       = '\0';
  world_.breach_number = 0;
  world_.told.begin(words);
  events_     = 0;
  part_       = part::weather;
  part_began_ = world_.now;
  coming_.clear();
  dice& d   = world_.chance;
  is_crowd_ = d.one_in(16);
  count_    = is_crowd_ ? d.of({12u, 20u, 40u}) : d.of({2u, 2u, 2u, 3u, 3u, 4u, 6u, 8u});
  backoff_  = d.of({backoff::interactive(), backoff::interactive(), backoff::fleet(),
                    backoff::rfc6455(), backoff::grpc()});
  if (is_crowd_) backoff_ = d.one_in(3) ? backoff::fleet() : backoff::interactive();
  server_.begin(world_, attempts_, d.one_in(10));
  sleep_at_ = d.one_in(6) ? world_.now + world_.ms_of({100, 9'000, 40'000}) : never;
  while (clients_.size() < count_) clients_.push_back(std::make_unique<herd_client>());
  for (std::size_t i = 0; i < count_; ++i)
    clients_[i]->begin(place_, static_cast<unsigned>(i + 1), manners());
  may_be_posted_ = true;
}

herd_manners herd::manners() {
  dice& d = world_.chance;
  herd_manners m;
  reconnecting_options& o = m.options;
  o.backoff               = backoff_;
  if (d.one_in(40) && !is_crowd_) {  // hotter than anybody should be: the ceiling holds
    o.backoff.floor  = 0ms;
    o.backoff.window = o.backoff.cap = 300ms;
  }
  if (d.one_in(4)) {
    const auto then = d.of({action::back_off, action::slow, action::restart, action::retry_after,
                            action::new_credentials, action::stop_at_third, action::stop_at_eighth,
                            action::stop_unless_known_good, action::stop});
    switch (d.below(4)) {
      case 0: o.policy.on(d.of<std::uint16_t>({1000, 1001, 1006, 1008, 1012, 4004}), then); break;
      case 1: o.policy.on(d.of<std::uint16_t>({401, 403, 404, 429, 503}), then); break;
      case 2: o.policy.on(4000, 4999, then); break;
      default:
        o.policy.on(d.of({cause::unreachable, cause::opening_timed_out, cause::handler_failed}),
                    then);
    }
  }
  if (d.one_in(4)) o.stable_after = world_.ms_of({0, 3'000, 60'000}) / 1ms * 1ms;
  o.known_good = d.one_in(4);
  if (d.one_in(8)) o.max_attempts = d.of({1u, 3u, 6u});
  if (d.one_in(8)) o.max_elapsed = std::chrono::seconds(d.of({1, 10, 300}));
  for (unsigned n = d.one_in(3) ? 1 + d.below(2) : 0; n > 0; --n)
    o.endpoints.push_back("ws://endpoint-" + std::to_string(n) + "/");
  if (d.one_in(4)) o.abandon_code = 0;
  if (d.one_in(2)) o.max_queued_messages = d.of({1u, 3u, 100u});
  if (d.one_in(6)) o.max_queued_bytes = 150;
  connection_options& c = o.websocket.connection;
  c.deflate.enabled     = false;
  if (d.one_in(3)) c.deadlines.ping_after = {};
  if (d.one_in(8)) c.max_message = 100;
  if (d.one_in(8)) c.max_buffered = c.low_water = 100;
  c.on_overflow = d.one_in(12) ? overflow::close : overflow::refuse;
  if (dice(d).one_in(3)) c.handler_exceptions = handler_exceptions::propagate;
  m.on_attempt   = d.one_in(2);
  m.receives     = d.one_in(4);
  m.decides      = d.one_in(8) && !is_crowd_;
  m.restless     = is_crowd_ ? 0 : d.of({0u, 0u, 1u, 5u, 30u});
  m.throws       = d.one_in(8) ? 60 : 0;
  m.chance_fails = d.one_in(40) && !is_crowd_;
  return m;
}

// The next thing that happens; false if all is over.
bool herd::step() {
  // What was posted runs before time goes on, but not always before what is due now.
  if (may_be_posted_ && !world_.chance.one_in(8)) {
    posted();
    return true;
  }
  time next           = never;
  unsigned equals     = 0;
  herd_attempt* whose = nullptr;
  herd_client* client = nullptr;
  herd_attempt::turn turn;
  const auto earlier = [&](time at) {
    if (at == never) return false;
    at = std::max(at, world_.now);
    if (at > next) return false;
    if (at < next) equals = 0;
    next = at;
    return ++equals == 1 || world_.chance.one_in(equals);
  };
  enum { server, an_attempt, a_client, sleep } what = server;
  if (part_ == part::weather && earlier(server_.next_change())) what = server;
  if (part_ == part::weather && earlier(sleep_at_)) what = sleep;
  for (std::size_t i = 0; i < attempts_.size();) {
    herd_attempt& a = *attempts_[i];
    if (a.is_over()) {
      a.over();
      spare_.push_back(&a);
      attempts_.erase(attempts_.begin() + static_cast<std::ptrdiff_t>(i));
      continue;
    }
    const auto of_it = a.next();
    if (earlier(of_it.at)) {
      what  = an_attempt;
      whose = &a;
      turn  = of_it;
    }
    ++i;
  }
  for (std::size_t i = 0; i < count_; ++i)
    if (earlier(clients_[i]->next())) {
      what   = a_client;
      client = clients_[i].get();
    }
  if (may_be_posted_ && next > world_.now) {
    posted();
    return true;
  }
  if (part_ != part::weather || server_.has_calmed())
    if (next == never || next > world_.now) {
      if (parts_end()) return part_ != part::ending || !world_.breached;
      if (part_ == part::ending && attempts_.empty() &&
          std::all_of(clients_.begin(), clients_.begin() + static_cast<std::ptrdiff_t>(count_),
                      [](const auto& c) { return c->is_finished(); }))
        return false;
    }
  if (next == never) {
    if (server_closes_unasked()) return true;
    world_.breach(who::both, "nothing is to come, and not all have ended");
    return false;
  }
  world_.now = next;
  switch (what) {
    case server:
      world_.told.of(0);
      server_.changes();
      break;
    case sleep: {
      sleep_at_            = never;
      const duration hours = std::chrono::minutes(world_.chance.of({1, 30, 600}));
      herd_client& c       = *clients_[world_.chance.below(static_cast<std::uint32_t>(count_))];
      world_.told.of(c.number());
      world_.tell(who::client, "its process is stopped");
      c.sleeps_until(world_.now + hours);
      for (herd_attempt* a : attempts_)
        if (&a->whose() == &c) a->client().sleeps_until(world_.now + hours);
      break;
    }
    case an_attempt: {
      world_.told.of(whose->whose().number());
      herd_client& c = whose->whose();
      whose->happens(turn);
      c.hold();
      break;
    }
    case a_client:
      world_.told.of(client->number());
      client->happens();
      client->hold();
      break;
  }
  may_be_posted_ = true;
  return true;
}

void herd::posted() {
  may_be_posted_ = false;
  try {
    may_be_posted_ = io_.poll_one() != 0;
  } catch (const thrown_by_handler&) {
    may_be_posted_ = true;
  }
  if (!may_be_posted_) return;
  for (std::size_t i = 0; i < count_; ++i) clients_[i]->hold();
}

// Nothing is to happen at this moment. True if something has begun.
bool herd::parts_end() {
  const auto crowd = [&](auto call) {
    for (std::size_t i = 0; i < count_; ++i) {
      world_.told.of(clients_[i]->number());
      call(*clients_[i]);
    }
    may_be_posted_ = true;
  };
  switch (part_) {
    case part::weather:
      part_       = part::coming_back;
      part_began_ = world_.now;
      for (herd_attempt* a : attempts_) a->client().sleeps_until(world_.now);
      crowd([](herd_client& c) { c.winds_up(); });
      return true;
    case part::coming_back:
      if (std::all_of(clients_.begin(), clients_.begin() + static_cast<std::ptrdiff_t>(count_),
                      [](const auto& c) { return c->is_settled(); })) {
        part_       = part::ending;
        part_began_ = world_.now;
        for (herd_attempt* a : attempts_)
          for (who w : {who::client, who::server}) a->network().from(w).silent = false;
        crowd([](herd_client& c) { c.closes_for_good(); });
        return true;
      }
      if (world_.now - part_began_ > longest_way_back)
        world_.breach(who::both, "the server is well, and not everybody is back");
      return false;
    case part::ending:
      for (herd_attempt* a : attempts_)  // the link is held until the client is destroyed
        if (a->client().ended() && !a->is_dropped()) {
          clients_[a->whose().number() - 1]->destroy();
          may_be_posted_ = true;
          return true;
        }
      if (world_.now - part_began_ > longest_end)
        world_.breach(who::both, "everybody has closed, and not all has ended");
      return false;
  }
  return false;
}

// Whose client's kernel has given up the server is told nothing by anybody, and without a keepalive
// waits for ever: until the server closes.
bool herd::server_closes_unasked() {
  for (herd_attempt* a : attempts_) {
    if (!a->connected() || !a->client().ended() || !a->network().timed_out(who::client) ||
        a->server().machine().state() > ready_state::open)
      continue;
    bool began = false;
    a->server().close(close_code::going_away, "", began);
    return true;
  }
  return false;
}

// A crowd that was lost at once must not come back as one.
void herd::will_come(time at) {
  if (!is_crowd_ || part_ != part::weather) return;
  coming_.push_back(at);
  const auto near = std::count_if(coming_.begin(), coming_.end(), [&](time other) {
    return other > at - 50ms && other <= at + 50ms;
  });
  if (static_cast<std::size_t>(near) > count_ * 3 / 4 + 1)
    world_.breach(who::both, "the crowd comes back as one: %lld of %llu within 100 ms",
                  static_cast<long long>(near), static_cast<unsigned long long>(count_));
}

void herd::over() {
  for (std::size_t i = 0; i < count_; ++i) clients_[i]->destroy();
  while (io_.poll_one() != 0) {
  }
  for (herd_attempt* a : attempts_) {
    a->over();
    spare_.push_back(a);
  }
  attempts_.clear();
  if (!world_.breached)
    for (std::size_t i = 0; i < count_; ++i) clients_[i]->over();
  std::int64_t left = 0;
  for (std::int64_t& held : memory_of::held) left += std::exchange(held, 0);
  if (left != 0)
    world_.breach(who::both, "memory is left over when all is destroyed: %lld bytes",
                  static_cast<long long>(left));
}

}  // namespace simulator
