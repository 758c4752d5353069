// Addresses that race, on real sockets: the first to connect wins, the rest is gone. Which attempt
// begins when is tested in virtual time: tests/net/attempt_order_test.cpp.
#include "lookups/lookups_test.hpp"

#include <array>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace adieu::tests {
namespace {

/// An address that does not answer: its queue of connections is full, and what comes is dropped.
class black_hole {
 public:
  explicit black_hole(std::uint32_t address, std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family      = AF_INET;
    at.sin_port        = htons(port);
    at.sin_addr.s_addr = htonl(address);
    const int listens  = made();
    EXPECT_EQ(::bind(listens, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(listens, 0), 0);
    for (int n = 0; n < 3; ++n) ::connect(made(), reinterpret_cast<sockaddr*>(&at), sizeof at);
  }
  ~black_hole() {
    for (const int s : all_) ::close(s);
  }

 private:
  int made() {
    return all_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  }
  std::vector<int> all_;
};

constexpr std::uint32_t loopback = 127u << 24;

class race : public lookups_test {};

// One after another, each with its share of the deadline, they would take most of a minute.
TEST_F(race, is_not_held_up_by_addresses_that_do_not_answer) {
  serve();
  const black_hole first(loopback | 2, server_->port()), second(loopback | 3, server_->port());
  names::fail("several.test", AF_INET6, EAI_NONAME);
  names::answer("several.test", AF_INET, {"127.0.0.2", "127.0.0.3", "127.0.0.1"});
  const std::size_t descriptors = open_descriptors();
  websocket ws(*io, url_of("several.test"), {.connection = {.deadlines = {.opening = 60s}}},
               client_handlers("client"));
  run_until([&] { return ws.state() != ready_state::connecting && server_->connections() == 1; });
  EXPECT_EQ(ws.state(), ready_state::open);
  EXPECT_EQ(ws.remote_endpoint(), (endpoint{"127.0.0.1", server_->port()}));
  EXPECT_EQ(open_descriptors(), descriptors + 2) << "the losers are closed";
  ws.close();
  EXPECT_TRUE(end_of(ws, "client").was_clean);
  stop_server();
  run();
}

TEST_F(race, goes_on_at_once_when_an_address_refuses) {
  serve();
  names::answer("several.test", AF_INET6, {"::1"});
  names::answer("several.test", AF_INET, {"127.0.0.2", "127.0.0.3", "127.0.0.1"});
  auto ws = visitor("client", url_of("several.test"));
  EXPECT_TRUE(end_of(*ws, "client").was_clean) << explain(lives("client").event);
  EXPECT_EQ(lives("client").event.error, error_code());
}

// Two are connected when the loop comes to look.
TEST_F(race, has_one_winner) {
  serve();
  server another(*io, {.address = "127.0.0.2", .port = server_->port()});
  const black_hole before(loopback | 3, server_->port());
  names::fail("several.test", AF_INET6, EAI_NONAME);
  names::answer("several.test", AF_INET, {"127.0.0.3", "127.0.0.2", "127.0.0.1"});
  auto ws = visitor("client", url_of("several.test"));
  EXPECT_TRUE(end_of(*ws, "client").was_clean) << explain(lives("client").event);
}

TEST_F(race, that_nobody_wins_is_told_with_the_last_error_and_its_phase) {
  names::answer("closed.test", AF_INET6, {"::1"});
  names::answer("closed.test", AF_INET, {"127.0.0.2", "127.0.0.1"});
  serve();
  const std::string url = url_of("closed.test");
  drop_server();
  auto ws              = visitor("client", url);
  const close_event& e = end_of(*ws, "client");
  EXPECT_EQ(e.cause, cause::unreachable);
  EXPECT_EQ(e.phase, phase::connecting);
  EXPECT_EQ(e.error, system_error_code(ECONNREFUSED));
  run();
}

// That this machine has no way to an address says less than that the others refuse.
TEST_F(race, that_nobody_wins_is_not_told_with_what_is_wrong_here) {
  serve();
  const std::string url = url_of("closed.test");
  drop_server();
  names::fail("closed.test", AF_INET6, EAI_NONAME);
  names::answer("closed.test", AF_INET, {"127.0.0.1", "255.255.255.255"});
  auto ws = visitor("client", url);
  EXPECT_EQ(end_of(*ws, "client").error, system_error_code(ECONNREFUSED));
}

TEST_F(race, ends_with_the_deadline_of_the_opening) {
  serve();
  const black_hole hole(loopback | 2, server_->port());
  names::fail("dead.test", AF_INET6, EAI_NONAME);
  names::answer("dead.test", AF_INET, {"127.0.0.2"});
  auto ws              = visitor("client", url_of("dead.test"), {.opening = 200ms});
  const close_event& e = end_of(*ws, "client");
  EXPECT_EQ(e.cause, cause::opening_timed_out);
  EXPECT_EQ(e.phase, phase::connecting);
}

// The other family was never answered; but it is known why the first did not do.
TEST_F(race, tells_what_has_failed_if_only_a_lookup_is_left_at_the_deadline) {
  serve();
  const std::string url = url_of("half.test");
  drop_server();
  names::hang("half.test");
  names::answer("half.test", AF_INET, {"127.0.0.1"});
  auto ws              = visitor("client", url, {.opening = 300ms});
  const close_event& e = end_of(*ws, "client");
  EXPECT_EQ(e.cause, cause::unreachable);
  EXPECT_EQ(e.phase, phase::connecting);
  EXPECT_EQ(e.error, system_error_code(ECONNREFUSED));
}

TEST_F(race, may_be_given_up_while_it_runs) {
  serve();
  const black_hole hole(loopback | 2, server_->port());
  names::hang("dead.test");
  names::answer("dead.test", AF_INET, {"127.0.0.2"});
  for (const char* how : {"close", "terminate", "destroy", "io_context"}) {
    asio::io_context own;
    auto ws = std::make_unique<websocket>(own, url_of("dead.test"), client_handlers(how));
    const std::size_t descriptors = open_descriptors();
    while (open_descriptors() == descriptors) own.run_one();
    // Now an attempt is under way, and a lookup still is.
    if (how == std::string("close")) ws->close();
    if (how == std::string("terminate")) ws->terminate();
    lives(how).silenced = how == std::string("destroy") || how == std::string("io_context");
    if (how == std::string("destroy")) ws.reset();
    if (how != std::string("io_context")) own.run();
    if (ws && ws->closed()) {
      EXPECT_EQ(ws->closed()->phase, phase::connecting) << how;
    }
  }
}

// Without a server a port that the system gives to clients may be given to this one.
TEST_F(race, is_not_won_by_a_socket_that_is_connected_to_itself) {
  serve();
  const std::string url = url_of("127.0.0.1");
  drop_server();
  names::connect_to_itself(true);
  auto ws              = visitor("client", url);
  const close_event& e = end_of(*ws, "client");
  EXPECT_EQ(e.cause, cause::unreachable);
  EXPECT_EQ(e.phase, phase::connecting);
  EXPECT_EQ(e.error, system_error_code(ECONNREFUSED));
}

}  // namespace
}  // namespace adieu::tests
