// Sending: messages, pings, pongs and the Close frame become bytes in the outbox. [RFC 6455 5, 6.1]
// Limits hold for what the application sends, never for the answers that the protocol owes: of
// those there is one pong and one Close. Knows not when anything leaves.
#include "protocol/connection.hpp"

#include "wire/mask.hpp"
#include "wire/utf8.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>
#include <utility>

namespace adieu::inline v1::protocol {
namespace {

// From this size on a server's payload is not copied but borrowed until it has left.
constexpr std::size_t borrow_from = 16 * 1024;

}  // namespace

error connection::send_the_long_way(message_view outgoing, time now) {
  const error refused = stage_ == stage::open ? queue_message(outgoing, now) : error::not_open;
  if (refused != error::none) [[unlikely]]
    reject(outgoing, refused, now);
  return refused;
}

error connection::send_last_word(message_view outgoing, time now) {
  const error refused = stage_ == stage::replying ? queue_message(outgoing, now) : error::not_open;
  if (refused != error::none) reject(outgoing, refused, now);
  return refused;
}

// Nothing is lost without being counted; and no stream goes on with a hole in it, unless the
// application has chosen that.
void connection::reject(message_view refused, error why, time now) noexcept {
  count_rejected(refused.size(), now);
  if (why != error::send_queue_full || stage_ != stage::open ||
      options().on_overflow != overflow::close)
    return;
  const close_frame later{static_cast<std::uint16_t>(close_code::try_again_later), {}};
  whatever_memory(now, [&] {
    because(cause::send_queue_overflow);
    record().begun_by(initiator::local);
    apply(signal::close_called, now, &later);
  });
}

void connection::count_rejected(std::uint64_t bytes, time now) noexcept {
  whatever_memory(now, [&] {
    ending& how = record().how;
    ++how.rejected_messages;
    how.rejected_bytes += bytes;
  });
}

error connection::queue_message(message_view outgoing, time now) {
  const auto payload = outgoing.bytes();
  if (outgoing.is_text() && !is_valid_text(payload)) return error::invalid_utf8;
  if (send_queue_is_full()) [[unlikely]]
    return error::send_queue_full;
  departing().queue.reserve_mark();
  const auto op         = outgoing.is_text() ? wire::opcode::text : wire::opcode::binary;
  const auto smaller    = compressed(outgoing);
  const bool is_smaller = !smaller.empty();
  std::size_t bytes     = 0;
  try {
    bytes = append_frame(op, is_smaller ? smaller : payload, is_smaller);
  } catch (const std::bad_alloc&) {
    // The context is a message ahead of what the peer will have seen.
    if (is_smaller && deflate_.our_takeover) out_of_memory(now);
    throw;
  }
  if (is_smaller) terms_->shared->compression.tidy();
  if (bytes == 0) {
    no_randomness(now);
    return error::not_open;
  }
  outgoing_->queue.end_message(payload.size(), is_smaller);
  if (outgoing_->blocked && borrows()) {  // it will not leave at once
    try {
      keep_borrowed();
    } catch (const std::bad_alloc&) {
      give_up(now);
      throw;
    }
  }
  return error::none;
}

bool connection::is_valid_text(std::span<const std::byte> text) const noexcept {
  // An echo of what was just received and checked.
  if (text.data() == checked_.data() && text.size() == checked_.size()) return true;
  return wire::is_utf8(text.data(), text.size());
}

// Returns the bytes of the frame; 0 if there is no masking key to be had.
std::size_t connection::append_frame(wire::opcode op, std::span<const std::byte> payload,
                                     bool is_compressed) {
  wire::frame_head head;
  head.rsv    = is_compressed ? 4 : 0;  // RSV1 [RFC 7692 6.1]
  head.opcode = static_cast<std::uint8_t>(op);
  head.length = payload.size();
  head.masked = side() == role::client;
  if (head.masked && !terms_->shared->keys.next(head.key)) return 0;

  outgoing& out = departing();
  outbox& queue = out.queue;
  if (!head.masked && !is_compressed && payload.size() >= borrow_from) {
    queue.reserve_large();
    const std::size_t n = wire::write_head(queue.room(wire::max_head), head);
    queue.append(n);
    queue.append_borrowed(payload);
    return n + payload.size();
  }
  std::byte* const to = queue.room(wire::max_head + payload.size());
  const std::size_t n = wire::write_head(to, head);
  if (head.masked)
    wire::copy_masked(to + n, payload.data(), payload.size(), head.key);
  else if (!payload.empty())
    std::memcpy(to + n, payload.data(), payload.size());
  queue.append(n + payload.size());
  return n + payload.size();
}

error connection::ping(std::span<const std::byte> payload, time now) {
  assert(payload.size() <= wire::max_control_payload);
  if (stage_ != stage::open) return error::not_open;
  if (is_full(options().max_buffered, queued_bytes(), queued_messages()))
    return error::send_queue_full;
  return queue_ping(payload, now);
}

error connection::queue_ping(std::span<const std::byte> payload, time now) {
  if (append_frame(wire::opcode::ping, payload) == 0) {
    no_randomness(now);
    return error::not_open;
  }
  return error::none;
}

// One pong for each ping while the transport takes our output; once it does not, only the newest
// unanswered ping counts, so that a peer that does not read cannot make us hold memory. [5.5.3]
void connection::queue_pong(std::span<const std::byte> payload) {
  if (outgoing_ && outgoing_->blocked) {
    outgoing_->pong_waits = true;
    outgoing_->pong_size  = static_cast<std::uint8_t>(payload.size());
    std::copy(payload.begin(), payload.end(), outgoing_->pong.begin());
    return;
  }
  append_frame(wire::opcode::pong, payload);
}

// Behind every message already accepted. One that is queued already and has not begun to leave is
// replaced: the peer learns of its violation.
void connection::queue_close(close_frame frame) {
  ending_record& rec = record();
  if (rec.ours_size != 0 && !(outgoing_ && outgoing_->queue.retract(rec.ours_size))) return;
  rec.ours_size = 0;
  std::byte payload[wire::max_control_payload];
  std::size_t size = 0;
  if (frame.code) {
    wire::big_endian::write(payload, *frame.code, 2);
    std::copy_n(reinterpret_cast<const std::byte*>(frame.reason.data()), frame.reason.size(),
                payload + 2);
    size = 2 + frame.reason.size();
  }
  rec.ours_size = static_cast<std::uint8_t>(append_frame(wire::opcode::close, {payload, size}));
  rec.ours      = std::move(frame);
}

void connection::no_randomness(time now) {
  ending_record& rec = record();
  if (!rec.cause_known) rec.how.note = "the operating system has no randomness for masking keys";
  terminate(now);
}

void connection::say(std::span<const std::byte> head) {
  outbox& queue = departing().queue;
  if (head.empty()) return;
  std::memcpy(queue.room(head.size()), head.data(), head.size());
  queue.append(head.size());
}

void connection::consumed(std::uint64_t n, time now) {
  if (!outgoing_ || n == 0 || stage_ == stage::closed) return;
  outbox& queue = outgoing_->queue;
  queue.consumed(n);
  sent_ = coarse(now);
  if (record_) record_->watch.left(n, now);
  if (!queue.empty()) return;

  outgoing_->blocked = false;
  if (record_ && stage_ == stage::open && !pinged_) stop_watching();
  if (outgoing_->pong_waits && stage_ == stage::open) {
    outgoing_->pong_waits = false;
    whatever_memory(now, [&] {
      append_frame(wire::opcode::pong, {outgoing_->pong.data(), outgoing_->pong_size});
    });
    return;
  }
  terms_->shared->outgoings.give_back(std::move(outgoing_));
  if (record_ && record_->ours_size != 0) record_->how.sent = std::move(record_->ours);
  if (stage_ == stage::flushing || stage_ == stage::answering || stage_ == stage::failing)
    apply(signal::close_left, now);
}

outgoing& connection::new_departing() {
  outgoing_ = terms_->shared->outgoings.take();
  return *outgoing_;
}

}  // namespace adieu::inline v1::protocol
