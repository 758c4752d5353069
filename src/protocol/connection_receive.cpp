// Receiving: bytes to frames, frames to messages, and every rule that a peer can break. What lies
// whole in the input is unmasked in place and handed out as a view; only what is incomplete is
// copied. [RFC 6455 5, 7.4, 8.1] Knows not what an ending is made of.
#include "protocol/connection.hpp"

#include "wire/mask.hpp"
#include "wire/utf8.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace adieu::inline v1::protocol {
namespace {

// A message buffer grows by what has come, never by what is only declared.
constexpr std::size_t first_growth = 16 * 1024;
// From this much still to come a payload is received straight into its message.
constexpr std::size_t landing_from = 64 * 1024;
// At most this much at once, so that it is unmasked and checked while it is in the cache.
constexpr std::size_t landing_chunk = 256 * 1024;
// Room for `n` more bytes of the message: doubled as bytes come, but not beyond what a last frame
// declares.
void make_room(incoming& part, std::size_t n) {
  byte_buffer& message = part.message;
  if (message.capacity() - message.size() >= n) return;
  std::uint64_t wanted = std::max({message.size() + n, 2 * message.size(), first_growth});
  if (part.final_frame) wanted = std::min<std::uint64_t>(wanted, message.size() + part.remaining);
  message.reserve(static_cast<std::size_t>(wanted));
}

}  // namespace

void connection::receive(std::span<std::byte> bytes, time now) {
  assert(in_ == in_end_);
  in_     = bytes.data();
  in_end_ = bytes.data() + bytes.size();
  heard(now);
}

bool connection::next_event_the_long_way(event& to, time now) {
  checked_ = {};
  if (incoming_ && stage_ != stage::closed && take_landed(to)) return true;
  while (in_ != in_end_) {
    if (!reads_frames(stage_)) {
      discard_input();
      break;
    }
    if (incoming_ && (incoming_->start_size != 0 || incoming_->remaining != 0)) {
      if (continue_frame(to, now)) return true;
    } else if (start_frame(to, now)) {
      return true;
    }
  }
  if (incoming_) tidy_incoming();
  return false;
}

// The message handed out last is done with; one that has landed whole is next.
bool connection::take_landed(event& to) {
  incoming& part = *incoming_;
  if (part.delivered) {
    part.delivered = false;
    part.message.clear();
  }
  return std::exchange(part.ready, false) && deliver_message(to);
}

void connection::tidy_incoming() {
  if (incoming_->replaying) {
    incoming_->replaying = false;
    incoming_->forget_kept();
  }
  if (incoming_->idle()) terms_->shared->incomings.give_back(std::move(incoming_));
}

// --- frames ---

bool connection::start_frame(event& to, time now) {
  wire::frame_head head;
  const auto available = static_cast<std::size_t>(in_end_ - in_);
  const auto status    = wire::parse_head(in_, available, head);
  if (status == wire::head_status::incomplete) [[unlikely]] {
    // Two bytes are enough to see most violations: no waiting for the rest of a wrong head.
    if (available >= 2) {
      if (const verdict v = judge(head); v == verdict::violation) return fail_frame(v, now);
    }
    stash(in_, available);
    in_ = in_end_;
    return false;
  }
  if (status == wire::head_status::bad_length) return fail_frame(verdict::violation, now);
  if (const verdict v = judge(head); v != verdict::fine) [[unlikely]]
    return fail_frame(v, now);

  if (wire::is_control(head.opcode)) {
    if (available - head.size < head.length) {
      stash(in_, available);
      in_ = in_end_;
      return false;
    }
    std::byte* const payload = in_ + head.size;
    in_                      = payload + head.length;
    return control_frame(head, payload, to, now);
  }
  in_ += head.size;
  return take_data_frame(head, to, now);
}

bool connection::take_data_frame(const wire::frame_head& head, event& to, time now) {
  const bool whole = static_cast<std::uint64_t>(in_end_ - in_) >= head.length;
  if (head.fin && whole && !mid_message()) [[likely]] {
    if (head.rsv != 0 && !deflate_.their_takeover) return take_compressed_message(head, to, now);
    if (head.rsv == 0) return take_message(head, to, now);
  }

  incoming& part = arriving();
  if (!part.unfinished) {
    part.unfinished = true;
    part.is_text    = static_cast<wire::opcode>(head.opcode) == wire::opcode::text;
    part.text       = {};
    part.message.clear();
    if (head.rsv != 0) start_compressed();
  }
  part.remaining   = head.length;
  part.final_frame = head.fin;
  part.key         = head.masked ? head.key : 0;
  if (part.inflater) part.deflated += head.length;
  return take_payload(to, now);
}

