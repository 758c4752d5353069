// Compressed messages in both directions: frames with RSV1. [RFC 7692 6, 7.2] Invalid data is
// answered by 1002, as any other broken rule; the bound on a message holds while it is inflated.
#include "protocol/connection.hpp"

#include "wire/mask.hpp"
#include "wire/utf8.hpp"

#include <algorithm>

namespace adieu::inline v1::protocol {
namespace {

constexpr std::uint8_t rsv1 = 4;

// No sender needs more payload than this for a message within the bound: even one that flushes
// after every byte takes seven for it. The rest would be blocks without content.
constexpr std::uint64_t most_compressed(std::uint64_t most_message) noexcept {
  constexpr std::uint64_t factor = 8, some = 1024, all = ~std::uint64_t{0};
  return most_message > (all - some) / factor ? all : factor * most_message + some;
}

}  // namespace

// On the first frame of a message, and only if it was agreed on. [6.2]
bool connection::starts_compressed(const wire::frame_head& head) const noexcept {
  return deflate_.on && head.rsv == rsv1 && !wire::is_control(head.opcode) &&
         static_cast<wire::opcode>(head.opcode) != wire::opcode::continuation;
}

std::uint64_t connection::compressed_left() const noexcept {
  const std::uint64_t so_far = mid_message() ? incoming_->deflated : 0;
  return most_compressed(terms_->most_message()) - so_far;
}

// --- receiving ---

// In one frame that lies whole in the input, and without context.
bool connection::take_compressed_message(const wire::frame_head& head, event& to, time now) {
  incoming& part  = arriving();
  const auto size = static_cast<std::size_t>(head.length);
  part.is_text    = static_cast<wire::opcode>(head.opcode) == wire::opcode::text;
  part.message.clear();
  const wire::inflated how = terms_->shared->compression.inflate(
      {in_, size}, head.masked ? head.key : 0, part.message, terms_->most_message());
  in_ += size;
  part.text = {};
  if (how != wire::inflated::fine) return fail_inflating(how, part.message.bytes(), now);
  if (part.is_text && !wire::is_utf8(part.message.data(), part.message.size())) {
    fail(cause::invalid_text, close_code::invalid_payload, "text is not UTF-8", now);
    return false;
  }
  return deliver_message(to);
}

void connection::start_compressed() {
  incoming_->inflater = terms_->shared->compression.take_inflater(this, deflate_);
  incoming_->deflated = 0;
}

bool connection::take_compressed_payload(event& to, time now) {
  incoming& part           = *incoming_;
  const std::uint64_t most = terms_->most_message();
  const std::size_t before = part.message.size();
  const auto n             = static_cast<std::size_t>(
      std::min<std::uint64_t>(part.remaining, static_cast<std::uint64_t>(in_end_ - in_)));
  if (part.key != 0) wire::apply_mask(in_, n, part.key);
  wire::inflated how = part.inflater->piece({in_, n}, part.message, most);
  in_ += n;
  part.remaining -= n;
  part.key        = wire::rotated(part.key, n);
  const bool last = part.final_frame && part.remaining == 0;
  if (how == wire::inflated::fine && last) how = part.inflater->end_message(part.message, most);
  const auto came = part.message.bytes().subspan(before);
  if (how != wire::inflated::fine) return fail_inflating(how, came, now);

  if (part.is_text &&
      (!wire::utf8_feed(part.text, came.data(), came.size()) || (last && !part.text.complete()))) {
    fail(cause::invalid_text, close_code::invalid_payload, "text is not UTF-8", now);
    return false;
  }
  if (!last) return false;
  part.unfinished = false;
  terms_->shared->compression.give_back(std::move(part.inflater), this, deflate_);
  return deliver_message(to);
}

// `came`: what this piece gave before it went wrong. It is judged first, as it is when it comes in
// a piece of its own: the verdict is the same however the message was cut.
bool connection::fail_inflating(wire::inflated why, std::span<const std::byte> came, time now) {
  if (incoming_->is_text && !wire::utf8_feed(incoming_->text, came.data(), came.size())) {
    fail(cause::invalid_text, close_code::invalid_payload, "text is not UTF-8", now);
    return false;
  }
  if (why == wire::inflated::too_big) return fail_frame(verdict::too_big, now);
  fail(cause::protocol_violation, close_code::protocol_error, "invalid compressed data", now);
  return false;
}

// --- sending ---

// What is to be sent instead of the payload; empty if it goes as it is.
std::span<const std::byte> connection::compressed(message_view outgoing) {
  if (!deflate_.on || !outgoing.compressible() || outgoing.empty() ||
      outgoing.size() < options().deflate.threshold)
    return {};
  return terms_->shared->compression.deflate(outgoing.bytes(), this, deflate_, options().deflate);
}

void connection::forget_contexts() noexcept {
  if (deflate_.our_takeover || deflate_.their_takeover) terms_->shared->compression.forget(this);
  deflate_ = {};
}

}  // namespace adieu::inline v1::protocol
