// Devices whose server refuses them for a day: an expired certificate, a login service that fails,
// a token that has run out. What comes back, how often it asks meanwhile, and what an account is
// spared. In virtual time.
#include "net/tls_error.hpp"
#include "virtual_world.hpp"

#include <openssl/x509_vfy.h>

#include <algorithm>

namespace adieu::tests {
namespace {

using lines = std::vector<std::string>;

const ending certificate_expired = failed(cause::tls_failed, phase::tls);
const ending unauthorized        = failed(cause::refused, phase::opening, 401);

class known_good : public reconnecting_test {
 protected:
  /// What every attempt meets from now on; nothing: it opens.
  void meets(std::optional<ending> how) {
    world.on_connect = [this, how](virtual_link& link) {
      if (how)
        link.end(*how, how->cause == cause::tls_failed ? certificate() : error_code());
      else
        link.open();
    };
  }
  static error_code certificate() { return {X509_V_ERR_CERT_HAS_EXPIRED, net::tls_category()}; }
  /// Between one attempt and the next, the shortest.
  milliseconds shortest_pause(std::size_t from) const {
    milliseconds shortest = 24h * 365;
    for (std::size_t i = from + 1; i < world.attempts.size(); ++i)
      shortest = std::min(shortest, std::chrono::duration_cast<milliseconds>(
                                        world.attempts[i] - world.attempts[i - 1]));
    return shortest;
  }
  bool is_open() const { return client->state() == reconnect_state::open; }
  /// Open for a day, then it meets that.
  void works_and_then(std::optional<ending> how) {
    meets({});
    next_attempt();
    pass(24h);
    ASSERT_TRUE(is_open());
    meets(std::move(how));
    world.live->end(vanished());
    settle();
  }
};

TEST_F(known_good, a_device_outlives_a_certificate_that_expired_for_a_day) {
  begin();
  works_and_then(certificate_expired);
  const auto before = world.attempts.size();
  pass(24h);
  EXPECT_EQ(count("close"), 0);
  EXPECT_GE(shortest_pause(before), 30s);
  EXPECT_LT(world.attempts.size() - before, 120u);
  meets({});
  pass(1h);
  EXPECT_TRUE(is_open());
}

TEST_F(known_good, a_device_that_restarts_meanwhile_has_to_be_told_that_it_has_worked) {
  for (const bool told : {false, true}) {
    log.clear();
    begin({.known_good = told});
    meets(certificate_expired);
    pass(24h);
    EXPECT_EQ(count("close"), told ? 0 : 1);
    meets({});
    pass(1h);
    EXPECT_EQ(is_open(), told);
  }
}

TEST_F(known_good, another_endpoint_is_not_waited_for) {
  begin({.known_good = true, .endpoints = {"ws://second/"}});
  world.on_connect = [](virtual_link& link) {
    if (link.url == "ws://second/") return link.open();
    link.end(certificate_expired, certificate());
  };
  pass(5s);
  EXPECT_TRUE(is_open());
}

TEST_F(known_good, an_answer_that_cannot_be_read_does_not_stop_it_and_is_not_waited_for_long) {
  begin();
  meets(failed(cause::refused, phase::opening));
  pass(10min);
  EXPECT_EQ(count("close"), 0);
  meets({});
  pass(20s);
  EXPECT_TRUE(is_open());
}

TEST_F(known_good, the_token_that_was_refused_is_not_tried_again_within_a_minute) {
  int asked = 0;
  begin({}, {.on_attempt = [&](reconnecting_websocket&, attempt_reply reply) {
          asked += reply.needs_credentials();
          reply.connect({.headers = {{"Authorization", "the only one"}}});
        }});
  works_and_then(unauthorized);
  const auto before = world.attempts.size();
  pass(12h);
  EXPECT_EQ(count("close"), 0);
  EXPECT_GE(shortest_pause(before), 1min);
  EXPECT_GT(asked, 20);
  EXPECT_EQ(count("down abandoned"), 1);  // brought at once, and not tried
  meets({});
  pass(30min);
  EXPECT_TRUE(is_open());
}

TEST_F(known_good, the_token_that_was_refused_is_the_same_at_every_endpoint) {
  begin({.known_good = true, .endpoints = {"ws://second/", "ws://third/"}},
        {.on_attempt = [&](reconnecting_websocket&, attempt_reply) {}});
  meets(unauthorized);
  pass(12h);
  EXPECT_EQ(count("close"), 0);
  EXPECT_GE(shortest_pause(0), 1min);
}

TEST_F(known_good, a_new_token_is_tried_at_once) {
  int token = 1;
  begin({}, {.on_attempt = [&](reconnecting_websocket&, attempt_reply reply) {
          token += reply.needs_credentials();
          reply.connect({.headers = {{"Authorization", std::to_string(token)}}});
        }});
  works_and_then({});
  world.on_connect = [](virtual_link& link) {
    const bool good = link.options.headers == header_list{{"Authorization", "2"}};
    good ? link.open() : link.end(unauthorized);
  };
  pass(25s);
  world.live->end(vanished());  // the first one has run out by now
  pass(25s);
  EXPECT_TRUE(is_open());
  EXPECT_EQ(token, 2);
}

TEST_F(known_good, without_on_attempt_not_even_reconnect_now_locks_the_account) {
  begin();
  works_and_then(unauthorized);
  pass(20s);
  ASSERT_EQ(count("down refused"), 1);
  const auto before = world.attempts.size();
  for (int i = 0; i < 59; ++i) {
    client->reconnect_now();
    pass(1min);
  }
  EXPECT_EQ(world.attempts.size(), before);
  meets({});
  pass(10min);
  EXPECT_TRUE(is_open());
}

}  // namespace
}  // namespace adieu::tests
