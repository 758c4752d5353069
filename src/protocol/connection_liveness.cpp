// Whether the peer is still there: asked for by a ping, shown by what comes from it, or by its
// reading what lies before the ping. What this end sends is no sign of life: the kernel takes it,
// and the peer's kernel acknowledges it, though nobody reads. [RFC 6455 5.5.2, 5.5.3]
#include "protocol/connection.hpp"

#include <algorithm>

namespace adieu::inline v1::protocol {

bool connection::keeps_alive() const noexcept {
  return terms_->ping_after().count() > 0 && options().deadlines.pong_within.count() > 0;
}

// When the peer is given up that owes an answer to our ping.
time connection::gives_up_at() const noexcept {
  return record_->watch.waits_since() + options().deadlines.pong_within;
}

// When the peer is given up that takes nothing, whatever it sends.
time connection::blocked_until() const noexcept {
  if (!is_blocked()) return never;
  const bool watched = record_ && record_->watch.on();
  return std::max(outgoing_->blocked_at, watched ? record_->watch.progress() : time{}) +
         silence_allowed();
}

time connection::open_deadline() const noexcept {
  if (!keeps_alive()) return never;
  if (pinged_) return std::min(gives_up_at(), blocked_until());
  const duration silence = jitter::applied(jitter_, terms_->ping_after());
  // A ping behind what does not leave would tell nobody that we are there.
  const time unsent = is_blocked() ? blocked_until() : last_sent() + silence;
  return std::min(unsent, heard_ + silence);
}

// How long the peer has, in the present stage, to be seen to do something.
duration connection::patience() const noexcept {
  const deadlines& d = options().deadlines;
  switch (stage_) {
    case stage::open: return pinged_ ? duration(d.pong_within) : silence_allowed();
    case stage::awaiting_close: return d.awaiting_close;
    default: return d.flushing;
  }
}

// Four looks in that time; the first one early, for it is the one that others are compared with.
time connection::look_at() const noexcept {
  const bool watched = record_ && record_->watch.on();
  if (stage_ == stage::open && !watched)
    return is_blocked() && keeps_alive() ? outgoing_->blocked_at + patience() / 4 : never;
  if (stage_ == stage::closed || !watched) return never;
  const peer_watch& watch = record_->watch;
  if (watch.looked() == time{}) return watch.began() + patience() / 64;
  // After a ping they are closer together than before it: from the ping on.
  const time due = watch.looked() + patience() / 4;
  return pinged_ ? std::max(due, watch.waits_since()) : due;
}

void connection::looked(const transport_look& seen, time now) {
  if (stage_ == stage::connecting || stage_ == stage::closed) return;
  if (stage_ == stage::open && is_blocked() && !record().watch.on()) record().watch.begin(now);
  if (!record_ || !record_->watch.on()) return;
  const time due = look_at();
  if (now - due > patience() / 4) record_->watch.was_away(due, now);
  record_->watch.look(seen, now);
  if (pinged_ && !reading_ && record_->watch.is_acknowledged()) heard(now);
}

void connection::keep_alive(time now) {
  if (now >= blocked_until()) return give_up_silent(now);
  if (!pinged_) return ask(now);
  if (now < gives_up_at()) return;
  // While the application does not read no answer can be seen: that the ping has arrived is all.
  if (!reading_ && record_->watch.is_acknowledged()) return heard(now);
  give_up_silent(now);
}

void connection::ask(time now) {
  peer_watch& watch = record().watch;
  if (!watch.on()) watch.begin(now);
  // The last one may wait behind what does not leave: one is enough.
  if (!is_blocked() || watch.has_left()) {
    if (queue_ping({}, now) != error::none) return;
    watch.wait_for_answer(now, queued_bytes());
  } else {
    watch.wait_again(now);
  }
  pinged_ = true;
}

void connection::answered() noexcept {
  pinged_ = false;
  if (!is_blocked()) stop_watching();
}

// An idle connection keeps nothing of it.
void connection::stop_watching() noexcept {
  record_->watch.stop();
  if (stage_ == stage::open && record_->is_blank()) record_.reset();
}

void connection::doubt(time now) {
  if (stage_ != stage::open || !keeps_alive()) return;
  if (pinged_)
    record_->watch.wait_again(now);  // the answer may lie in the kernel
  else
    ask(now);
}

void connection::give_up_silent(time now) {
  ending_record& rec = record();
  because(cause::keepalive_timed_out);
  rec.begun_by(initiator::local);
  rec.violated = true;
  const close_frame ours{static_cast<std::uint16_t>(close_code::internal_error),
                         "keepalive: nothing came back"};
  apply(signal::deadline_passed, now, &ours);
}

// Bytes have come not long ago: closing the socket now would have the next ones answered by a
// reset.
bool connection::still_sends(time now) const noexcept {
  return !input_ended_ && heard_ != time{} && now - heard_ < options().deadlines.ending;
}

}  // namespace adieu::inline v1::protocol
