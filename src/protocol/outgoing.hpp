// What a connection has to send: its queue, and the pong that waits while the transport takes
// nothing. Exists only while there is something to send.
#pragma once

#include "protocol/outbox.hpp"
#include "protocol/time.hpp"
#include "wire/frame.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace adieu::inline v1::protocol {

struct outgoing {
  outbox queue;
  bool blocked    = false;  // the transport has refused some
  time blocked_at = {};     // since when

  // The newest unanswered ping's payload. [RFC 6455 5.5.3]
  bool pong_waits        = false;
  std::uint8_t pong_size = 0;
  std::array<std::byte, wire::max_control_payload> pong;

  std::size_t footprint() const noexcept { return queue.footprint(); }
  void reset() noexcept { blocked = pong_waits = false; }
};

}  // namespace adieu::inline v1::protocol
