// The driver's rules, in the driver's order. Its comments say why.
#include "simulator/end.hpp"

#include "protocol/opening_headers.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace simulator {

bool numbered_keys::fill(std::span<std::byte> to) noexcept {
  if (fails) return false;
  for (std::size_t i = 0; i + 4 <= to.size(); i += 4) {
    const std::uint32_t key = scrambled(drawn++);
    std::memcpy(to.data() + i, &key, 4);
  }
  return true;
}

// --- a life ---

void end::begin(world& w, link& l, who whose, application_of_end& told, wire_watch& watch,
                const connection_options& options) {
  world_          = &w;
  link_           = &l;
  told_           = &told;
  watch_          = &watch;
  who_            = whose;
  keys_.fails     = false;
  keys_.drawn     = dice(w.chance).below(4096);  // each life its own jitter
  agreed_.side    = whose == who::client ? role::client : role::server;
  agreed_.options = options;
  {
    const memory_of scale = this->scale();
    shared_.emplace(keys_);
    agreed_.shared = &*shared_;
    machine_.emplace(agreed_, w.now);
  }
  patience_.begin(w, whose, agreed_, l.from(whose));
  watched_         = {};
  opening_present_ = scheduled_ = paused_ = broken_ = reset_ = timed_out_ = shut_ = open_untold_ =
      was_high_                                                                   = false;
  opening_over_ = ended_ = threw_ = asked_ = stopped_ = doubts_ = false;
  wheel_at_ = wheel_late_ = posted_at_ = never;
  busy_until_                          = w.now;
  seen_                                = {};
  reads_at_once                        = 0;
  glued_.clear();
  sealed_.clear();
  held_.clear();
  client_opening_.reset();
  server_opening_.reset();
}

void end::starts_open(const protocol::deflate_agreement& deflate) {
  agree(deflate);
  watched_ = {true, false};
  opened({});
}

void end::starts_opening() {
  opening_present_ = true;
  if (who_ == who::client) {
    static const http::url to{false, "host", 80, "host", "/"};
    const websocket_options options{.connection = agreed_.options};
    std::array<std::byte, 16> key;
    keys_.fill(key);
    machine_->entering(phase::opening);
    client_opening_.emplace(to, options, key);
    say(client_opening_->request());
  } else {
    server_opening_.emplace(protocol::head_limits_of(agreed_.options));
  }
  watched_ = wants();
  changed();
}

void end::over() {
  {
    const memory_of scale = this->scale();
    machine_.reset();
    shared_.reset();
  }
  client_opening_.reset();
  server_opening_.reset();
}

void end::changed() {
  notes_stage();
  if (ended_ || scheduled_) return;
  scheduled_ = true;
  posted_at_ = world_->now;
}

// --- the turn of the loop ---

time end::next_turn(bool& asks_poller) const {
  asks_poller = false;
  if (ended_) return never;
  time at           = std::min(scheduled_ ? posted_at_ : never, wheel_late_);
  const readiness r = link_->ready(who_);
  if ((r.read && watched_.read) || (r.write && watched_.write) || r.hung_up) {
    if (at > world_->now || world_->chance.one_in(2)) {
      asks_poller = true;
      at          = world_->now;
    }
  }
  return at == never ? never : std::max(at, busy_until_);
}

void end::turn(bool asks_poller) {
  threw_ = false;
  if (std::exchange(doubts_, false)) doubts();
  // The poller may read a lone socket unasked.
  if (!asks_poller && watched_.read && !is_opening() && world_->chance.one_in(16))
    ready({.read = true});
  if (asks_poller && !threw_ && !ended_) {
    readiness r = link_->ready(who_);
    r.read      = r.read && watched_.read;
    r.write     = r.write && watched_.write;
    if (r.read || r.write || r.hung_up) ready(r);
  }
  if (!threw_ && !ended_ && wheel_late_ <= world_->now) {
    wheel_at_ = wheel_late_ = never;
    due();
  }
  if (!threw_ && scheduled_) {
    scheduled_ = false;
    settle();
  }
  if (threw_ && !ended_) {
    scheduled_ = true;
    posted_at_ = world_->now;
  }
}

