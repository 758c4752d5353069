// The two families of a name, asked for apart: one that fails, or is silent, does not hold the
// other up; and what is told if nothing comes of either.
#include "lookups/lookups_test.hpp"

#include <boost/asio/error.hpp>

namespace adieu::tests {
namespace {

class families : public lookups_test {};

TEST_F(families, ipv4_connects_although_ipv6_is_never_answered) {
  serve();
  names::hang("half.test");
  names::answer("half.test", AF_INET, {"127.0.0.1"});
  auto ws = visitor("client", url_of("half.test"));
  EXPECT_TRUE(end_of(*ws, "client").was_clean) << explain(lives("client").event);
  stop_server();
  run();  // comes to rest although the other lookup still hangs
}

TEST_F(families, ipv6_connects_although_ipv4_is_never_answered) {
  serve({.address = "::1"});
  names::hang("half.test");
  names::answer("half.test", AF_INET6, {"::1"});
  auto ws = visitor("client", url_of("half.test"));
  EXPECT_TRUE(end_of(*ws, "client").was_clean) << explain(lives("client").event);
  stop_server();
  run();
}

TEST_F(families, one_that_fails_does_not_matter_if_the_other_connects) {
  serve();
  names::fail("half.test", AF_INET6, EAI_AGAIN);
  names::answer("half.test", AF_INET, {"127.0.0.1"});
  auto ws = visitor("client", url_of("half.test"));
  EXPECT_TRUE(end_of(*ws, "client").was_clean) << explain(lives("client").event);
}

TEST_F(families, addresses_that_come_late_are_tried_when_those_before_them_have_failed) {
  serve();
  names::hang("late.test");
  names::answer("late.test", AF_INET6, {"::1"});  // where nobody listens
  auto ws = visitor("client", url_of("late.test"));
  run_until([&] { return ws->state() != ready_state::connecting || names::asked() == 2; });
  io->poll();
  names::answer("late.test", AF_INET, {"127.0.0.1"});
  EXPECT_TRUE(end_of(*ws, "client").was_clean) << explain(lives("client").event);
}

TEST_F(families, a_url_with_an_address_or_localhost_asks_nobody) {
  serve();
  names::allow_threads(0);
  for (const std::string host :
       {"127.0.0.1", "localhost", "localhost.", "LocalHost", "a.localhost"}) {
    auto ws = visitor(host, url_of(host));
    EXPECT_TRUE(end_of(*ws, host).was_clean) << host << ": " << explain(lives(host).event);
  }
  stop_server();
  serve({.address = "::1"});
  for (const std::string host : {"[::1]", "[0:0::1]", "localhost"}) {
    auto ws = visitor(host + " 6", url_of(host));
    EXPECT_TRUE(end_of(*ws, host + " 6").was_clean) << host;
  }
  EXPECT_EQ(names::asked(), 0);
}

// --- nothing comes of it ---

struct failure {
  const char* title;
  int of_ipv6, of_ipv4;  // EAI_…
  int error;             // errno, with EAI_SYSTEM
  error_code told;
};
void PrintTo(const failure& f, std::ostream* to) { *to << f.title; }

class failing_lookups : public lookups_test, public ::testing::WithParamInterface<failure> {};

TEST_P(failing_lookups, are_told_with_what_says_most) {
  const failure& f = GetParam();
  names::fail("none.test", AF_INET6, f.of_ipv6, f.error);
  names::fail("none.test", AF_INET, f.of_ipv4, f.error);
  auto ws              = visitor("client", url_of("none.test"));
  const close_event& e = end_of(*ws, "client");
  EXPECT_EQ(e.cause, cause::unreachable);
  EXPECT_EQ(e.phase, phase::resolving);
  EXPECT_EQ(e.error, f.told) << e.error.message();
  run();
}

const std::vector<failure> failures = {
    {"no_such_name", EAI_NONAME, EAI_NONAME, 0, asio::error::host_not_found},
    {"a_server_that_fails_for_one_family", EAI_AGAIN, EAI_NONAME, 0,
     asio::error::host_not_found_try_again},
    {"a_server_that_fails_for_the_other", EAI_NONAME, EAI_AGAIN, 0,
     asio::error::host_not_found_try_again},
    {"a_server_that_fails_for_good", EAI_FAIL, EAI_FAIL, 0, asio::error::no_recovery},
    {"the_systems_own", EAI_SYSTEM, EAI_SYSTEM, ENFILE, system_error_code(ENFILE)},
    {"no_memory", EAI_MEMORY, EAI_MEMORY, 0, system_error_code(ENOMEM)},
};
INSTANTIATE_TEST_SUITE_P(each, failing_lookups, ::testing::ValuesIn(failures),
                         [](const auto& info) { return std::string(info.param.title); });

TEST_F(families, a_name_without_addresses_is_not_found) {
  names::answer("none.test", AF_INET6, {});
  names::answer("none.test", AF_INET, {});
  auto ws = visitor("client", url_of("none.test"));
  EXPECT_EQ(end_of(*ws, "client").error, error_code(asio::error::host_not_found));
}

TEST_F(families, that_are_both_silent_take_the_deadline_of_the_opening_and_no_longer) {
  names::hang("silent.test");
  auto ws              = visitor("client", url_of("silent.test"), {.opening = 200ms});
  const close_event& e = end_of(*ws, "client");
  EXPECT_EQ(e.cause, cause::opening_timed_out);
  EXPECT_EQ(e.phase, phase::resolving);
  run();
}

// --- no threads ---

TEST_F(families, without_a_thread_are_unreachable_with_the_systems_error) {
  names::allow_threads(0);
  auto ws              = visitor("client", url_of("any.test"));  // that does not throw
  const close_event& e = end_of(*ws, "client");
  EXPECT_EQ(e.cause, cause::unreachable);
  EXPECT_EQ(e.phase, phase::resolving);
  EXPECT_EQ(e.error, system_error_code(EAGAIN));
  EXPECT_EQ(names::asked(), 0);
  run();
}

TEST_F(families, share_a_thread_if_there_is_only_one) {
  serve();
  names::fail("one.test", AF_INET6, EAI_NONAME);
  names::answer("one.test", AF_INET, {"127.0.0.1"});
  names::allow_threads(1);
  auto ws = visitor("client", url_of("one.test"));
  EXPECT_TRUE(end_of(*ws, "client").was_clean) << explain(lives("client").event);
}

TEST_F(families, a_client_that_comes_back_does_so_until_there_is_a_thread) {
  serve();
  names::answer("some.test", AF_INET, {"127.0.0.1"});
  names::allow_threads(0);
  int down = 0, open = 0, closed = 0;
  backoff soon;
  soon.floor = soon.window = soon.cap = 1ms;
  reconnecting_websocket client(
      *io, url_of("some.test"), {.backoff = soon},
      {.on_open =
           [&](reconnecting_websocket& c) {
             ++open;
             c.close();
           },
       .on_down =
           [&](reconnecting_websocket&, const close_event& e, const decision&) {
             EXPECT_EQ(e.cause, cause::unreachable);
             EXPECT_EQ(e.phase, phase::resolving);
             EXPECT_EQ(e.error, system_error_code(EAGAIN));
             if (++down == 3) names::allow_threads(names::any_number);
           },
       .on_close = [&](reconnecting_websocket&, const close_event&,
                       const decision&) { ++closed; }});
  run_until([&] { return closed != 0; });
  EXPECT_EQ(down, 3);
  EXPECT_EQ(open, 1);
}

}  // namespace
}  // namespace adieu::tests
