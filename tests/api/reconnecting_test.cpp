// A client that comes back, in virtual time: attempts and their replies, what is told of each end,
// and who has the last word.
#include "net/tls_error.hpp"
#include "virtual_world.hpp"

#include <openssl/x509_vfy.h>

namespace adieu::tests {
namespace {

using lines = std::vector<std::string>;
class reconnecting : public reconnecting_test {};

TEST_F(reconnecting, client_connects_and_comes_back_until_it_is_closed) {
  auto& c = begin();
  EXPECT_EQ(c.state(), reconnect_state::waiting);
  next_open();
  EXPECT_EQ(c.state(), reconnect_state::open);
  EXPECT_EQ(c.openings(), 1u);
  world.live->end(vanished());
  settle();
  EXPECT_EQ(c.state(), reconnect_state::waiting);
  EXPECT_GE(last_decision.delay, 100ms);
  EXPECT_LE(last_decision.delay, 2s);
  EXPECT_EQ(last_decision.attempt, 1u);
  next_open();
  EXPECT_EQ(c.openings(), 2u);
  EXPECT_FALSE(c.close(4001, "done"));
  EXPECT_FALSE(c.close());
  settle();
  EXPECT_EQ(last_event.code, 4001);
  EXPECT_EQ(last_decision.why, "closed by the application");
  EXPECT_EQ(log, (lines{"open", "down peer_vanished", "open", "close completed"}));
  pass(24h);
  EXPECT_EQ(world.attempts.size(), 2u);
}

TEST_F(reconnecting, each_attempt_that_ends_is_told_once_whether_it_opened_or_not) {
  begin();
  for (int i = 0; i < 50; ++i) {
    virtual_link& link = next_attempt();
    if (i % 3 == 0) {
      link.open();
      settle();
      link.end(vanished());
    } else {
      link.end(
          failed(i % 3 == 1 ? cause::unreachable : cause::opening_timed_out, phase::connecting));
    }
    settle();
    EXPECT_EQ(count("down"), i + 1);
  }
}

TEST_F(reconnecting, attempts_come_when_the_decision_said) {
  begin();
  next_attempt().end(failed(cause::unreachable, phase::connecting));
  settle();
  const auto due = world.now + last_decision.delay;
  pass(last_decision.delay - 1ms);
  EXPECT_EQ(world.attempts.size(), 1u);
  pass(1ms);
  ASSERT_EQ(world.attempts.size(), 2u);
  EXPECT_EQ(world.attempts.back(), due);
}

TEST_F(reconnecting, waking_early_or_twice_makes_no_attempt_of_its_own) {
  begin();
  next_attempt().end(vanished());
  settle();
  for (int i = 0; i < 5; ++i) world.who->due();
  settle();
  EXPECT_EQ(world.attempts.size(), 1u);
  next_attempt();
  for (int i = 0; i < 5; ++i) world.who->due();
  settle();
  EXPECT_EQ(world.attempts.size(), 2u);
}

TEST_F(reconnecting, a_stop_is_told_with_its_reason_and_is_the_end) {
  auto& c = begin();
  next_open().end(completed(1008, initiator::remote));
  settle();
  EXPECT_EQ(log, (lines{"open", "close completed"}));
  EXPECT_EQ(last_decision.why,
            "the peer refuses what this client does (1008): coming back would not help");
  EXPECT_FALSE(c.close());
  c.terminate();
  c.reconnect_now();
  c.pause();
  c.resume();
  pass(24h);
  EXPECT_EQ(world.attempts.size(), 1u);
}

TEST_F(reconnecting, a_peer_that_ends_each_connection_at_once_sees_at_most_12_in_20_s) {
  for (const std::uint16_t code : {1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011,
                                   1012, 1013, 1014, 3000, 3500, 4004, 4500}) {
    world.attempts.clear();
    log.clear();
    world.on_connect = [code](virtual_link& link) {
      link.open();
      link.end(code == 1006 ? vanished() : completed(code, initiator::remote));
    };
    begin();
    pass(20s);
    EXPECT_LE(world.attempts.size(), 12u) << code;
    EXPECT_EQ(count("down") + count("close"), static_cast<int>(world.attempts.size())) << code;
    client.reset();
    settle();
  }
}

// --- on_attempt ---

TEST_F(reconnecting, on_attempt_brings_what_the_attempt_needs) {
  int n = 0;
  begin({.websocket = {.headers      = {{"X-Version", "1"}, {"authorization", "old"}},
                       .subprotocols = {"a"}}},
        {.on_attempt = [&](reconnecting_websocket&, attempt_reply reply) {
          EXPECT_EQ(reply.url(), "ws://first/");
          if (++n == 1) return reply.connect();
          reply.connect({.url          = "ws://other/",
                         .headers      = {{"Authorization", "Bearer new"}},
                         .subprotocols = {"b", "c"}});
        }});
  virtual_link& first = next_attempt();
  EXPECT_EQ(first.options.headers, (header_list{{"X-Version", "1"}, {"authorization", "old"}}));
  first.end(vanished());
  virtual_link& second = next_attempt();
  EXPECT_EQ(second.url, "ws://other/");
  EXPECT_EQ(second.options.headers,
            (header_list{{"X-Version", "1"}, {"Authorization", "Bearer new"}}));
  EXPECT_EQ(second.options.subprotocols, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(count("attempt"), 2);
}

TEST_F(reconnecting, a_reply_may_be_kept_and_answered_later) {
  std::optional<attempt_reply> kept;
  auto& c = begin({}, {.on_attempt = [&](reconnecting_websocket&, attempt_reply reply) {
                    kept.emplace(std::move(reply));
                  }});
  pass(29s);
  EXPECT_EQ(c.state(), reconnect_state::connecting);
  EXPECT_TRUE(world.attempts.empty());
  kept->connect();
  kept->connect();  // answered already
  settle();
  EXPECT_EQ(world.attempts.size(), 1u);
  pass(10s);  // the reply's deadline is off
  EXPECT_EQ(log, (lines{"attempt 1"}));
}

TEST_F(reconnecting, a_reply_kept_too_long_is_a_failed_attempt_and_does_nothing_afterwards) {
  std::vector<attempt_reply> kept;
  begin({}, {.on_attempt = [&](reconnecting_websocket&, attempt_reply reply) {
          kept.push_back(std::move(reply));
        }});
  pass(30s);
  EXPECT_EQ(log, (lines{"attempt 1", "down opening_timed_out"}));
  EXPECT_EQ(last_event.phase, phase::resolving);
  kept[0].connect();
  EXPECT_EQ(kept[0].url(), "");
  kept.clear();
  settle();
  EXPECT_TRUE(world.attempts.empty());
  pass(2s);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].number(), 2u);
  kept[0].connect();
  EXPECT_EQ(world.attempts.size(), 1u);
}

TEST_F(reconnecting, a_dropped_reply_connects_as_the_options_say) {
  begin({}, {.on_attempt = [](reconnecting_websocket&, attempt_reply) {}});
  next_open();
  EXPECT_EQ(log, (lines{"attempt 1", "open"}));
}

TEST_F(reconnecting, a_reply_that_fails_is_a_failed_attempt_and_the_policy_decides) {
  begin({}, {.on_attempt = [](reconnecting_websocket&, attempt_reply reply) {
          reply.fail("no token to be had");
        }});
  pass(0s);
  EXPECT_EQ(log, (lines{"attempt 1", "down abandoned"}));
  EXPECT_EQ(last_event.note, "no token to be had");
  EXPECT_TRUE(world.attempts.empty());
  pass(2s);
  EXPECT_GE(count("attempt"), 2);
}

TEST_F(reconnecting, a_url_that_cannot_be_is_refused_to_the_caller_who_may_try_another) {
  int refused = 0;
  begin({}, {.on_attempt = [&](reconnecting_websocket&, attempt_reply reply) {
          try {
            reply.connect({.url = "bad"});
          } catch (const system_error& wrong) {
            EXPECT_EQ(wrong.code(), error::bad_url);
            ++refused;
          }
          reply.connect({.url = "ws://good/"});
        }});
  EXPECT_EQ(next_attempt().url, "ws://good/");
  EXPECT_EQ(refused, 1);
}

TEST_F(reconnecting, an_on_attempt_that_throws_is_a_failed_attempt) {
  int thrown = 0;
  begin({}, {.on_attempt   = [](reconnecting_websocket&,
                              attempt_reply) { throw std::runtime_error("on purpose"); },
             .on_exception = [&](std::exception_ptr) { ++thrown; }});
  for (int i = 0; i < 10; ++i) pass(1min);
  EXPECT_EQ(thrown, 3);  // handler_failed stops at the third: in a row, though none opened
  EXPECT_EQ(count("down handler_failed"), 2);
  EXPECT_EQ(count("close handler_failed"), 1);
  EXPECT_TRUE(world.attempts.empty());
}

TEST_F(reconnecting, options_that_can_never_connect_stop_it_instead_of_a_loop) {
  world.refuses_options = true;
  begin();
  pass(1h);
  EXPECT_EQ(log, (lines{"close terminated"}));
  EXPECT_NE(last_decision.why.find("refused"), std::string::npos) << last_decision.why;
}

TEST_F(reconnecting, bad_urls_and_options_are_thrown_at_once) {
  const auto refused = [&](std::string url, auto change) {
    reconnecting_options options;
    change(options);
    try {
      api::reconnecting::made(std::make_unique<virtual_world>(world), url, std::move(options), {});
    } catch (const system_error& wrong) {
      return wrong.code();
    }
    return error_code();
  };
  const auto fine = [](auto&) {};
  EXPECT_EQ(refused("ftp://x/", fine), error::bad_url);
  EXPECT_EQ(refused("ws://x/", [](auto& o) { o.endpoints = {"nowhere"}; }), error::bad_url);
  EXPECT_EQ(refused("ws://x/", [](auto& o) { o.backoff.factor = 0; }), error::bad_option);
  EXPECT_EQ(refused("ws://x/", [](auto& o) { o.abandon_code = 1000; }), error::bad_option);
  EXPECT_EQ(refused("ws://x/", [](auto& o) { o.abandon_code = 1001; }), error::bad_option);
  EXPECT_EQ(refused("ws://x/", [](auto& o) { o.answer_within = 0s; }), error::bad_option);
  EXPECT_EQ(refused("ws://x/",
                    [](auto& o) {
                      o.websocket.headers = {{"Host", "x"}};
                    }),
            error::bad_option);
  EXPECT_EQ(refused("ws://x/", [](auto& o) { o.websocket.connection.deadlines.ending = 0s; }),
            error::bad_option);
  EXPECT_EQ(refused("ws://x/", fine), error_code());
}

// --- credentials, endpoints, decide ---

TEST_F(reconnecting, refused_with_401_it_comes_back_once_with_new_credentials) {
  std::vector<bool> needs;
  world.on_connect = [](virtual_link& link) {
    const bool good = link.options.headers == header_list{{"Authorization", "2"}};
    good ? link.open() : link.end(failed(cause::refused, phase::opening, 401));
  };
  begin({}, {.on_attempt = [&](reconnecting_websocket&, attempt_reply reply) {
          needs.push_back(reply.needs_credentials());
          reply.connect({.headers = {{"Authorization", std::to_string(needs.size())}}});
        }});
  pass(20s);
  EXPECT_EQ(log, (lines{"attempt 1", "down refused", "attempt 2", "open"}));
  EXPECT_EQ(needs, (std::vector<bool>{false, true}));
}

TEST_F(reconnecting, refused_with_401_again_it_stops) {
  world.on_connect = [](virtual_link& link) {
    link.end(failed(cause::refused, phase::opening, 401));
  };
  begin({}, {.on_attempt = [](reconnecting_websocket&, attempt_reply) {}});
  pass(1min);
  EXPECT_EQ(log, (lines{"attempt 1", "down refused", "attempt 2", "close refused"}));
}

TEST_F(reconnecting, several_endpoints_are_tried_in_turn_when_an_attempt_does_not_open) {
  begin({.endpoints = {"ws://second/", "ws://third/"}});
  for (int i = 0; i < 4; ++i) {
    next_attempt().end(failed(cause::unreachable, phase::connecting));
    settle();
  }
  next_open().end(vanished());
  next_attempt();
  EXPECT_EQ(world.urls, (lines{"ws://first/", "ws://second/", "ws://third/", "ws://first/",
                               "ws://second/", "ws://second/"}));
}

TEST_F(reconnecting, decide_has_the_last_word) {
  begin({.decide = [](const close_event& event, const reconnect_history& history, decision& made) {
    EXPECT_TRUE(history.was_open);
    if (event.code == 1008) made = {.delay = 3s, .why = "because I say so"};
    if (event.code == 1001) made.come_back = false;
  }});
  next_open().end(completed(1008, initiator::remote));
  settle();
  EXPECT_EQ(last_decision.delay, 3s);
  EXPECT_EQ(last_decision.why, "because I say so");
  EXPECT_EQ(last_decision.attempt, 1u);
  pass(3s);
  world.live->open();
  world.live->end(completed(1001, initiator::remote));
  settle();
  EXPECT_EQ(log.back(), "close completed");
}

TEST_F(reconnecting, a_decide_that_throws_leaves_the_default) {
  begin({.decide = [](const close_event&, const reconnect_history&, decision& made) {
    made.come_back = false;
    throw std::runtime_error("on purpose");
  }});
  next_open().end(vanished());
  settle();
  EXPECT_EQ(log, (lines{"open", "down peer_vanished"}));
  next_attempt();
}

TEST_F(reconnecting, closing_within_decide_is_a_local_close) {
  begin({.decide = [&](const close_event&, const reconnect_history&, decision&) {
    EXPECT_FALSE(client->close());
  }});
  next_open().end(vanished());
  settle();
  EXPECT_EQ(log, (lines{"open", "close peer_vanished"}));
  EXPECT_EQ(last_decision.why, "closed by the application");
}

TEST_F(reconnecting, destroying_within_decide_ends_all) {
  begin(
      {.decide = [&](const close_event&, const reconnect_history&, decision&) { client.reset(); }});
  next_open().end(vanished());
  settle();
  EXPECT_EQ(log, (lines{"open"}));
}

TEST_F(reconnecting, a_connection_is_stable_after_10_s_or_when_confirmed) {
  auto& c = begin();
  for (unsigned n = 1; n <= 3; ++n) {
    next_open().end(vanished());
    settle();
    EXPECT_EQ(last_decision.attempt, n);
  }
  next_open();
  c.confirm();
  world.live->end(vanished());
  settle();
  EXPECT_EQ(last_decision.attempt, 1u);
  next_open().end(vanished());
  settle();
  EXPECT_EQ(last_decision.attempt, 2u);
  next_open();
  pass(10s);
  world.live->end(vanished());
  settle();
  EXPECT_EQ(last_decision.attempt, 1u);
}

TEST_F(reconnecting, tls_that_fails_for_the_stream_is_tried_again_and_for_a_certificate_is_not) {
  begin();
  const ending how{failed(cause::tls_failed, phase::tls)};
  next_attempt().end(how, {ECONNRESET, boost::system::system_category()});
  next_attempt().end(how, {net::tls_cut_off(), net::tls_category()});
  next_attempt().end(how, {X509_V_ERR_CERT_HAS_EXPIRED, net::tls_category()});
  settle();
  EXPECT_EQ(log, (lines{"down tls_failed", "down tls_failed", "close tls_failed"}));
}

// --- moving ---

TEST_F(reconnecting, handlers_get_the_client_wherever_it_has_been_moved) {
  auto& c = begin();
  next_open();
  auto moved = std::make_unique<reconnecting_websocket>(std::move(c));
  EXPECT_EQ(c.state(), reconnect_state::stopped);
  EXPECT_FALSE(c.close());
  EXPECT_EQ(c.send("x"), error::not_open);
  EXPECT_EQ(c.get_executor(), world.executor);
  client = std::move(moved);
  world.live->end(vanished());
  settle();
  EXPECT_EQ(log, (lines{"open", "down peer_vanished"}));
  reconnecting_websocket empty;
  EXPECT_EQ(empty.state(), reconnect_state::stopped);
  EXPECT_FALSE(empty.close());
}

}  // namespace
}  // namespace adieu::tests
