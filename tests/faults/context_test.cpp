// Compression with a context: once a message has gone into it the peer has to see that message, or
// nothing more.
#include "faults/strike.hpp"
#include "protocol/connection.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <new>
#include <string>

namespace adieu::tests {
namespace {

struct no_chance final : protocol::random_source {
  bool fill(std::span<std::byte> to) noexcept override {
    for (std::byte& b : to) b = std::byte{7};
    return true;
  }
};

/// A server's end that is open, with takeover.
struct end_with_context {
  no_chance chance;
  protocol::resources shared{chance};
  protocol::terms terms{role::server, {}, &shared};
  protocol::time now = protocol::time{} + std::chrono::hours(1);
  protocol::connection machine{terms, now};

  end_with_context() {
    protocol::deflate_agreement agreed{};
    agreed.on              = true;
    agreed.our_takeover    = true;
    agreed.our_window_bits = 15;
    machine.agree(agreed);
    machine.opened(now);
  }
};

TEST(context, that_has_seen_a_message_that_is_not_sent_fails_the_connection) {
  const std::string small = "something that is long enough to be deflated";
  for (int n = 1;; ++n) {
    end_with_context end;
    std::string incompressible(60'000, ' ');
    for (std::size_t i = 0; i < incompressible.size(); ++i)
      incompressible[i] = static_cast<char>('0' + (i * i * 7919 + i / 3) % 64);
    ASSERT_EQ(end.machine.send(message_view(small), end.now), error::none);
    arm({call::allocation, 0}, n);
    bool threw = false;
    try {
      EXPECT_EQ(end.machine.send(message_view(incompressible), end.now), error::none);
    } catch (const std::bad_alloc&) {
      threw = true;
    }
    const bool struck = disarm();
    EXPECT_EQ(threw, struck) << n;
    // The message was queued whole, or not at all; and if the context is ahead nothing follows.
    EXPECT_EQ(end.machine.queued_messages(), threw ? 1u : 2u) << n;
    if (threw && end.machine.state() == ready_state::open) {
      EXPECT_EQ(end.machine.send(message_view(small), end.now), error::none) << n;
    }
    if (threw && end.machine.state() != ready_state::open) {
      EXPECT_EQ(end.machine.send(message_view(small), end.now), error::not_open) << n;
      EXPECT_EQ(end.machine.ending_so_far().cause, cause::out_of_memory) << n;
      return;  // that one
    }
    ASSERT_TRUE(struck) << "no allocation behind the deflating has failed";
  }
}

}  // namespace
}  // namespace adieu::tests
