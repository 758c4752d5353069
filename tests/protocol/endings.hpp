// Endings as a client that comes back may meet them. Knows no connection.
#pragma once

#include <adieu/ending.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace adieu::tests {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

inline ending closed_with(std::uint16_t code, milliseconds open = 0ms) {
  ending how;
  how.was_clean = true;
  how.code      = code;
  how.received  = close_frame{code, ""};
  how.initiator = initiator::remote;
  how.cause     = cause::completed;
  how.phase     = phase::ending;
  how.time_open = open;
  if (code == 1005) how.received = close_frame{};
  if (code == 1006 || code == 1015) {
    how.received  = {};
    how.was_clean = false;
    how.cause     = code == 1006 ? cause::peer_vanished : cause::tls_failed;
    how.phase     = code == 1006 ? phase::open : phase::tls;
  }
  return how;
}

inline ending ended_because(cause why) {
  ending how;
  how.cause = why;
  return how;
}

inline ending refused_with(std::uint16_t status,
                           std::optional<std::chrono::seconds> retry_after = {}) {
  ending how;
  how.cause       = cause::refused;
  how.phase       = phase::opening;
  how.http_status = status;
  how.retry_after = retry_after;
  return how;
}

inline ending lost_after(std::chrono::seconds open) {
  ending how;
  how.cause     = cause::peer_vanished;
  how.phase     = phase::open;
  how.time_open = open;
  return how;
}
inline ending not_reached() {
  ending how;
  how.cause = cause::unreachable;
  how.phase = phase::connecting;
  return how;
}

}  // namespace adieu::tests
