// The table of the closing handshake (closing.cpp) carried out: signals in, frames and fates out,
// the record of the ending, and the deadlines. [RFC 6455 7]
#include "protocol/connection.hpp"

#include "wire/utf8.hpp"

#include <algorithm>
#include <cassert>
#include <new>

namespace adieu::inline v1::protocol {

connection::~connection() { forget_contexts(); }

// --- the table, carried out ---

void connection::apply(signal what, time now, const close_frame* ours) {
  const stage before  = stage_;
  const transition& t = look_up(before, what);
  assert(t.possible);

  switch (t.what) {
    case protocol::send::nothing: break;
    case protocol::send::answer:
      // The code is echoed, the reason is not; an empty Close is answered by an empty one.
      queue_close(ours ? *ours : close_frame{record().how.received->code, {}});
      break;
    case protocol::send::close:
    case protocol::send::failure: queue_close(*ours); break;
  }
  if (t.what != protocol::send::nothing && record().ours_size == 0) return no_randomness(now);
  if (const stream_fate f = t.fate(side()); f != stream_fate::keep) fate_ = f;
  if (t.next == before) return;

  stage_ = t.next;
  if (stage_ == stage::open) return;
  if (stage_ == stage::closed) return end(now);
  ending_record& rec = record();
  rec.begin(now);
  rec.stage_began = now;
  pinged_         = false;
  rec.watch.begin(now);
  if (stage_ == stage::ending || stage_ == stage::replying) rec.watch.stop();
  if (stage_ == stage::ending) rec.said_all = !has_output();
  if (fate_ == stream_fate::stop_sending) count_unsent();
  // The peer ended its side while our bytes were still leaving: nothing is left to wait for.
  if (stage_ == stage::ending && input_ended_) apply(signal::stream_ended, now);
}

void connection::end(time now) {
  ending_record& rec = record();
  count_unsent();
  rec.conclude(opened_at_, now);
  in_ = in_end_ = nullptr;
}

void connection::count_unsent() {
  if (!outgoing_) return;
  record().how.unsent_messages = outgoing_->queue.messages();
  record().how.unsent_bytes    = outgoing_->queue.payload();
}

void connection::let_go() noexcept {
  outgoing_.reset();
  incoming_.reset();
  forget_contexts();
  checked_ = {};
}

ending_record& connection::record() {
  if (record_) return *record_;
  record_ = terms_->shared->take_record();
  if (unrecorded_) {
    unrecorded_ = false;
    record_->because(cause::out_of_memory, was_open() ? phase::open : opening_phase_);
    end(heard_);
  }
  return *record_;
}

// --- no memory ---

void connection::drop_input() noexcept {
  in_ = in_end_ = nullptr;
  checked_      = {};
  incoming_.reset();
}

void connection::out_of_memory(time now) noexcept {
  if (stage_ == stage::closed) return;
  try {
    switch (stage_) {
      case stage::open:
      case stage::flushing:
      case stage::awaiting_close:
        return fail(cause::out_of_memory, close_code::internal_error, "out of memory", now);
      case stage::replying: {
        const close_frame ours{static_cast<std::uint16_t>(close_code::internal_error), {}};
        because(cause::out_of_memory);
        return apply(signal::reply_finished, now, &ours);
      }
      default: return lose(cause::out_of_memory, now);
    }
  } catch (const std::bad_alloc&) {
    give_up(now);
  }
}

void connection::give_up(time now) noexcept {
  if (stage_ == stage::closed) return;
  try {
    return lose(cause::out_of_memory, now);  // needs no memory but for the record
  } catch (const std::bad_alloc&) {
  }
  unrecorded_ = true;
  stage_      = stage::closed;
  fate_       = stream_fate::release;
  in_ = in_end_ = nullptr;
}

void connection::fail(cause why, close_code code, std::string_view reason, time now) {
  ending_record& rec = record();
  if (rec.because(why, here())) rec.how.note = reason;
  rec.begun_by(initiator::local);
  rec.violated = true;
  const close_frame ours{static_cast<std::uint16_t>(code), std::string(reason)};
  apply(signal::violation, now, &ours);
}

// --- the opening ---

void connection::opened(time now) {
  if (stage_ != stage::connecting) return;  // given up meanwhile
  opened_at_ = heard_ = now;
  sent_               = coarse(now);
  jitter_             = terms_->shared->jitter.next();
  apply(signal::opened, now);
}

void connection::refused(time now) {
  because(cause::refused);
  apply(signal::violation, now);
}

// --- the network ---

void connection::end_of_stream(time now) {
  input_ended_ = true;
  if (stage_ == stage::connecting || reads_frames(stage_)) because(cause::peer_vanished);
  apply(signal::stream_ended, now);
}

void connection::truncated(time now) {
  ending_record& rec = record();
  if (!rec.cause_known) rec.how.note = "TLS ended without close_notify";
  if (stage_ == stage::connecting || reads_frames(stage_)) because(cause::tls_truncated);
  end_of_stream(now);
}

void connection::lose(cause why, time now) {
  if (stage_ == stage::closed) return;
  if (stage_ != stage::ending) because(why);
  if (why == cause::keepalive_timed_out) record().begun_by(initiator::local);
  apply(signal::stream_lost, now);
}

// --- the application ---

error check_close(code_to_send code, std::string_view reason, role from) noexcept {
  const auto value = code.value();
  if (value && !may_send(*value, from)) return error::bad_close_code;
  if (reason.size() > max_reason || (!value && !reason.empty())) return error::reason_too_long;
  if (!wire::is_utf8(reinterpret_cast<const std::byte*>(reason.data()), reason.size()))
    return error::invalid_utf8;
  return error::none;
}

error connection::close(code_to_send code, std::string_view reason, time now, bool& began) {
  began = false;
  if (stage_ != stage::connecting && stage_ != stage::open) return error::none;
  if (const error wrong = check_close(code, reason, side()); wrong != error::none) return wrong;

  began = true;
  begin_closing({code.value(), std::string(reason)}, now);
  return error::none;
}

void connection::leave(time now) noexcept {
  if (stage_ == stage::connecting || stage_ == stage::open)
    whatever_memory(now, [&] {
      begin_closing({static_cast<std::uint16_t>(close_code::going_away), {}}, now);
    });
}

void connection::begin_closing(const close_frame& ours, time now) {
  ending_record& rec = record();
  const auto before  = rec.how.initiator;
  rec.begun_by(initiator::local);
  if (stage_ == stage::connecting) because(cause::abandoned);
  try {
    apply(signal::close_called, now, &ours);
  } catch (const std::bad_alloc&) {
    rec.how.initiator = before;
    throw;
  }
}

void connection::finish_reply(time now) noexcept {
  if (stage_ == stage::replying) whatever_memory(now, [&] { apply(signal::reply_finished, now); });
}

void connection::fail_handler(time now, std::string_view what) noexcept {
  if (stage_ == stage::closed) return;
  whatever_memory(now, [&] {
    ending_record& rec = record();
    if (stage_ != stage::ending && rec.because(cause::handler_failed, here())) rec.how.note = what;
    const close_frame ours{static_cast<std::uint16_t>(close_code::internal_error), {}};
    if (stage_ == stage::replying) return apply(signal::reply_finished, now, &ours);
    rec.begun_by(initiator::local);
    apply(signal::close_called, now, &ours);
  });
}

void connection::terminate(time now) noexcept {
  if (stage_ == stage::closed) return;
  whatever_memory(now, [&] {
    // After both Closes, or once a violation was answered, the ending is what it is.
    if (stage_ != stage::ending && stage_ != stage::failing) {
      because(cause::terminated);
      record().how.initiator = initiator::local;
    }
    apply(signal::terminated, now);
  });
}

void connection::hurry(time until) {
  if (stage_ != stage::closed) record().until = std::min(record().until, until);
}

void connection::set_reading(bool reading, time now) noexcept {
  if (reading && !reading_ && stage_ != stage::connecting) heard(now);
  reading_ = reading;
}

// --- deadlines ---

time connection::deadline() const noexcept {
  const deadlines& d = options().deadlines;
  if (stage_ == stage::closed) return never;
  if (stage_ == stage::open) return open_deadline();
  if (stage_ == stage::connecting)
    return std::min(heard_ + d.opening, record_ ? record_->until : never);
  const ending_record& rec = *record_;
  const time at            = std::min(rec.until, rec.began + d.closing);
  switch (stage_) {
    case stage::ending: return std::min(at, rec.stage_began + d.ending);
    case stage::awaiting_close: return std::min(at, rec.watch.waits_since() + d.awaiting_close);
    case stage::replying: return std::min(at, rec.stage_began + d.last_words);
    default: return std::min(at, rec.watch.acknowledged_more() + d.flushing);
  }
}

void connection::tick(time now) {
  while (stage_ != stage::closed && now >= deadline()) {
    signal what = signal::deadline_passed;
    switch (stage_) {
      case stage::open: keep_alive(now); continue;
      case stage::connecting: because(cause::opening_timed_out); break;
      case stage::flushing:
      case stage::awaiting_close:
      case stage::answering: because(cause::closing_timed_out); [[fallthrough]];
      case stage::failing:
        if (still_sends(now)) what = signal::talks_on;
        break;
      default: break;
    }
    apply(what, now);
  }
}

}  // namespace adieu::inline v1::protocol
