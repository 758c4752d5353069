// What the handlers of a client that comes back may do beyond calling it: throw, send, destroy
// another one. And `decide`, which is called like a handler, but answers.
#include "virtual_world.hpp"

#include <stdexcept>

namespace adieu::tests {
namespace {

using lines = std::vector<std::string>;

struct thrown : std::runtime_error {
  using runtime_error::runtime_error;
};

class reconnecting_handlers_that : public reconnecting_test {
 protected:
  /// Runs on over exceptions; tells how many there were, and how many on_exception was told.
  int pass_over_exceptions(milliseconds time) {
    int n = std::exchange(told, 0);
    for (bool quiet = false; !quiet;) {
      try {
        pass(time);
        quiet = true;
      } catch (const thrown&) {
        ++n;
      }
    }
    return n + std::exchange(told, 0);
  }
  handler<void(std::exception_ptr)> telling() {
    return [this](std::exception_ptr) { ++told; };
  }
  int told = 0;
  /// A life in which every handler is called, `act` within the n-th callback.
  int play(int n, std::function<void()> act, reconnecting_options options = {}) {
    int called       = 0;
    const auto maybe = [&, act] {
      if (called++ == n) act();
    };
    log.clear();
    world.on_connect = [](virtual_link& link) {
      link.open();
      link.say("hello");
      link.drain();
      link.peer_closes();
      link.end(completed(1000, initiator::remote));
    };
    options.max_attempts = 1;
    begin(std::move(options),
          {.on_attempt   = [maybe](reconnecting_websocket&, attempt_reply) { maybe(); },
           .on_open      = [maybe](reconnecting_websocket&) { maybe(); },
           .on_message   = [maybe](reconnecting_websocket&, message_view) { maybe(); },
           .on_drain     = [maybe](reconnecting_websocket&) { maybe(); },
           .on_closing   = [maybe](reconnecting_websocket&, closing_reply) { maybe(); },
           .on_down      = [maybe](reconnecting_websocket&, const close_event&,
                              const decision&) { maybe(); },
           .on_close     = [maybe](reconnecting_websocket&, const close_event&,
                               const decision&) { maybe(); },
           .on_exception = telling()});
    return pass_over_exceptions(1min);
  }
  static constexpr int callbacks = 12;
};

TEST_F(reconnecting_handlers_that, throw_are_heard_once_and_the_client_goes_on_to_one_end) {
  for (int n = 0; n < callbacks; ++n) {
    EXPECT_EQ(play(n, [] { throw thrown("from a handler"); }), 1) << n;
    EXPECT_EQ(count("close"), 1) << n;
    // An on_attempt that throws is an attempt that failed, with an end of its own.
    EXPECT_EQ(count("down"), 1) << n;
    EXPECT_EQ(client->state(), reconnect_state::stopped) << n;
  }
}

TEST_F(reconnecting_handlers_that, send_are_told_at_once_whether_it_is_taken) {
  for (int n = 0; n < callbacks; ++n) {
    error_code with_a_queue = error::bad_url, without = error::bad_url;
    play(n, [&] { without = client->send("more"); });
    EXPECT_EQ(count("close"), 1) << n;
    play(n, [&] { with_a_queue = client->send("more"); }, {.max_queued_messages = 1});
    EXPECT_EQ(count("close"), 1) << n;
    // It is open in on_open, on_message, on_drain; in on_closing it has been, and may be again.
    const bool is_open = (n % 6 >= 1 && n % 6 <= 3);
    EXPECT_EQ(without, is_open ? error_code() : make_error_code(error::not_open)) << n;
    EXPECT_EQ(with_a_queue, n != callbacks - 1 ? error_code() : make_error_code(error::not_open))
        << n;
  }
}

TEST_F(reconnecting_handlers_that, destroy_another_client_do_not_disturb_their_own) {
  for (int n = 0; n < callbacks; ++n) {
    surroundings elsewhere;
    auto other = std::make_unique<reconnecting_websocket>(
        api::reconnecting::made(std::make_unique<virtual_world>(elsewhere), "ws://other/", {}, {}));
    elsewhere.io.poll();
    play(n, [&] { other.reset(); });
    EXPECT_EQ(count("close"), 1) << n;
    elsewhere.io.restart();
    elsewhere.io.poll();
    EXPECT_EQ(elsewhere.wake, protocol::never) << n;
    EXPECT_EQ(elsewhere.live, nullptr) << n;
  }
}

// --- decide ---

TEST_F(reconnecting_handlers_that, decide_may_close_and_then_throw) {
  for (const bool terminates : {false, true}) {
    log.clear();
    begin({.decide =
               [&](const close_event&, const reconnect_history&, decision&) {
                 if (terminates)
                   client->terminate();
                 else
                   client->close();
                 throw thrown("from decide");
               }},
          {.on_exception = telling()});
    world.on_connect = [](virtual_link& link) { link.open(); };
    pass_over_exceptions(0s);
    world.live->end(vanished());
    EXPECT_EQ(pass_over_exceptions(1h), 1) << "its exception is dropped, or comes twice";
    EXPECT_EQ(log, (lines{"open", "close peer_vanished"})) << terminates;
    EXPECT_EQ(last_decision.why, "closed by the application");
  }
}

TEST_F(reconnecting_handlers_that, decide_throws_once_and_the_default_decides) {
  begin({.decide =
             [&](const close_event&, const reconnect_history&, decision& d) {
               d.come_back = false;
               throw thrown("from decide");
             }},
        {.on_exception = telling()});
  next_open();
  world.live->end(vanished());
  EXPECT_EQ(pass_over_exceptions(0s), 1);
  EXPECT_EQ(log, (lines{"open", "down peer_vanished"}));
}

TEST_F(reconnecting_handlers_that, decide_may_destroy_the_client_and_then_throw) {
  begin({.decide = [&](const close_event&, const reconnect_history&, decision&) {
    client.reset();
    throw thrown("from decide");
  }});
  next_open();
  world.live->end(vanished());
  EXPECT_EQ(pass_over_exceptions(1h), 0) << "nobody is there to be told";
  EXPECT_EQ(log, (lines{"open"}));
}

TEST_F(reconnecting_handlers_that, on_attempt_may_close_and_then_throw) {
  begin({}, {.on_attempt =
                 [&](reconnecting_websocket& c, attempt_reply) {
                   c.close();
                   throw thrown("from on_attempt");
                 },
             .on_exception = telling()});
  EXPECT_EQ(pass_over_exceptions(1h), 1);
  EXPECT_EQ(log, (lines{"attempt 1", "close abandoned"}));
  EXPECT_TRUE(world.attempts.empty());
}

TEST_F(reconnecting_handlers_that, throw_may_be_propagated) {
  reconnecting_options options;
  options.websocket.connection.handler_exceptions = handler_exceptions::propagate;
  options.decide = [](const close_event&, const reconnect_history&, decision&) {
    throw std::runtime_error("on purpose");
  };
  begin(std::move(options));
  next_open().end(vanished());
  EXPECT_THROW(settle(), std::runtime_error);
  EXPECT_EQ(log, (lines{"open", "down peer_vanished"}));
  next_attempt();
}

}  // namespace
}  // namespace adieu::tests
