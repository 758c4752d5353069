// The driver's rules, in the driver's order. Its comments say why.
#include "simulator/end.hpp"

#include <algorithm>
#include <array>
#include <cstring>

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
  keys_.drawn     = 0;
  agreed_.side    = whose == who::client ? role::client : role::server;
  agreed_.options = options;
  {
    const memory_of scale = this->scale();
    shared_.emplace(keys_);
    agreed_.shared = &*shared_;
    machine_.emplace(agreed_, w.now);
  }
  watched_         = {};
  opening_present_ = scheduled_ = paused_ = broken_ = reset_ = shut_ = open_untold_ = was_high_ =
      false;
  opening_over_ = ended_ = threw_ = asked_ = false;
  wheel_at_ = wheel_late_ = posted_at_ = never;
  busy_until_                          = w.now;
  seen_                                = {};
  seen_.life = seen_.left = seen_.ticked = w.now;
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
    server_opening_.emplace();
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
  if (machine_->deadline() <= world_->now && !(is_opening() && opening_timed_out())) {
    seen_.ticked      = world_->now;
    seen_.ticked_ever = true;
    if (machine_->state() == ready_state::closing) seen_.ticked_closing = true;
    world_->tell(who_, "a deadline passes");
    const stage before    = machine_->at();
    const memory_of scale = this->scale();
    machine_->tick(world_->now);
    if (before > stage::open && before != stage::replying && machine_->at() != stage::closed)
      world_->breach(who_, "a deadline of the closing passes, and it is not closed");
    if (machine_->deadline() <= world_->now)
      world_->breach(who_, "a deadline has passed, and is still there");
  }
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
    if (!told_->on_opened()) {
      threw_ = seen_.threw  = true;
      const memory_of scale = this->scale();
      machine_->fail_handler(world_->now);
      machine_->keep_input();
      return changed();
    }
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
  link_->take_error(who_);
  lose(cause::reset);
}

void end::finish() {
  if (machine_->state() == ready_state::closed) return end_it();
  const bool at_once = half_closes && watch_->close();
  if (!machine_->has_output() && !shut_ && (machine_->fate() != stream_fate::keep || at_once)) {
    shut_ = true;
    watch_->put_end();
    if (machine_->fate() == stream_fate::end_our_side || at_once || encrypts) {
      world_->tell(who_, "ends its side of the stream");
      link_->shut_down_sending(who_);  // or says close_notify, which ends it as well
    }
  }
  if (was_high_ && !machine_->is_high()) {
    was_high_ = false;
    if (!told_->on_drained()) {
      threw_ = seen_.threw  = true;
      const memory_of scale = this->scale();
      machine_->fail_handler(world_->now);
      machine_->keep_input();
      return changed();
    }
  }
  watched_ = wants();
  arm(machine_->deadline());
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
  seen_.life = world_->now;
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
