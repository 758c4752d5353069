// What TCP does with bytes, ends and resets. Linux's rules where systems differ: a reset is told
// once, by whichever call comes first; after that reads find the end and writes fail.
#include "simulator/link.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace simulator {

// --- one direction ---

void direction::begin(const conditions& c) {
  how    = c;
  silent = ended = end_arrived = false;
  base_ = put_ = arrived_ = read_ = 0;
  first_ = count_ = 0;
  last_arrival = end_arrives_ = owes_since_ = {};
  acknowledged_ = edge_ = 0;
  bytes_.clear();
}

void direction::put(const std::byte* bytes, std::size_t n) {
  if (read_ == put_) {
    bytes_.clear();
    base_ = put_;
  } else if (read_ - base_ > 65536 && (read_ - base_) * 2 > bytes_.size()) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(read_ - base_));
    base_ = read_;
  }
  bytes_.insert(bytes_.end(), bytes, bytes + n);
  put_ += n;
}

// A window that was announced is never taken back.
void direction::acknowledge(time now) noexcept {
  const bool more = arrived_ > acknowledged_;
  if (more) owes_since_ = now;
  acknowledged_            = std::max(acknowledged_, arrived_);
  const std::uint64_t room = how.window - std::min<std::uint64_t>(how.window, arrived_ - read_);
  const std::uint64_t told = std::min<std::uint64_t>(room, how.announces);
  const std::uint64_t was  = edge_ > acknowledged_ ? edge_ - acknowledged_ : 0;
  if (more || !how.lazy || told >= 2 * was) edge_ = std::max(edge_, acknowledged_ + told);
  edge_ = std::max(edge_, acknowledged_);
}

time direction::later(world& w) {
  time at = w.now + how.delay;
  if (how.jitter.count() != 0) at += how.jitter * w.chance.below(1000) / 1000;
  last_arrival = std::max(last_arrival, at);
  return last_arrival;
}

void direction::seal(world& w, std::size_t n) {
  if (n == 0) return;
  if (put_ - n <= acknowledged_) owes_since_ = w.now;
  const time at = later(w);
  if (count_ == segments_.size() ||
      (count_ != 0 && segments_[(first_ + count_ - 1) % 64].arrives == at)) {
    segments_[(first_ + count_ - 1) % 64] = {put_, at};
    return;
  }
  segments_[(first_ + count_++) % 64] = {put_, at};
}

void direction::put_end(world& w) {
  if (ended) return;
  ended        = true;
  end_arrives_ = later(w);
}

time direction::next_arrival() const noexcept {
  if (silent) return never;
  if (count_ != 0)
    return arrives_up_to(segments_[first_].end) > arrived_ ? segments_[first_].arrives : never;
  return ended && !end_arrived ? end_arrives_ : never;
}

