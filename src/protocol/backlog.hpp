// The messages of a client that comes back: those its connection has not handed to the transport
// yet, those that a lost connection never sent, and those that wait for the next one. Nothing that
// was accepted is lost without being handed back. Knows no connection.
#pragma once

#include <adieu/error.hpp>
#include <adieu/message.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <vector>

namespace adieu::inline v1::protocol {

class backlog {
 public:
  /// How much queue() takes; 0 messages: nothing.
  backlog(std::size_t most_messages, std::uint64_t most_bytes)
      : most_messages_(most_messages), most_bytes_(most_bytes) {}

  // --- with the connection ---
  /// `accepted` holds one message, copied before it was handed over.
  void handed_over(std::list<message> accepted) noexcept {
    with_connection_.splice(with_connection_.end(), accepted);
  }
  /// The connection has only that many left.
  void remaining(std::size_t n) {
    while (with_connection_.size() > n) with_connection_.pop_front();
  }
  std::size_t with_connection() const noexcept { return with_connection_.size(); }
  /// It has ended, and the last `n`, with `bytes` of payload, never left whole. `too_big`: the peer
  /// said that one was; it is never sent again.
  void lost(std::size_t n, std::uint64_t bytes, bool too_big) noexcept;

  // --- without one ---
  /// not_open if there is no queue, invalid_utf8, send_queue_full.
  error queue(message_view later);
  /// A connection is there and on_open has returned: what the last one never sent goes first, or
  /// is forgotten if there is no queue.
  void resume() noexcept;
  bool waits() const noexcept { return !queued_.empty(); }
  const message& next() const noexcept { return queued_.front(); }
  /// It is with the connection now.
  void next_handed_over() noexcept;

  /// All that never left, oldest first, but for what is with the connection.
  std::vector<message> take();
  /// Bytes that wait, as far as they will be sent by themselves.
  std::uint64_t bytes() const noexcept { return queued_bytes_; }
  void clear() noexcept;

 private:
  std::size_t most_messages_;
  std::uint64_t most_bytes_;
  // Lists, so that a message changes its place without memory.
  std::list<message> with_connection_;
  std::list<message> unsent_;               // of the lost connection
  std::optional<std::size_t> never_again_;  // which of them
  std::list<message> queued_;
  std::uint64_t queued_bytes_ = 0;
};

}  // namespace adieu::inline v1::protocol