// A message in one frame, all of it in the input.
bool connection::take_message(const wire::frame_head& head, event& to, time now) {
  std::byte* const payload = in_;
  const auto size          = static_cast<std::size_t>(head.length);
  in_ += size;
  if (static_cast<wire::opcode>(head.opcode) == wire::opcode::text) {
    const bool valid = head.masked ? wire::unmask_utf8_whole(payload, size, head.key)
                                   : wire::is_utf8(payload, size);
    if (!valid) [[unlikely]] {
      fail(cause::invalid_text, close_code::invalid_payload, "text is not UTF-8", now);
      return false;
    }
    return deliver(message_type::text, {payload, size}, to);
  }
  if (head.masked) wire::apply_mask(payload, size, head.key);
  return deliver(message_type::binary, {payload, size}, to);
}

bool connection::continue_frame(event& to, time now) {
  return incoming_->start_size != 0 ? continue_start(to, now) : take_payload(to, now);
}

// Puts together a head, or a control frame, that came in pieces: byte by byte until the head is
// whole (there are at most fourteen), then as much as its payload needs.
bool connection::continue_start(event& to, time now) {
  incoming& part = *incoming_;
  wire::frame_head head;
  for (;;) {
    const auto status = wire::parse_head(part.start.data(), part.start_size, head);
    if (status == wire::head_status::bad_length) return fail_frame(verdict::violation, now);
    if (status == wire::head_status::complete) break;
    if (part.start_size >= 2) {
      if (const verdict v = judge(head); v == verdict::violation) return fail_frame(v, now);
    }
    if (in_ == in_end_) return false;
    part.start[part.start_size++] = *in_++;
  }
  if (const verdict v = judge(head); v != verdict::fine) return fail_frame(v, now);
  if (!wire::is_control(head.opcode)) {
    part.start_size = 0;
    return take_data_frame(head, to, now);
  }
  const std::size_t whole  = head.size + static_cast<std::size_t>(head.length);
  const std::size_t needed = whole - part.start_size;
  const std::size_t n      = std::min(needed, static_cast<std::size_t>(in_end_ - in_));
  std::copy_n(in_, n, part.start.data() + part.start_size);
  in_ += n;
  part.start_size = static_cast<std::uint8_t>(part.start_size + n);
  if (n < needed) return false;
  part.start_size = 0;
  return control_frame(head, part.start.data() + head.size, to, now);
}

bool connection::take_payload(event& to, time now) {
  incoming& part = *incoming_;
  if (part.inflater) return take_compressed_payload(to, now);
  const auto n = static_cast<std::size_t>(
      std::min<std::uint64_t>(part.remaining, static_cast<std::uint64_t>(in_end_ - in_)));
  make_room(part, n);
  std::byte* const at = part.message.data() + part.message.size();
  if (n != 0) std::memcpy(at, in_, n);
  in_ += n;
  return payload_came(at, n, now) && deliver_message(to);
}

// `n` bytes of payload lie, masked, at the end of the message. True if that makes it whole.
bool connection::payload_came(std::byte* at, std::size_t n, time now) {
  incoming& part  = *incoming_;
  const bool last = part.final_frame && part.remaining == n;
  bool valid      = true;
  if (part.is_text) {
    valid = wire::unmask_utf8(part.text, at, n, part.key) && !(last && !part.text.complete());
  } else if (part.key != 0) {
    wire::apply_mask(at, n, part.key);
  }
  part.message.grown_by(n);
  part.remaining -= n;
  part.key = wire::rotated(part.key, n);
  if (!valid) {
    fail(cause::invalid_text, close_code::invalid_payload, "text is not UTF-8", now);
    return false;
  }
  if (last) part.unfinished = false;
  return last;
}

bool connection::deliver_message(event& to) {
  incoming& part = *incoming_;
  part.delivered =
      deliver(part.is_text ? message_type::text : message_type::binary, part.message.bytes(), to);
  return part.delivered;
}

bool connection::deliver(message_type type, std::span<const std::byte> bytes, event& to) {
  if (stage_ != stage::open && options().late_messages == late::discard) {
    count_late_message();
    return false;
  }
  if (type == message_type::text) checked_ = bytes;
  to.what  = event::kind::message;
  to.type  = type;
  to.bytes = bytes;
  return true;
}

// --- landing: a large payload is received straight into its message ---

