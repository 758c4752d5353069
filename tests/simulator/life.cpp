// The scheduler.
#include "simulator/life.hpp"

#include <algorithm>

namespace simulator {
namespace {

constexpr who both_ends[] = {who::client, who::server};
// No life needs as many, not one of large messages that pass byte by byte; one that does goes in
// circles.
constexpr std::uint64_t most_events = 10'000'000;

}  // namespace

bool life::run(dice chance, profile which, std::string* words) {
  begin(chance, which, words);
  while (!world_.breached && step()) {
    ++events_;
    for (who w : both_ends) invariants_[index(w)].hold();
    trial_.hold();
    if (events_ == most_events) world_.breach(who::both, "it goes on and on: no end in sight");
  }
  over();
  return !world_.breached;
}

void life::begin(dice chance, profile which, std::string* words) {
  world_.now      = trace::epoch;
  world_.chance   = chance;
  world_.breached = false;
  world_.what[0]  = '\0';
  world_.told.begin(words);
  events_     = 0;
  winding_up_ = clean_ = false;
  weather_at_          = never;
  plan_                = draw(which, world_.chance);
  // Thousands of messages are no life here: the driver's limit, made small in a part of them.
  // Thrown by other dice, so that nothing else is another.
  const bool few_a_turn = dice(world_.chance).one_in(4);
  draw_more(plan_, dice(dice(world_.chance).next()));
  link_.begin(world_, plan_.to_server, plan_.to_client);
  link_.reset_destroys_unread = plan_.reset_destroys_unread;
  link_.told                  = plan_.told;
  for (who w : both_ends) {
    const std::size_t i = index(w), j = index(peer_of(w));
    watches_[i].begin(world_, w, plan_.with_opening);

    ends_[i].begin(world_, link_, w, applications_[i], watches_[i], plan_.options[i]);
    ends_[i].lateness        = plan_.lateness;
    ends_[i].messages_a_turn = few_a_turn ? 2 : 1000;
    ends_[i].half_closes     = plan_.half_closes[i];
    ends_[i].encrypts        = plan_.encrypts;
    link_.behind(w).begin(world_, w, plan_.sabotage[i], plan_.options[j]);
    link_.behind(w).floods = plan_.floods;
    applications_[i].begin(world_, ends_[i], watches_[j], plan_.how[i]);
    invariants_[i].begin(world_, ends_[i], applications_[i], watches_[i], watches_[j], link_,
                         plan_.given[i]);
    const auto against = plan_.sabotage[j], own = plan_.sabotage[i];
    applications_[i].believes_all   = against == saboteur::way::corrupts;
    applications_[i].believes_pongs = applications_[i].believes_all || own != saboteur::way::none;
    watches_[i].believes_pongs      = !plan_.given[i].honest;
    watches_[i].answers(against == saboteur::way::reframes ? link_.behind(peer_of(w)).pings()
                                                           : watches_[j].pings());
  }
  for (end& e : ends_)
    plan_.with_opening ? e.starts_opening() : e.starts_open(plan_.deflate[index(e.whose())]);
  if (!plan_.with_opening)
    for (end& e : ends_) e.turn(false);  // opened and told in one turn
  for (invariants& i : invariants_) i.hold();
  trial_.begin(world_, plan_, link_, ends_, applications_);
  faults_left_ = plan_.faults;
  if (faults_left_ != 0) weather_at_ = world_.now + world_.ms_of({0, 1, 30, 500, 6000});
  if (words)
    world_.told.say(world_.now, who::both, "%s%s", plan_.calm ? "calm" : "rough",
                    plan_.with_opening ? ", from the opening on" : "");
}

// The next thing that happens; false if nothing does any more.
bool life::step() {
  struct candidate {
    time at          = never;
    unsigned equals  = 0;
    unsigned which   = 0;
    bool asks_poller = false;
  } next;
  const auto consider = [&](time at, unsigned which, bool asks_poller = false) {
    if (at == never || at > next.at) return;
    if (at < next.at) next.equals = 0;
    // Of equals each is as likely.
    if (++next.equals == 1 || world_.chance.one_in(next.equals)) {
      next.which       = which;
      next.asks_poller = asks_poller;
    }
    next.at = at;
  };
  const auto at_once = [&](time at) { return at == never ? never : std::max(at, world_.now); };
  for (who w : both_ends) {
    bool asks_poller = false;
    const time turn  = ends_[index(w)].next_turn(asks_poller);
    consider(at_once(turn), static_cast<unsigned>(index(w)), asks_poller);
    const time act = applications_[index(w)].next_act();
    consider(act == never ? never : at_once(std::max(act, ends_[index(w)].asleep_until())),
             2 + static_cast<unsigned>(index(w)));
  }
  consider(at_once(link_.next_moment()), 4);
  if (!winding_up_) consider(at_once(std::min(weather_at_, trial_.next())), 5);

  if (ends_[0].ended() && ends_[1].ended()) return false;
  if (!winding_up_ && trial_.is_over()) {
    wind_up();
    return true;
  }
  const bool all_acted = applications_[0].next_act() == never &&
                         applications_[1].next_act() == never && trial_.next() == never;
  if (!winding_up_ && all_acted && weather_at_ == never &&
      (next.at == never || next.at > world_.now)) {
    wind_up();
    return true;
  }
  if (next.at == never) {
    if (closes_unasked()) return true;
    world_.breach(who::both, "nothing is to come, and not both have ended");
    return false;
  }
  world_.now = next.at;
  switch (next.which) {
    case 0:
    case 1: ends_[next.which].turn(next.asks_poller); break;
    case 2:
    case 3: applications_[next.which - 2].act(); break;
    case 4: link_.happens(); break;
    default: trial_.is_on() ? trial_.happens() : weather_changes();
  }
  return true;
}

void life::weather_changes() {
  weather_at_ = never;
  if (faults_left_ == 0) return;
  if (--faults_left_ != 0) weather_at_ = world_.now + world_.ms_of({0, 1, 30, 500, 6000, 50'000});
  const who w  = world_.chance.one_in(2) ? who::client : who::server;
  direction& d = link_.from(w);
  switch (world_.chance.below(13)) {
    case 0: return link_.reset_both();
    case 1: return link_.end_both();
    case 2:
    case 3:
      world_.tell(w, "what it sends no longer arrives");
      d.silent = true;
      return;
    case 4:
      world_.tell(who::both, "a black hole");
      for (who each : both_ends) link_.from(each).silent = true;
      return;
    case 5:
      world_.tell(who::both, "everything arrives again");
      for (who each : both_ends) link_.from(each).silent = false;
      return;
    case 6:
      d.how.window = world_.chance.of({0u, plan_.how[index(w)].large_sometimes ? 400u : 1u, 400u});
      world_.tell(w, "may have only %llu bytes under way", d.how.window);
      return;
    case 7:
      d.how.window = 65'536;
      world_.tell(w, "may have many bytes under way");
      return;
    case 8:
    case 9: {
      const std::uint32_t after = world_.chance.below(200);
      const bool with_reset     = world_.chance.one_in(2);
      world_.tell(w, "is cut off after %llu more bytes", after);
      return link_.cut_after(w, after, with_reset);
    }
    case 10: {
      const duration hours = std::chrono::minutes(world_.chance.of({1, 30, 600}));
      world_.tell(w, "its process is stopped for %llu minutes",
                  static_cast<std::uint64_t>(
                      std::chrono::duration_cast<std::chrono::minutes>(hours).count()));
      ends_[index(w)].sleeps_until(world_.now + hours, dice(world_.chance).one_in(2));
      return;
    }
    case 11:
      for (end& e : ends_)
        if (!e.ended()) e.due_early();
      return;
    default: world_.tell(w, "has no randomness left"); ends_[index(w)].keys().fails = true;
  }
}

// The faults stop; somebody closes, or has.
void life::wind_up() {
  winding_up_ = true;
  world_.tell(who::both, "the faults stop; everybody reads, somebody closes");
  bool silent = false;
  for (who w : both_ends) {
    direction& d = link_.from(w);
    if (!plan_.black_hole_stays) d.silent = false;
    silent                        = silent || d.silent;
    d.how.window                  = std::max(d.how.window, 1024u);
    ends_[index(w)].reads_at_once = 0;
    if (trial_.is_on()) ends_[index(w)].sleeps_until(world_.now);
  }
  const bool first = world_.chance.one_in(2);
  for (who w : both_ends) {
    const bool mine = (w == who::client) == first;
    applications_[index(w)].winds_up(mine || plan_.both_close || silent);
  }
}

// Whose peer was given up by a kernel is told nothing by anybody, and without a keepalive waits for
// ever: until its application closes.
bool life::closes_unasked() {
  for (who w : both_ends) {
    application& left = applications_[index(w)];
    if (ends_[index(w)].ended() || !ends_[index(peer_of(w))].ended() ||
        !link_.timed_out(peer_of(w)) || ends_[index(w)].machine().state() > ready_state::open)
      continue;
    left.winds_up(true);
    return true;
  }
  return false;
}

void life::over() {
  if (!world_.breached)
    hold_between(world_, ends_[0], applications_[0], ends_[1], applications_[1], link_, plan_.calm);
  if (!world_.breached) trial_.judge();
  clean_ = !world_.breached && ends_[0].how().was_clean && ends_[1].how().was_clean;
  for (who w : both_ends) {
    ends_[index(w)].over();
    std::int64_t& held = memory_of::held[index(w)];
    if (held != 0)
      world_.breach(w, "memory is left over when all is destroyed: %lld bytes",
                    static_cast<long long>(held));
    held = 0;
  }
  if (world_.breached && world_.told.in_words())
    world_.told.say(world_.now, world_.breach_of, "*** %s", world_.what);
}

}  // namespace simulator
