// A line of the log, escaped and cut to its length.
#include "base/log.hpp"

#include "base/escape.hpp"

#include <array>
#include <atomic>

namespace adieu::inline v1 {
namespace {

constexpr std::size_t longest_line = 2000;

constinit std::atomic<log_taker> taker_of_lines{nullptr};

}  // namespace

void log(log_level level, std::string_view text, const websocket_ref* connection) noexcept {
  const log_taker taker = taker_of_lines.load(std::memory_order_acquire);
  if (!taker) return;
  std::array<char, longest_line> room;
  taker({.level = level, .text = escape_into(room, text), .connection = connection});
}

void log_goes_to(log_taker taker) noexcept {
  taker_of_lines.store(taker, std::memory_order_release);
}

}  // namespace adieu::inline v1