std::span<std::byte> connection::landing() {
  if (!incoming_ || !reads_frames(stage_)) return {};
  incoming& part = *incoming_;
  if (part.remaining < landing_from || part.start_size != 0 || part.inflater) return {};
  // Nothing is taken for what is only declared: no more than has come, or a little.
  const auto chunk = static_cast<std::size_t>(
      std::min({part.remaining, std::uint64_t{landing_chunk},
                std::max<std::uint64_t>(part.message.size(), landing_from)}));
  make_room(part, chunk);
  return {part.message.data() + part.message.size(), chunk};
}

void connection::landed(std::size_t n, time now) {
  heard(now);
  incoming& part = *incoming_;
  part.ready     = payload_came(part.message.data() + part.message.size(), n, now);
}

// --- control frames ---

bool connection::control_frame(const wire::frame_head& head, std::byte* payload, event& to,
                               time now) {
  const std::span bytes{payload, static_cast<std::size_t>(head.length)};
  if (head.masked) wire::apply_mask(payload, bytes.size(), head.key);
  if (static_cast<wire::opcode>(head.opcode) == wire::opcode::close)
    return receive_close(bytes, to, now);

  if (!within_control_budget(now)) {
    fail(cause::flooded, close_code::policy_violation, "too many control frames", now);
    return false;
  }
  if (static_cast<wire::opcode>(head.opcode) == wire::opcode::ping) {
    if (stage_ == stage::open) queue_pong(bytes);  // nothing follows our Close
    return false;
  }
  to.what  = event::kind::pong;
  to.bytes = bytes;
  return true;
}

bool connection::within_control_budget(time now) {
  const std::uint32_t most = options().max_control_frames_per_second;
  if (most == 0) return true;
  constexpr std::uint32_t second       = 1'000'000'000 >> coarse_bits;
  constexpr std::uint32_t end_of_count = (1 << 24) - 1;
  if (coarse(now) - control_second_ >= second) {
    control_second_ = coarse(now);
    control_frames_ = 0;
  }
  if (control_frames_ < end_of_count) ++control_frames_;
  return control_frames_ <= most;
}

// [5.5.1, 7.4]
bool connection::receive_close(std::span<const std::byte> payload, event& to, time now) {
  close_frame theirs;
  if (payload.size() == 1) {
    fail(cause::protocol_violation, close_code::protocol_error, "Close payload of one byte", now);
    return false;
  }
  if (payload.size() >= 2) {
    theirs.code = wire::big_endian::read16(payload.data());
    if (!may_receive(*theirs.code)) {
      fail(cause::protocol_violation, close_code::protocol_error, "invalid close code", now);
      return false;
    }
    const auto reason = payload.subspan(2);
    if (!wire::is_utf8(reason.data(), reason.size())) {
      fail(cause::invalid_text, close_code::invalid_payload, "close reason is not UTF-8", now);
      return false;
    }
    theirs.reason.assign(reinterpret_cast<const char*>(reason.data()), reason.size());
  }
  const bool owes_reply = stage_ == stage::open;
  ending_record& rec    = record();
  rec.begin(now);
  if (stage_ == stage::flushing) rec.how.initiator = initiator::both;
  rec.begun_by(initiator::remote);
  rec.how.reason.reserve(theirs.reason.size());  // nothing at the end needs memory
  rec.how.received = std::move(theirs);
  apply(signal::close_received, now);
  discard_input();
  to.what  = event::kind::closing;
  to.bytes = {};
  return owes_reply;
}

// --- rules ---

connection::verdict connection::judge(const wire::frame_head& head) const noexcept {
  if (head.masked != (side() == role::server)) return verdict::violation;
  if (head.rsv != 0 && !starts_compressed(head)) return verdict::violation;
  switch (static_cast<wire::opcode>(head.opcode)) {
    case wire::opcode::continuation:
      if (!mid_message()) return verdict::violation;
      break;
    case wire::opcode::text:
    case wire::opcode::binary:
      if (mid_message()) return verdict::violation;
      break;
    case wire::opcode::close:
    case wire::opcode::ping:
    case wire::opcode::pong:
      return head.fin && head.length <= wire::max_control_payload ? verdict::fine
                                                                  : verdict::violation;
    default: return verdict::violation;
  }
  if (head.rsv != 0 || (mid_message() && incoming_->inflater))
    return head.length <= compressed_left() ? verdict::fine : verdict::too_big;
  const std::uint64_t so_far = mid_message() ? incoming_->message.size() : 0;
  return head.length <= terms_->most_message() - so_far ? verdict::fine : verdict::too_big;
}

bool connection::fail_frame(verdict why, time now) {
  if (why == verdict::too_big)
    fail(cause::message_too_big, close_code::message_too_big, "message too big", now);
  else
    fail(cause::protocol_violation, close_code::protocol_error, "invalid frame", now);
  return false;
}

}  // namespace adieu::inline v1::protocol
