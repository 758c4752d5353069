// What happens in each, and until when who has to be given up.
#include "simulator/trial.hpp"

#include "simulator/profile.hpp"

#include <algorithm>

namespace simulator {
namespace {

using of = trial::of;

std::chrono::milliseconds ms(int n) { return std::chrono::milliseconds(n); }

duration ping_of(const plan& p) {
  const auto& d = p.options[0].deadlines;
  return d.ping_after == deadlines::by_role ? duration(25s) : duration(d.ping_after);
}

// How long a queue takes to leave, a window at a time.
duration empties(const conditions& out, std::uint64_t queue) {
  return out.delay * (queue / out.window + 2);
}

conditions quick(dice& d) {
  conditions c;
  c.delay     = ms(d.of({0, 1, 20}));
  c.window    = d.of({2000u, 60'000u, 300'000u});
  c.held_back = d.of({0u, 0u, 50'000u});
  c.announces = d.of({~0u, ~0u, 16'384u});
  c.lazy      = d.one_in(3);
  return c;
}

}  // namespace

void draw_trial(plan& p, dice& d) {
  p.calm = p.with_opening = false;
  p.trial.watched         = d.one_in(2) ? who::client : who::server;
  p.trial.what = d.of({of::frozen, of::frozen, of::slow, of::talker, of::mute, of::paused, of::dead,
                       of::unasked, of::closing, of::cut_off});
  const std::size_t i = index(p.trial.watched), j = 1 - i;
  const of what = p.trial.what;
  for (std::size_t each : {i, j}) {
    p.how[each]           = {.actions = 0, .reacts = 0, .pings = false, .mistakes = false};
    p.half_closes[each]   = false;
    p.given[each]         = {};
    connection_options& o = p.options[each];
    o                     = {};
    o.deflate.enabled     = false;
    o.on_overflow         = overflow::refuse;
    o.max_buffered        = d.of({4096u, 100'000u});
    o.deadlines.closing   = std::chrono::hours(1);
  }
  const auto ping = d.of({deadlines::by_role, ms(400), ms(4000)}),
             pong = ms(d.of({400, 4000, 20'000}));
  for (connection_options& o : p.options)
    o.deadlines.ping_after = ping, o.deadlines.pong_within = pong;
  p.to_server             = quick(d);
  p.to_client             = quick(d);
  p.lateness              = ms(d.of({0, 16}));
  p.encrypts              = d.one_in(5);
  p.faults                = 0;
  p.reset_destroys_unread = true;
  conditions& out         = i == index(who::client) ? p.to_server : p.to_client;
  conditions& in          = i == index(who::client) ? p.to_client : p.to_server;
  const duration pings    = ping_of(p);
  manners& sends          = p.how[i];
  manners& answers        = p.how[j];
  // What the keepalive knows of itself differs from system to system; here it is told all.
  if (what != of::slow && what != of::talker) p.told = link::tells::all;
  p.trial.begins       = pings * d.below(200) / 100;
  p.trial.lasts        = pings * 2 + pong * 3 + 2s;
  const auto heartbeat = std::max<duration>(pings / 10, pong / 40);
  switch (what) {
    case of::none: break;
    case of::unasked:
      (d.one_in(2) ? p.options[i].deadlines.ping_after : p.options[i].deadlines.pong_within) =
          ms(0);
      [[fallthrough]];
    case of::frozen:
      if (!d.one_in(4)) sends.ticks_every = heartbeat;
      break;
    case of::talker:
      answers.ticks_every = heartbeat;
      sends.ticks_every   = heartbeat;
      sends.fills         = true;
      sends.tick          = 1000;
      p.trial.lasts += heartbeat * (out.window + out.held_back) / p.options[i].max_buffered;
      break;
    case of::mute:
      p.options[j].deadlines.ping_after = ms(0);
      sends.ticks_every                 = heartbeat;
      sends.fills                       = d.one_in(2);
      sends.tick                        = sends.fills ? 1000 : 20;
      // As many of them have to come as its kernel can hold.
      if (!sends.fills) out.window = 2000;
      p.trial.lasts +=
          heartbeat * (out.window / (sends.fills ? p.options[i].max_buffered : sends.tick) + 4) +
          empties(out, p.options[i].max_buffered);
      break;
    case of::paused:
      p.options[j].deadlines.ping_after = ms(0);
      if (d.one_in(2)) sends.ticks_every = heartbeat;
      break;
    case of::dead: break;
    case of::closing:
    case of::slow:
    case of::cut_off:
      // A look comes four times in any deadline: twice as often something is read.
      p.options[j].deadlines.ping_after = ms(0);
      p.slow_bytes                      = d.of({50u, 500u, 3000u});
      p.slow_for                        = std::min<duration>(pong / 10, 500ms);
      sends.ticks_every                 = p.slow_for;
      sends.fills                       = true;
      sends.tick                        = d.of({100u, 2000u});
      p.trial.lasts =
          std::max(std::min<duration>(p.slow_for * out.window / p.slow_bytes, p.slow_for * 400),
                   pings * 3 / 2 + pong * 2);
      break;
  }
  if (what == of::closing) {
    out.announces             = ~0u;  // or the last that is read is not seen to be read
    out.lazy                  = false;
    out.window                = std::min(out.window, 200 * p.slow_bytes);
    p.options[i].max_buffered = 4096;
    if (d.one_in(2)) answers.ticks_every = heartbeat;
  }
  if (what == of::cut_off) {
    p.slow_bytes        = 0;
    answers.ticks_every = 100ms;
    auto& own           = p.options[i].deadlines;
    own.flushing        = ms(d.of({500, 3000}));
    own.awaiting_close  = ms(d.of({500, 3000}));
  }
  if (what == of::mute) in.held_back = 0;
}

void trial::begin(world& w, const simulator::plan& p, link& l, end* ends,
                  application* applications) {
  world_        = &w;
  link_         = &l;
  ends_         = ends;
  applications_ = applications;
  plan_         = p.trial;
  lateness_     = p.lateness;
  next_ = began_ = refused_since_ = never;
  closing_ = over_ = false;
  if (!is_on()) return;
  const manners& sends = p.how[index(plan_.watched)];
  queue_               = sends.fills ? watched().options().max_buffered : std::max(sends.tick, 1u);
  next_                = w.now + plan_.begins;
  if (plan_.what == of::slow || plan_.what == of::closing) {
    peer().reads_at_once = p.slow_bytes;
    peer().busy_with_it  = p.slow_for;
  }
}

void trial::expect(bool right, const char* what) {
  if (!right) world_->breach(plan_.watched, what);
}

// --- what happens ---

void trial::happens() {
  next_ = never;
  if (began_ == never) return begins();
  if (plan_.what == of::closing && !closing_ && is_open()) return closes();
  if (plan_.what == of::cut_off)
    return applications_[index(peer().whose())].keeps_reading_only_if(true);
  over_ = true;
}

void trial::begins() {
  began_           = world_->now;
  next_            = world_->now + plan_.lasts;
  application& own = applications_[index(plan_.watched)];
  switch (plan_.what) {
    case of::frozen:
    case of::unasked:
      world_->tell(peer().whose(), "its process is stopped");
      return peer().sleeps_until(never);
    case of::talker: return applications_[index(peer().whose())].keeps_reading_only_if(false);
    case of::mute:
      world_->tell(peer().whose(), "can say nothing any more");
      link_->from(peer().whose()).how.window = 0;
      return;
    case of::dead:
      world_->tell(who::both, "a black hole");
      for (who w : {who::client, who::server}) link_->from(w).silent = true;
      [[fallthrough]];
    case of::paused: return own.keeps_reading_only_if(false);
    case of::cut_off:
      applications_[index(peer().whose())].keeps_reading_only_if(false);
      own.closes();
      next_ = never;
      return;
    default: return;
  }
}

void trial::closes() {
  closing_ = true;
  applications_[index(plan_.watched)].closes();
}

// --- what has to hold ---

bool trial::is_open() const { return watched().machine().at() == stage::open; }
duration trial::ping() const { return watched().machine().agreed().ping_after(); }
duration trial::pong() const { return watched().options().deadlines.pong_within; }
duration trial::slack() const {
  return 4 * lateness_ + link_->from(plan_.watched).how.delay * 4 + 60ms;
}

// Until when the peer has to be given up; never: it must not be.
time trial::give_up_by() const {
  if (began_ == never) return never;
  const patience& waits     = watched().waits();
  const duration unanswered = pong() + pong() / 64 + slack();
  const time asked          = waits.last_heard() + ping() + ping() / 10;
  switch (plan_.what) {
    // What was read before shows at the next look.
    case of::frozen: return std::max(asked, began_ + pong() / 4) + unanswered;
    // …and, if there is much to read, until more has come than its kernel can hold.
    case of::mute: {
      const auto& out  = link_->from(plan_.watched).how;
      const auto turns = static_cast<int>(1 + (out.window + out.held_back) / queue_);
      return std::max(asked, began_) + ping() / 10 * turns + pong() / 40 * turns + pong() / 2 +
             empties(out, queue_) + unanswered;
    }
    case of::talker: {
      if (waits.refused_since() == never) return never;
      const duration silence = ping() + pong();
      return std::max(waits.refused_since(), began_ + silence / 4) + silence + slack();
    }
    case of::dead: return began_ + std::max(ping() + ping() / 10, pong()) + unanswered;
    default: return never;
  }
}

// A slow reader shows what it reads once its window is exhausted. Before that it may need longer
// for what lies before the ping than it is given, and is nothing else than a frozen one to see.
bool trial::shows_that_it_reads() const {
  return refused_since_ != never && refused_since_ + pong() <= seen_open_;
}

void trial::hold() {
  if (!is_on() || over_ || ends_[0].ended()) return;
  if (is_open()) {
    refused_since_ = watched().waits().refused_since();
    seen_open_     = world_->now;
    expect(world_->now <= give_up_by(), "a peer is not given up in time");
    return;
  }
  switch (plan_.what) {
    case of::slow:
    case of::closing:
      expect(closing_ || !shows_that_it_reads(), "a peer is given up that must not be");
      break;
    case of::paused:
    case of::unasked: return expect(false, "a peer is given up that must not be");
    case of::cut_off:
      if (watched().was().stopped && next_ == never && peer().paused())
        next_ = world_->now + watched().options().deadlines.ending / 4;
      break;
    default: break;
  }
  if (watched().ended() && plan_.what != of::cut_off) over_ = true;
}

void trial::judge() {
  if (!is_on() || began_ == never) return;
  const ending& how = watched().how();
  switch (plan_.what) {
    case of::frozen:
    case of::mute:
    case of::talker:
    case of::dead:
      return expect(how.cause == cause::keepalive_timed_out,
                    "a peer is given up for another reason");
    case of::closing:
      return expect(how.was_clean || !closing_, "who closes does not wait for a slow reader");
    case of::cut_off:
      return expect(
          applications_[index(peer().whose())].delivered() >= watched().watch().messages_put(),
          "what was on its way is destroyed, though the peer talks on");
    case of::unasked:
      return expect(watched().watch().pings().empty(), "a ping, and nobody asked for a keepalive");
    default: return;
  }
}

}  // namespace simulator