void end::ready(readiness how) {
  changed();
  if (is_opening()) {
    if (machine_->state() == ready_state::connecting) opening_ready(how);
    return;
  }
  if (open_untold_) return;
  if (how.write) flush();
  if (how.read || how.hung_up) read(how.hung_up);
}

void end::due() {
  const bool over = machine_->deadline() <= world_->now;
  const time look = machine_->look_at();
  if (look <= world_->now || (over && look != never)) looks();
  if (machine_->deadline() <= world_->now && !(is_opening() && opening_timed_out())) ticks();
  changed();
}

void end::looks() {
  const transport_look seen = link_->look(who_);
  world_->tell(who_, "sees %llu bytes acknowledged, room for %llu", seen.acknowledged, seen.window);
  notes_stage();
  patience_.looked(seen);
  const memory_of scale = this->scale();
  machine_->looked(seen, world_->now);
  if (machine_->look_at() <= world_->now)
    world_->breach(who_, "the transport is looked at, and that is not enough");
}

void end::ticks() {
  seen_.ticked_ever = true;
  if (machine_->state() == ready_state::closing) seen_.ticked_closing = true;
  world_->tell(who_, "a deadline passes");
  notes_stage();
  const stage before         = machine_->at();
  const std::uint64_t queued = machine_->queued_bytes();
  const bool talks           = patience_.talks() && !patience_.closing_is_over();
  const memory_of scale      = this->scale();
  machine_->tick(world_->now);
  if (machine_->deadline() <= world_->now)
    world_->breach(who_, "a deadline has passed, and is still there");
  if (before == stage::open) {
    const unsigned many = patience_.ticked(machine_->deadline());
    if (patience_.gives_up() != (machine_->at() != stage::open) && !keys_.fails)
      world_->breach(who_, "a silent peer is not given up, or another one is");
    if (machine_->at() == stage::open) pings_are_queued(many, queued);
  } else if (before != stage::replying && before != stage::connecting) {
    const bool waits_for = machine_->at() != stage::closed;
    if (waits_for && (!talks || before == stage::ending))
      world_->breach(who_, "a deadline of the closing passes, and it is not closed");
    if (!waits_for && talks && before != stage::ending)
      world_->breach(who_, "a peer that still sends is not let finish");
  }
}

// By the keepalive.
void end::pings_are_queued(unsigned many, std::uint64_t queued_before) {
  const std::uint64_t size = who_ == who::client ? 6 : 2, now = machine_->queued_bytes();
  if (now != queued_before + many * size)
    world_->breach(who_, "a ping is missing, or one too many");
  if (many != 0) patience_.ping_is_behind(now);
}

// The clock has jumped.
void end::doubts() {
  world_->tell(who_, "sees that the clock has jumped");
  notes_stage();
  const std::uint64_t queued = machine_->queued_bytes();
  const memory_of scale      = this->scale();
  machine_->doubt(world_->now);
  const unsigned many = patience_.doubted();
  if (machine_->at() == stage::open) pings_are_queued(many, queued);
  changed();
}

void end::due_early() {
  const stage before    = machine_->at();
  const memory_of scale = this->scale();
  if (machine_->deadline() > world_->now) {
    machine_->tick(world_->now);
    if (machine_->at() != before)
      world_->breach(who_, "a deadline that has not come did something");
  }
}

void end::arm(time at) {
  if (at == never) {
    wheel_at_ = wheel_late_ = never;
    return;
  }
  if (wheel_at_ <= at) return;
  wheel_at_ = at;
  wheel_late_ =
      at + (lateness.count() == 0 ? duration{} : lateness * world_->chance.below(100) / 100);
}

// --- the end of a turn ---

