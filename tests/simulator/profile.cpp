// How the dice fall.
#include "simulator/profile.hpp"

#include <algorithm>

namespace simulator {
namespace {

std::chrono::milliseconds ms(int n) { return std::chrono::milliseconds(n); }

conditions calm_conditions(dice& d) {
  conditions c;
  c.delay     = ms(d.of({0, 0, 0, 1, 5}));
  c.jitter    = d.one_in(3) ? ms(3) : ms(0);
  c.split     = d.one_in(3);
  c.window    = d.of({1u << 20, 1u << 20, 65'536u, 4096u});
  c.read_cap  = d.of({~0u, ~0u, ~0u, 1500u, 64u});
  c.write_cap = d.of({~0u, ~0u, ~0u, 1500u, 100u});
  if (c.delay.count() == 0 && c.jitter.count() == 0 && d.one_in(4)) {
    c.window   = d.of({1u, 10u, 200u});
    c.read_cap = d.of({1u, 2u, 7u, ~0u});
  }
  return c;
}

conditions rough_conditions(dice& d) {
  conditions c;
  c.delay     = ms(d.of({0, 0, 1, 30, 700, 2500}));
  c.jitter    = ms(d.of({0, 0, 3, 900}));
  c.split     = d.one_in(2);
  c.window    = d.of({1u << 20, 65'536u, 5000u, 200u, 10u, 1u});
  c.read_cap  = d.of({~0u, ~0u, 1500u, 64u, 7u, 1u});
  c.write_cap = d.of({~0u, ~0u, 1500u, 64u, 1u});
  return c;
}

connection_options rough_options(dice& d) {
  connection_options o;
  if (d.one_in(4)) o.max_buffered = d.of({1u, 100u, 5000u});
  if (d.one_in(4)) o.max_message = d.of({50u, 124u, 5000u});
  o.on_overflow = d.one_in(5) ? overflow::close : overflow::refuse;
  if (d.one_in(8)) o.max_control_frames_per_second = 3;
  if (d.one_in(4)) o.late_messages = late::discard;
  if (d.one_in(4)) o.low_water = d.of({0u, 100u, 5000u});
  if (d.one_in(4)) {
    o.deadlines.opening        = ms(d.of({1, 500, 10'000}));
    o.deadlines.flushing       = ms(d.of({1, 500, 10'000}));
    o.deadlines.last_words     = ms(d.of({1, 500, 3000}));
    o.deadlines.awaiting_close = ms(d.of({1, 500, 5000}));
    o.deadlines.ending         = ms(d.of({1, 500, 2000}));
    o.deadlines.closing        = ms(d.of({1, 3000, 60'000}));
    o.deadlines.ping_after     = ms(d.of({0, 300, 4000, 20'000}));
    o.deadlines.pong_within    = ms(d.of({0, 300, 4000, 20'000}));
  }
  return o;
}

// Bytes that go one by one are few.
void spare(plan& p) {
  const auto narrow = [](const conditions& c) {
    return std::min({c.window, c.write_cap, c.read_cap});
  };
  const std::uint32_t least = std::min(narrow(p.to_server), narrow(p.to_client));
  for (manners& m : p.how) {
    if (least < 16)
      m.largest = std::min(m.largest, 150u);
    else if (least < 512)
      m.largest = std::min(m.largest, 1000u);
    if (least < 512) m.large_sometimes = false;
  }
  // So are those that ask whether anybody is there.
  if (least < 16)
    for (connection_options& o : p.options) {
      o.deadlines.ping_after  = deadlines::by_role;
      o.deadlines.pong_within = deadlines().pong_within;
    }
}

// One of the two, or both, is another kind of peer.
void sabotage(plan& p, dice& d) {
  using way            = saboteur::way;
  p.with_opening       = false;
  const std::size_t by = d.below(2), of = 1 - by;
  switch (d.below(4)) {
    case 0:
      p.sabotage[by]     = way::corrupts;
      p.calm             = false;
      p.given[of].honest = false;
      break;
    case 1:
    case 2:
      p.sabotage[by] = way::violates;
      p.floods       = d.one_in(100);
      p.calm         = p.calm && !p.floods;
      if (p.floods) p.to_server.read_cap = p.to_client.read_cap = ~0u;
      p.given[of].honest = false;
      if (d.one_in(3)) {
        p.options[of].max_message = 2500;  // more than its lawful messages have
        p.how[0].large_sometimes = p.how[1].large_sometimes = false;
      }
      if (d.one_in(4)) p.options[of].max_control_frames_per_second = 3;
      if (p.options[of].max_control_frames_per_second == 3) p.how[0].pings = p.how[1].pings = false;
      break;
    default:
      for (way& w : p.sabotage) w = d.one_in(3) ? way::none : way::reframes;
      for (std::size_t i = 0; i < 2; ++i) p.given[i].foreign = p.sabotage[1 - i] != way::none;
  }
}

void compress(plan& p, dice& d) {
  for (connection_options& o : p.options) {
    o.deflate.enabled                 = true;
    o.deflate.level                   = d.of({1, 1, 6});
    o.deflate.threshold               = d.of({0u, 1u, 20u, 256u});
    o.deflate.server_context_takeover = d.one_in(2);
    o.deflate.client_context_takeover = d.one_in(2);
    o.deflate.server_max_window_bits  = d.of({0, 0, 8, 9, 10, 12, 15});
    o.deflate.client_max_window_bits  = d.of({0, 0, 8, 9, 10, 12, 15});
    o.deflate.memory_level            = d.of({1, 5});
    if (d.one_in(2)) o.deflate.max_context_memory = d.of({0u, 1u, 20'000u});
  }
  p.with_opening = p.with_opening || d.one_in(2);
  for (const auto& by : p.sabotage)
    if (by != saboteur::way::none) p.with_opening = false;
  protocol::deflate_agreement &c = p.deflate[0], &s = p.deflate[1];
  c.on = s.on    = true;
  c.our_takeover = s.their_takeover = d.one_in(2);
  c.their_takeover = s.our_takeover = d.one_in(2);
  c.our_window_bits                 = s.their_window_bits =
      static_cast<std::uint16_t>(d.of({15, 15, 8, 9, 12}) & 15);
  c.their_window_bits = s.our_window_bits =
      static_cast<std::uint16_t>(d.of({15, 15, 8, 9, 12}) & 15);
}

}  // namespace

plan draw(profile which, dice& d) {
  plan p;
  p.calm = d.percent(45);

  p.with_opening = d.one_in(6);

  for (manners& m : p.how) {
    m.actions         = d.of({0u, 1u, 2u, 4u, 6u, 6u, 8u, d.one_in(10) ? 50u : 10u});
    m.largest         = d.of({20u, 130u, 300u, 2000u});
    m.large_sometimes = d.one_in(40);
    m.reacts          = d.of({0u, 5u, 20u, 40u});
    m.leaves          = d.one_in(6) ? 60 : 0;
    m.throws          = d.one_in(6) ? 60 : 0;
    m.polite          = p.calm;
    m.terminates      = !p.calm && d.one_in(6) ? 60 : 0;
    m.refuses_opening = d.one_in(8);
    m.slow_to_accept  = !p.calm && d.one_in(4);
    m.pings           = d.one_in(2);
  }
  if (p.calm) {
    p.to_server = calm_conditions(d);
    p.to_client = calm_conditions(d);
    p.lateness  = d.one_in(2) ? ms(16) : ms(0);
    for (connection_options& o : p.options) {
      if (d.one_in(4)) o.late_messages = late::discard;
      if (d.one_in(6)) o.low_water = d.of({0u, 100u});
      if (d.one_in(6)) o.max_buffered = d.of({1u, 100u, 5000u});
      o.on_overflow = d.one_in(6) ? overflow::close : overflow::refuse;
    }
  } else {
    p.to_server = rough_conditions(d);
    p.to_client = d.one_in(2) ? p.to_server : rough_conditions(d);
    p.lateness  = ms(d.of({0, 16, 16, 500}));
    for (connection_options& o : p.options) o = rough_options(d);
    p.faults           = d.of({0u, 1u, 1u, 2u, 4u});
    p.black_hole_stays = d.one_in(3);
  }
  // A large message that comes in two parts, a small one and the rest.
  if ((p.how[0].large_sometimes || p.how[1].large_sometimes) && d.one_in(2))
    for (conditions* c : {&p.to_server, &p.to_client}) {
      c->window    = 1 << 20;
      c->write_cap = c->read_cap = ~0u;
      c->split                   = true;
    }
  p.encrypts              = d.one_in(5);
  p.both_close            = d.one_in(2);
  p.reset_destroys_unread = d.one_in(2);
  if (which == profile::half_close)
    for (bool& h : p.half_closes) h = !d.one_in(3);
  if (which == profile::hostile || (which == profile::deflate && d.one_in(3))) sabotage(p, d);
  for (connection_options& o : p.options) o.deflate.enabled = false;
  if (which == profile::deflate) compress(p, d);
  if (which == profile::liveness) draw_trial(p, d);
  for (assumptions& a : p.given) a.calm = p.calm;
  if (which != profile::liveness) spare(p);
  return p;
}

void draw_more(plan& p, dice d) {
  if (p.trial.what != trial::of::none) return;
  p.told = d.of({link::tells::all, link::tells::all, link::tells::all, link::tells::acknowledged,
                 link::tells::nothing});
  for (conditions* c : {&p.to_server, &p.to_client}) {
    if (!p.calm && d.one_in(4)) c->held_back = d.of({1u, 200u, 100'000u});
    if (d.one_in(3)) c->announces = d.of({1u, 200u, 16'384u});
    c->lazy = d.one_in(3);
  }
  for (connection_options& o : p.options)
    if (d.one_in(3)) o.handler_exceptions = handler_exceptions::propagate;
}

}  // namespace simulator
