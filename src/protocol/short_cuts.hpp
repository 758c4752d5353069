// The two short cuts of the machine, for what most traffic consists of: a whole small message in,
// a small message out. Everything that is not exactly that goes the long way, with the same result
// (connection_receive.cpp, connection_send.cpp). Included by connection.hpp only.
#pragma once

#include "protocol/connection.hpp"
#include "wire/mask.hpp"
#include "wire/utf8.hpp"

#include <cstring>

namespace adieu::inline v1::protocol {

// A final text or binary frame whose length is in its second byte, whole in the input, with no
// message in progress.
inline bool connection::take_small_message(event& to) {
  if (incoming_ || stage_ != stage::open || in_end_ - in_ < 6) return false;
  constexpr unsigned final_text = 0x81, final_binary = 0x82, mask_bit = 0x80;
  const bool masked      = side() == role::server;
  const auto first       = std::to_integer<unsigned>(in_[0]);
  const auto second      = std::to_integer<unsigned>(in_[1]) ^ (masked ? mask_bit : 0);
  const std::size_t head = masked ? 6 : 2;
  if ((first != final_text && first != final_binary) || second > terms_->small_message() ||
      static_cast<std::size_t>(in_end_ - in_) < head + second)
    return false;

  std::byte* const payload = in_ + head;
  wire::mask_key key       = 0;
  if (masked) std::memcpy(&key, in_ + 2, sizeof key);
  if (first == final_text) {
    // Not ASCII, or no text: the payload is as it was, and the long way sees.
    if (second > wire::short_payload || !wire::unmask_ascii_short(payload, second, key))
      return false;
    checked_ = {payload, second};
  } else {
    if (masked) wire::apply_mask(payload, second, key);
    checked_ = {};
  }
  in_      = payload + second;
  to.what  = event::kind::message;
  to.type  = first == final_text ? message_type::text : message_type::binary;
  to.bytes = {payload, second};
  return true;
}

inline bool connection::next_event(event& to, time now) {
  if (take_small_message(to)) [[likely]]
    return true;
  return next_event_the_long_way(to, now);
}

// A server's message that is checked (binary, or the echo of what was just received), short, and
// within the limits.
inline bool connection::send_small_message(message_view outgoing) {
  const auto payload = outgoing.bytes();
  if (side() != role::server || stage_ != stage::open || payload.size() > wire::short_payload)
    return false;
  if (outgoing.is_text() &&
      (payload.data() != checked_.data() || payload.size() != checked_.size()))
    return false;
  if (send_queue_is_full()) return false;
  if (deflate_.on && payload.size() >= options().deflate.threshold) return false;
  outbox& queue      = departing().queue;
  std::byte* const p = queue.room(2 + wire::short_payload);
  queue.reserve_mark();
  p[0] = std::byte{outgoing.is_text() ? std::uint8_t{0x81} : std::uint8_t{0x82}};
  p[1] = static_cast<std::byte>(payload.size());
  wire::copy_masked_short(p + 2, payload.data(), payload.size(), 0);
  queue.append(2 + payload.size());
  queue.end_message(payload.size());
  return true;
}

inline error connection::send(message_view outgoing, time now) {
  if (send_small_message(outgoing)) [[likely]]
    return error::none;
  return send_the_long_way(outgoing, now);
}

}  // namespace adieu::inline v1::protocol
