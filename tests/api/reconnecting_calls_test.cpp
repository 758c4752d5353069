// What the application may call on a client that comes back, at any time: close(), terminate(),
// destroying, pause and resume, reconnect_now.
#include "virtual_world.hpp"

namespace adieu::tests {
namespace {

using lines = std::vector<std::string>;

/// Where a client may be when something is called.
enum class at { begun, asking, connecting, open, closing, waiting, paused, stopped };
constexpr at everywhere[] = {at::begun,   at::asking,  at::connecting, at::open,
                             at::closing, at::waiting, at::paused,     at::stopped};

class reconnecting_calls : public reconnecting_test {
 protected:
  void go_to(at where) {
    log.clear();
    world.attempts.clear();
    world.on_connect = [](virtual_link&) {};
    kept.reset();
    reconnecting_handlers also;
    if (where == at::asking)
      also.on_attempt = [this](reconnecting_websocket&, attempt_reply reply) {
        kept.emplace(std::move(reply));
      };
    auto& c = begin({}, std::move(also));
    if (where == at::begun) return;
    pass(0s);
    if (where == at::asking || where == at::connecting) return;
    world.live->open();
    settle();
    if (where == at::open) return;
    if (where == at::closing) {
      world.live->answers_close = false;
      world.live->peer_closes();
      return settle();
    }
    world.live->end(where == at::stopped ? completed(1008, initiator::remote) : vanished());
    settle();
    if (where == at::paused) c.pause();
  }
  void nothing_is_left() {
    EXPECT_EQ(world.wake, protocol::never);
    EXPECT_EQ(client->state(), reconnect_state::stopped);
    const auto before = log.size();
    kept.reset();
    pass(24h);
    EXPECT_EQ(log.size(), before);
    client.reset();
    settle();
    EXPECT_EQ(world.live, nullptr);
    EXPECT_EQ(log.size(), before);
  }