bool direction::arrive(world& w) {
  const std::uint64_t before = arrived_;
  while (count_ != 0 && segments_[first_].arrives <= w.now) {
    segment& s               = segments_[first_];
    const std::uint64_t most = arrives_up_to(s.end);
    if (most <= arrived_) break;
    if (how.split && w.chance.one_in(3)) {
      const auto n = static_cast<std::uint32_t>(most - arrived_);
      arrived_ +=
          w.chance.below(w.chance.one_in(n > 32'768 ? 2 : 4) ? std::min(n, 16u) + 1 : n + 1);
      s.arrives    = w.now + std::chrono::microseconds(w.chance.below(3) * 400);
      last_arrival = std::max(last_arrival, s.arrives);
      if (arrived_ != s.end) break;
    }
    arrived_ = most;
    if (most != s.end) break;
    first_ = (first_ + 1) % 64;
    --count_;
  }
  if (count_ == 0 && ended && !end_arrived && std::max(end_arrives_, last_arrival) <= w.now) {
    end_arrived = true;
    return true;
  }
  if (count_ == 0 && ended) end_arrives_ = std::max(end_arrives_, last_arrival);
  return arrived_ != before;
}

std::size_t direction::take(std::byte* to, std::size_t n) {
  n = std::min(n, unread());
  if (n != 0) std::memcpy(to, bytes_.data() + (read_ - base_), n);
  read_ += n;
  return n;
}

void direction::lose_rest() {
  bytes_.resize(static_cast<std::size_t>(arrived_ - base_));
  // Positions go on as if they had arrived and been read: the bytes are gone.
  const std::uint64_t lost = put_ - arrived_;
  put_ -= lost;
  count_ = 0;
}

// --- the link ---

void link::begin(world& w, const conditions& to_server, const conditions& to_client) {
  world_ = &w;
  directions_[index(who::client)].begin(to_server);
  directions_[index(who::server)].begin(to_client);
  sockets_              = {};
  cut_at_               = {~std::uint64_t{0}, ~std::uint64_t{0}};
  cut_resets_           = {};
  reset_destroys_unread = true;
  resets_               = 0;
  told                  = tells::all;
  for (direction& d : directions_) d.acknowledge(w.now);
}

io_result link::send(who w, std::span<const piece> pieces) {
  socket& s = sockets_[index(w)];
  if (s.reset) {
    const bool first = std::exchange(s.error_pending, false);
    return {io::failed, 0, first && !s.timed_out, first && s.timed_out};
  }
  if (s.shut || s.closed) {
    world_->breach(w, "bytes are written behind our own end of the stream");
    return {io::failed};
  }
  std::size_t total = 0;
  for (const piece& p : pieces) total += p.size;
  if (s.severed) {
    reset_towards(w);
    return {io::done, total};
  }
  const direction& out = from(w);
  const std::size_t n  = std::min({total, out.room(), std::size_t{out.how.write_cap}});
  if (n == 0) return {io::would_block};
  put(w, pieces, n);
  return {io::done, n};
}

void link::put(who w, std::span<const piece> pieces, std::size_t n) {
  direction& out          = from(w);
  saboteur& behind        = saboteurs_[index(w)];
  const std::uint64_t was = out.put_total();
  changed_.clear();
  behind.at(was);
  for (const piece& p : pieces) {
    const std::size_t part = std::min(p.size, n);
    if (behind.active())
      behind.pass({p.data, part}, changed_);
    else
      out.put(p.data, part);
    n -= part;
    if (n == 0) break;
  }
  if (!changed_.empty()) out.put(changed_.data(), changed_.size());
  out.seal(*world_, static_cast<std::size_t>(out.put_total() - was));
}

void link::put_end(who w) {
  changed_.clear();
  // Behind bytes that a proxy has destroyed nothing comes.
  if (saboteurs_[index(w)].active() && !sockets_[index(w)].severed)
    saboteurs_[index(w)].over(changed_);
  if (!changed_.empty()) {
    from(w).put(changed_.data(), changed_.size());
    from(w).seal(*world_, changed_.size());
  }
  from(w).put_end(*world_);
}

io_result link::receive(who w, std::byte* to_where, std::size_t n) {
  socket& s     = sockets_[index(w)];
  direction& in = to(w);
  if (const std::size_t there = unread(w); there != 0) {
    const std::size_t took = in.take(to_where, std::min<std::size_t>({n, there, in.how.read_cap}));
    acknowledge_all();
    return {io::done, took};
  }
  if (s.reset) {
    if (!s.error_pending) return {io::ended};
    s.error_pending = false;
    return {io::failed, 0, !s.timed_out, s.timed_out};
  }
  return {in.end_arrived ? io::ended : io::would_block};
}

// A socket that was reset hands out what had come before, and nothing that comes after.
std::size_t link::unread(who w) const noexcept {
  const direction& in     = from(peer_of(w));
  const std::uint64_t end = std::min(in.arrived_total(), sockets_[index(w)].readable_to);
  return end > in.read_total() ? static_cast<std::size_t>(end - in.read_total()) : 0;
}

void link::shut_down_sending(who w) {
  socket& s = sockets_[index(w)];
  if (s.shut || s.reset) return;
  s.shut = true;
  put_end(w);
}

void link::close(who w) {
  socket& s = sockets_[index(w)];
  if (s.closed) return;
  s.closed      = true;
  direction& in = to(w);
  if (s.reset) return;
  if (in.unread() != 0) {  // [RFC 1122 4.2.2.13]
    in.lose_unread();
    if (world_->chance.one_in(2)) from(w).lose_rest();
    return reset_towards(peer_of(w));
  }
  if (!s.shut) {
    s.shut = true;
    put_end(w);
  }
}

readiness link::ready(who w) const {
  const socket& s     = sockets_[index(w)];
  const direction& in = from(peer_of(w));
  readiness r;
  r.read    = unread(w) != 0 || in.end_arrived || s.reset;
  r.write   = s.reset || from(w).room() != 0;
  r.hung_up = s.reset || (in.end_arrived && s.shut);
  return r;
}

bool link::take_error(who w, bool& timed_out) {
  socket& s      = sockets_[index(w)];
  const bool was = std::exchange(s.error_pending, false);
  timed_out      = was && s.timed_out;
  return was;
}

// --- what the kernels tell each other, and the sender's the sender ---

// In a direction that is silent nothing is told of the other one either; nor by a kernel that has
// no such stream any more.
void link::acknowledge_all() noexcept {
  for (who w : {who::client, who::server})
    if (!to(w).silent && !sockets_[index(w)].reset && !sockets_[index(peer_of(w))].reset)
      from(w).acknowledge(world_->now);
}

transport_look link::look(who w) {
  acknowledge_all();
  transport_look seen;
  if (told == tells::nothing) return seen;
  const direction& d      = from(w);
  seen.tells_acknowledged = true;
  seen.acknowledged       = d.acknowledged();
  seen.unacknowledged     = d.unacknowledged();
  seen.tells_window       = told == tells::all;
  if (seen.tells_window) seen.window = d.announced();
  seen.most = d.how.window;
  return seen;
}

time link::times_out_at(who w) const noexcept {
  const socket& s  = sockets_[index(w)];
  const time since = from(w).owes_since();
  return s.patience.count() == 0 || since == never || s.reset || s.closed ? never
                                                                          : since + s.patience;
}

void link::times_out(who w) {
  world_->tell(w, "            its kernel gives up the peer");
  sockets_[index(w)].timed_out = true;
  reset_comes(w);
}

// --- time ---

time link::next_moment() const noexcept {
  time next = never;
  for (const direction& d : directions_) next = std::min(next, d.next_arrival());
  for (who w : {who::client, who::server})
    if (!from(peer_of(w)).silent) next = std::min(next, sockets_[index(w)].reset_arrives);
  for (who w : {who::client, who::server}) next = std::min(next, times_out_at(w));
  return next;
}

void link::happens() {
  for (who w : {who::client, who::server}) {
    direction& d = from(w);
    if (d.next_arrival() <= world_->now && d.arrive(*world_)) arrived(w);
  }
  for (who w : {who::client, who::server}) {
    socket& s = sockets_[index(w)];
    if (s.reset_arrives > world_->now || to(w).silent) continue;
    s.reset_arrives = never;
    if (s.closed) continue;
    reset_comes(w);
  }
  acknowledge_all();
  for (who w : {who::client, who::server})
    if (times_out_at(w) <= world_->now) times_out(w);
}

void link::reset_comes(who w) {
  socket& s = sockets_[index(w)];
  s.reset = s.error_pending = true;
  from(w).lose_rest();
  to(w).lose_rest();
  if (reset_destroys_unread) to(w).lose_unread();
  s.readable_to = to(w).arrived_total();
  if (!s.timed_out) world_->tell(w, "            a reset arrives");
}

bool link::breaks_in_mid_call(who w) {
  socket& s = sockets_[index(w)];
  if (s.reset_arrives == never || s.reset || s.closed || to(w).silent || world_->chance.one_in(2))
    return false;
  s.reset_arrives = never;
  reset_comes(w);
  s.error_pending = false;
  return true;
}

void link::arrived(who sender) {
  check_cut(sender);
  direction& d           = from(sender);
  const who other        = peer_of(sender);
  const socket& receiver = sockets_[index(other)];
  if (receiver.closed && d.unread() != 0) {
    d.lose_unread();
    reset_towards(sender);
  } else if (receiver.reset) {
    reset_towards(sender);
  }
}

void link::check_cut(who sender) {
  direction& d = from(sender);
  if (d.arrived_total() < cut_at_[index(sender)]) return;
  cut_at_[index(sender)] = ~std::uint64_t{0};
  if (cut_resets_[index(sender)])
    reset_both();
  else
    end_both();
}

void link::reset_towards(who w) {
  socket& s = sockets_[index(w)];
  if (s.reset || s.reset_arrives != never) return;
  ++resets_;
  direction& in   = to(w);
  s.reset_arrives = std::max(world_->now + in.how.delay, in.last_arrival);
}

// --- weather ---

void link::reset_both() {
  world_->tell(who::both, "the network resets the stream");
  for (who w : {who::client, who::server}) {
    if (world_->chance.one_in(2)) from(w).lose_rest();
    sockets_[index(w)].severed = true;
    reset_towards(w);
  }
}

void link::end_both() {
  world_->tell(who::both, "a proxy ends the stream");
  for (who w : {who::client, who::server}) {
    if (world_->chance.one_in(2)) from(w).lose_rest();
    from(w).put_end(*world_);
    sockets_[index(w)].severed = true;
  }
}

void link::cut_after(who sender, std::uint32_t bytes, bool with_reset) {
  cut_at_[index(sender)]     = from(sender).arrived_total() + bytes;
  cut_resets_[index(sender)] = with_reset;
}

}  // namespace simulator