void end::settle() {
  if (opening_over_) opening_present_ = false;
  if (ended_) return;
  opening_over_ = false;
  if (open_untold_) {
    open_untold_ = false;
    if (!told_->on_opened() && !goes_on_after_a_throw()) return;
  }
  if (!opening_present_) replay();
  if (threw_) return;
  if (holds_input()) {
    if (!is_opening())
      read(false);
    else if (machine_->state() == ready_state::connecting)
      opening_ready({.read = true});
    if (threw_) return;
  }
  flush();
  if (broken_) drain_and_lose();
  if (threw_) return;
  finish();
}

void end::drain_and_lose() {
  if (!is_opening() && machine_->wants_input() && read(true)) return;
  if (threw_ || machine_->state() == ready_state::closed) return;
  bool timed_out = false;
  link_->take_error(who_, timed_out);
  lose(lost_by(timed_out || timed_out_));
}

void end::finish() {
  if (machine_->state() == ready_state::closed) return end_it();
  const bool at_once = half_closes && watch_->close();
  if (!machine_->has_output() && !shut_ && (machine_->fate() != stream_fate::keep || at_once)) {
    shut_ = true;
    stops_sending(at_once);
  }
  if (was_high_ && !machine_->is_high()) {
    was_high_ = false;
    if (!told_->on_drained() && !goes_on_after_a_throw()) return;
  }
  watched_ = wants();
  arm(std::min(machine_->deadline(), machine_->look_at()));
}

void end::stops_sending(bool half_close) {
  const stream_fate fate = machine_->fate();
  stopped_               = fate == stream_fate::stop_sending;
  seen_.stopped          = stopped_;
  stopped_ ? watch_->is_broken_off() : watch_->put_end();
  if (fate == stream_fate::await_its_end && !half_close && !encrypts) return;
  world_->tell(who_, stopped_ ? "breaks off its side" : "ends its side of the stream");
  link_->shut_down_sending(who_);  // or says close_notify, which ends it as well
}

// True: what a handler threw has been caught, and the turn goes on.
bool end::goes_on_after_a_throw() {
  world_->tell(who_, "the handler throws");
  const stage at    = machine_->at();
  seen_.threw       = true;
  seen_.threw_first = seen_.threw_first || at == stage::open || at == stage::replying;
  threw_            = options().handler_exceptions == handler_exceptions::propagate;
  {
    const memory_of scale = this->scale();
    machine_->fail_handler(world_->now, thrown_words);
    if (threw_) machine_->keep_input();
  }
  changed();
  return !threw_;
}

interest end::wants() const {
  if (is_opening()) {
    if (who_ == who::client) return {client_opening_.has_value(), machine_->has_output()};
    return {!asked_, machine_->has_output()};
  }
  return {reads() && machine_->wants_input(), machine_->has_output()};
}

void end::end_it() {
  ended_        = true;
  opening_over_ = true;
  wheel_at_ = wheel_late_ = posted_at_ = never;
  scheduled_                           = false;
  link_->close(who_);
  told_->on_ended();
  const memory_of scale = this->scale();
  machine_->let_go();
}

cause end::lost_by(bool timed_out) const {
  if (!timed_out || machine_->state() == ready_state::connecting) return cause::reset;
  return machine_->state() == ready_state::open ? cause::keepalive_timed_out
                                                : cause::closing_timed_out;
}

void end::lose(cause why) {
  seen_.lost = true;
  {
    const memory_of scale = this->scale();
    machine_->lose(why, world_->now);
  }
  changed();
}

void end::opened(std::span<const std::byte> glued) {
  const memory_of scale = this->scale();
  machine_->opened(world_->now);
  notes_stage();
  if (machine_->at() == stage::open) patience_.opened();
  link_->set_user_timeout(who_, std::chrono::milliseconds(agreed_.user_timeout()));
  if (!glued.empty()) {
    // The bytes are in a buffer that is overwritten afterwards.
    machine_->receive({const_cast<std::byte*>(glued.data()), glued.size()}, world_->now);
    machine_->keep_input();
  }
  open_untold_  = true;
  opening_over_ = opening_present_;
  changed();
}

}  // namespace simulator