  std::optional<attempt_reply> kept;
};

TEST_F(reconnecting_calls, close_ends_it_from_everywhere_with_one_final_event) {
  for (const at where : everywhere) {
    go_to(where);
    inside = true;
    EXPECT_FALSE(client->close()) << static_cast<int>(where);
    EXPECT_FALSE(client->close());
    inside = false;
    if (where == at::closing) world.live->end(completed(1000, initiator::remote));
    settle();
    EXPECT_EQ(count("close"), 1) << static_cast<int>(where);
    nothing_is_left();
  }
}

TEST_F(reconnecting_calls, terminate_ends_it_from_everywhere_with_one_final_event) {
  for (const at where : everywhere) {
    go_to(where);
    inside = true;
    client->terminate();
    inside = false;
    settle();
    EXPECT_EQ(count("close"), 1) << static_cast<int>(where);
    EXPECT_EQ(last_event.cause, where == at::stopped ? cause::completed : cause::terminated);
    nothing_is_left();
  }
}

TEST_F(reconnecting_calls, terminate_ends_a_closing_that_is_not_answered) {
  go_to(at::open);
  world.live->answers_close = false;
  client->close();
  settle();
  EXPECT_EQ(count("close"), 0);
  client->terminate();
  settle();
  EXPECT_EQ(log.back(), "close terminated");
}

TEST_F(reconnecting_calls, destroying_it_anywhere_ends_all_without_a_word) {
  for (const at where : everywhere) {
    go_to(where);
    const auto before = log.size();
    client.reset();
    EXPECT_EQ(world.wake, protocol::never);
    EXPECT_EQ(world.live, nullptr);
    if (kept) kept->connect();
    kept.reset();
    settle();
    EXPECT_EQ(log.size(), before) << static_cast<int>(where);
  }
}

TEST_F(reconnecting_calls, a_close_that_cannot_be_is_refused_everywhere_with_nothing_changed) {
  for (const at where : everywhere) {
    if (where == at::stopped) continue;
    go_to(where);
    const auto state = client->state();
    EXPECT_EQ(client->close(close_code(1001)), error::bad_close_code);
    EXPECT_EQ(client->close(1000, std::string(124, 'x')), error::reason_too_long);
    EXPECT_EQ(client->close(1000, std::string("\xff")), error::invalid_utf8);
    EXPECT_EQ(client->close(close_code::abnormal), error::bad_close_code);
    EXPECT_EQ(client->state(), state) << static_cast<int>(where);
    EXPECT_EQ(count("close"), 0);
  }
}

// --- within every callback of a life ---

class within_callbacks : public reconnecting_calls {
 protected:
  /// Plays a life in which every handler is called, `act` within the n-th callback.
  void play(int n, std::function<void()> act) {
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
    begin({.max_attempts = 1},
          {.on_attempt = [maybe](reconnecting_websocket&, attempt_reply) { maybe(); },
           .on_open    = [maybe](reconnecting_websocket&) { maybe(); },
           .on_message = [maybe](reconnecting_websocket&, message_view) { maybe(); },
           .on_drain   = [maybe](reconnecting_websocket&) { maybe(); },
           .on_closing = [maybe](reconnecting_websocket&, closing_reply) { maybe(); },
           .on_down    = [maybe](reconnecting_websocket&, const close_event&,
                              const decision&) { maybe(); },
           .on_close   = [maybe](reconnecting_websocket&, const close_event&,
                               const decision&) { maybe(); }});
    pass(1min);
  }
  static constexpr int callbacks = 12;
};

TEST_F(within_callbacks, the_life_that_is_played_calls_every_handler) {
  play(-1, [] {});
  EXPECT_EQ(log,
            (lines{"attempt 1", "open", "message hello", "drain", "closing", "down completed",
                   "attempt 2", "open", "message hello", "drain", "closing", "close completed"}));
}

TEST_F(within_callbacks, close_leads_to_one_final_event) {
  for (int n = 0; n < callbacks; ++n) {
    play(n, [&] { EXPECT_FALSE(client->close()) << n; });
    EXPECT_EQ(count("close"), 1) << n;
    EXPECT_LE(count("attempt"), n < 6 ? 1 : 2) << n;
    nothing_is_left();
  }
}

TEST_F(within_callbacks, destroying_it_is_the_last_that_is_heard) {
  for (int n = 0; n < callbacks; ++n) {
    play(n, [&] { client.reset(); });
    EXPECT_EQ(static_cast<int>(log.size()), n + 1) << n;
    EXPECT_EQ(world.wake, protocol::never) << n;
  }
}

TEST_F(within_callbacks, terminate_and_reconnect_now_and_pause_break_nothing) {
  for (int n = 0; n < callbacks; ++n) {
    play(n, [&] { client->terminate(); });
    EXPECT_EQ(count("close"), 1) << n;
    nothing_is_left();
    play(n, [&] {
      client->reconnect_now();
      client->reconnect_now();
    });
    EXPECT_LE(count("close"), 1) << n;
    EXPECT_LE(count("attempt"), 3) << n;
    client.reset();
    settle();
    play(n, [&] {
      client->pause();
      client->resume();
    });
    EXPECT_EQ(count("close"), 1) << n;
    EXPECT_EQ(count("attempt"), 2) << n;
  }
}

// --- a reply's connect ---

TEST_F(reconnecting_calls, a_kept_reply_that_asked_for_what_cannot_be_does_not_connect_without_it) {
  std::optional<attempt_reply> kept;
  begin({}, {.on_attempt = [&](reconnecting_websocket&, attempt_reply reply) {
          kept.emplace(std::move(reply));
        }});
  settle();
  EXPECT_THROW(kept->connect({.url = "bad"}), system_error);
  std::optional<attempt_reply> moved(std::move(*kept));
  moved.reset();
  settle();
  EXPECT_EQ(log, (lines{"attempt 1", "down abandoned"}));
  EXPECT_TRUE(world.attempts.empty());
}

// --- pause, resume, reconnect_now ---

TEST_F(reconnecting_calls, paused_it_makes_no_attempt_and_resumes_at_the_time_decided) {
  go_to(at::waiting);
  const auto due = world.now + last_decision.delay;
  client->pause();
  EXPECT_EQ(client->state(), reconnect_state::idle);
  EXPECT_EQ(world.wake, protocol::never);
  client->reconnect_now();  // not while paused
  settle();
  EXPECT_EQ(world.attempts.size(), 1u);
  client->resume();
  EXPECT_EQ(world.wake, due);
  client->pause();
  pass(1h);
  EXPECT_EQ(world.attempts.size(), 1u);
  client->resume();
  pass(0s);
  EXPECT_EQ(world.attempts.size(), 2u);
}

TEST_F(reconnecting_calls, paused_with_a_connection_it_keeps_that_and_only_does_not_come_back) {
  go_to(at::open);
  client->pause();
  pass(1h);
  EXPECT_EQ(client->state(), reconnect_state::open);
  world.live->end(vanished());
  pass(1h);
  EXPECT_EQ(client->state(), reconnect_state::idle);
  EXPECT_EQ(log.back(), "down peer_vanished");
  EXPECT_EQ(world.attempts.size(), 1u);
  client->resume();
  next_attempt();
}

TEST_F(reconnecting_calls, reconnect_now_does_not_wait) {
  go_to(at::waiting);
  client->reconnect_now();
  pass(0s);
  EXPECT_EQ(world.attempts.size(), 2u);
}

TEST_F(reconnecting_calls, reconnect_now_gives_an_open_connection_up_with_4000) {
  go_to(at::open);
  client->reconnect_now();
  EXPECT_EQ(world.live->closed_with, 4000);
  EXPECT_EQ(world.live->hurried, 1s);
  pass(0s);
  EXPECT_EQ(log, (lines{"open", "down completed"}));
  EXPECT_EQ(last_decision.why, "reconnect_now()");
  EXPECT_EQ(last_decision.delay, 0ms);
  EXPECT_EQ(world.attempts.size(), 2u);
}

TEST_F(reconnecting_calls, close_while_it_is_given_up_is_final) {
  go_to(at::open);
  client->reconnect_now();
  EXPECT_FALSE(client->close());
  pass(1h);
  EXPECT_EQ(log, (lines{"open", "close completed"}));
}

TEST_F(reconnecting_calls, an_abandon_code_of_0_terminates) {
  auto& c = begin({.abandon_code = 0});
  next_open();
  c.reconnect_now();
  settle();
  EXPECT_EQ(log, (lines{"open", "down terminated"}));
}

TEST_F(reconnecting_calls, reconnect_now_in_a_loop_meets_the_ceiling) {
  world.on_connect = [](virtual_link& link) {
    link.end(failed(cause::unreachable, phase::connecting));
  };
  begin({}, {.on_down = [](reconnecting_websocket& c, const close_event&, const decision&) {
          c.reconnect_now();
        }});
  pass(1h);
  EXPECT_GE(world.attempts.size(), 600u);
  EXPECT_LE(world.attempts.size(), 700u);
  for (std::size_t i = 100; i < world.attempts.size(); ++i)
    ASSERT_GE(world.attempts[i] - world.attempts[i - 100], 10min) << i;
}

TEST_F(reconnecting_calls, the_io_context_may_be_destroyed_first) {
  auto& c = begin();
  next_open();
  world.who->cut_off();
  EXPECT_EQ(c.state(), reconnect_state::stopped);
  EXPECT_FALSE(c.close());
  settle();
  EXPECT_EQ(log, (lines{"open"}));
}

}  // namespace
}  // namespace adieu::tests
