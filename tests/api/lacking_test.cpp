// Descriptors that the system does not give: what needs one is a close event, never an exception; a
// server that cannot listen says why.
#include "ledger.hpp"

#include <adieu/reconnecting_websocket.hpp>

#include <cerrno>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace adieu::tests {
namespace {

/// Takes all descriptors that this process may have, but so many.
class scarce_descriptors {
 public:
  explicit scarce_descriptors(std::size_t left) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few   = before_;
    few.rlim_cur = 200;
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int fd; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) taken_.push_back(fd);
    for (; left > 0; --left) give_back();
  }
  ~scarce_descriptors() {
    while (!taken_.empty()) give_back();
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  void give_back() {
    ::close(taken_.back());
    taken_.pop_back();
  }
  std::vector<int> taken_;
  rlimit before_{};
};

class lacking_descriptors : public ::testing::TestWithParam<std::size_t> {};

// Asio needs some for its reactor, the poller one, the connection another.
TEST_P(lacking_descriptors, are_the_close_event_of_a_client_and_no_exception) {
  asio::io_context io(1);
  int told = 0;
  close_event event;
  {
    const scarce_descriptors so_many(GetParam());
    websocket ws(io, "ws://127.0.0.1:1", {.on_close = [&](websocket&, const close_event& e) {
                   ++told;
                   event = e;
                 }});
    io.run_for(20s);
  }
  EXPECT_EQ(told, 1);
  EXPECT_EQ(event.cause, cause::unreachable);
  EXPECT_EQ(event.phase, phase::connecting) << name(event.phase);
  if (GetParam() < 3)
    EXPECT_EQ(event.error.value(), EMFILE) << event.error.message();
  else
    EXPECT_TRUE(event.error);
}

TEST_P(lacking_descriptors, are_an_exception_of_a_server_that_says_so) {
  asio::io_context io(1);
  try {
    const scarce_descriptors so_many(GetParam());
    const server s(io);
    EXPECT_GE(GetParam(), 5u);
  } catch (const system_error& thrown) {
    EXPECT_EQ(thrown.code().value(), EMFILE);
    EXPECT_NE(std::string(thrown.what()).find("cannot listen on 127.0.0.1:0"), std::string::npos)
        << thrown.what();
  }
}

TEST_P(lacking_descriptors, are_waited_for_by_a_reconnecting_client) {
  asio::io_context others;
  const server there(others);
  asio::io_context io(1);
  int downs = 0;
  std::unique_ptr<reconnecting_websocket> ws;
  {
    const scarce_descriptors so_many(GetParam());
    ws = std::make_unique<reconnecting_websocket>(
        io, "ws://127.0.0.1:" + std::to_string(there.port()),
        reconnecting_options{.backoff = {.floor = 1ms, .window = 1ms, .factor = 1, .cap = 1ms}},
        reconnecting_handlers{
            .on_down = [&](reconnecting_websocket&, const close_event& e, const decision&) {
              ++downs;
              EXPECT_EQ(e.error.value(), EMFILE);
            }});
    for (int n = 0; n < 1000 && downs == 0 && GetParam() < 3; ++n) {
      io.restart();
      io.run_one_for(20ms);
    }
  }
  EXPECT_TRUE(downs > 0 || GetParam() >= 3);
  for (int n = 0; n < 10'000 && ws->openings() == 0; ++n) {
    for (asio::io_context* each : {&io, &others}) {
      each->restart();
      each->run_one_for(1ms);
    }
  }
  EXPECT_EQ(ws->openings(), 1u);
}

INSTANTIATE_TEST_SUITE_P(so_many_left, lacking_descriptors, ::testing::Range<std::size_t>(0, 8));

}  // namespace
}  // namespace adieu::tests
