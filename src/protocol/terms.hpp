// What connections share: their role and options (one per server or client), and what a loop lends
// them. Knows no connection.
#pragma once

#include <adieu/close_code.hpp>
#include <adieu/options.hpp>

#include "protocol/compression.hpp"
#include "protocol/ending_record.hpp"
#include "protocol/incoming.hpp"
#include "protocol/jitter.hpp"
#include "protocol/mask_keys.hpp"
#include "protocol/outgoing.hpp"
#include "protocol/recycled.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>

namespace adieu::inline v1::protocol {

/// Lent by a loop to all its connections. One thread.
struct resources {
  explicit resources(random_source& source) : keys(source) {}

  mask_keys keys;
  recycled<outgoing> outgoings{256, 64 * 1024};  // as many as may have output in one turn
  recycled<incoming> incomings{4, 4 << 20};      // so that large messages find their pages warm
  protocol::compression compression;

  /// The record of an ending. One is kept back for when there is no memory.
  std::unique_ptr<ending_record> take_record() {
    try {
      auto made = std::make_unique<ending_record>();
      if (!last_record) [[unlikely]]
        last_record.reset(new (std::nothrow) ending_record);
      return made;
    } catch (const std::bad_alloc&) {
      if (!last_record) throw;
      return std::move(last_record);
    }
  }
  std::unique_ptr<ending_record> last_record = std::make_unique<ending_record>();

  protocol::jitter jitter{keys.source()};
};

/// Must outlive the connections made with it.
struct terms {
  role side = role::client;
  connection_options options;
  resources* shared = nullptr;

  /// Silence after which a ping is sent. A client waits longer, so that one end pings.
  duration ping_after() const noexcept {
    if (options.deadlines.ping_after != deadlines::by_role) return options.deadlines.ping_after;
    return side == role::server ? std::chrono::seconds(20) : std::chrono::seconds(25);
  }
  /// Milliseconds after which TCP itself may give up a peer, as a last resort: later than the
  /// keepalive and every closing do. 0: not at all. (Newer kernels give up a peer whose window
  /// stays closed, too, although it answers.)
  unsigned user_timeout() const noexcept {
    using std::chrono::milliseconds;
    const deadlines& d       = options.deadlines;
    const auto ping          = std::chrono::duration_cast<milliseconds>(ping_after());
    const milliseconds later = std::max(ping + d.pong_within, d.closing) + std::chrono::seconds(10);
    if (ping.count() <= 0 || d.pong_within.count() <= 0 || later.count() > 0x7fffffff) return 0;
    return static_cast<unsigned>(later.count());
  }
  /// Bytes that a message received may have.
  std::uint64_t most_message() const noexcept {
    return options.max_message == 0 ? ~std::uint64_t{0} : options.max_message;
  }
  /// Messages up to this length have it in their frame's second byte and are within the limit.
  std::size_t small_message() const noexcept {
    const std::uint64_t limit = options.max_message;
    return limit != 0 && limit < 125 ? static_cast<std::size_t>(limit) : 125;
  }
};

}  // namespace adieu::inline v1::protocol
