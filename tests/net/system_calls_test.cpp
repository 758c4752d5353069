// Both kinds of system calls keep what system_calls.hpp promises, and what is chosen.
#include "net/system_calls.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

namespace adieu::inline v1::net {
namespace {

class both_kinds : public testing::TestWithParam<const system_calls*> {
 protected:
  const system_calls& calls() const { return *GetParam(); }
};

void expect_set_up(int descriptor) {
  ASSERT_GE(descriptor, 0);
  EXPECT_NE(::fcntl(descriptor, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
}

TEST_P(both_kinds, make_sockets_and_accept_what_does_not_block_and_closes_on_exec) {
  const int listening = calls().make_socket(AF_INET);
  expect_set_up(listening);
  sockaddr_in at{};
  at.sin_family       = AF_INET;
  at.sin_addr.s_addr  = htonl(INADDR_LOOPBACK);
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  socklen_t size      = sizeof at;
  ASSERT_EQ(::bind(listening, address, size), 0);
  ASSERT_EQ(::listen(listening, 1), 0);
  ASSERT_EQ(::getsockname(listening, address, &size), 0);
  EXPECT_EQ(calls().accept(listening, nullptr, nullptr), -1);
  EXPECT_EQ(errno, EAGAIN);

  const int client = calls().make_socket(AF_INET);
  if (::connect(client, address, size) != 0) {
    EXPECT_EQ(errno, EINPROGRESS);
  }
  pollfd ready{listening, POLLIN, 0};
  ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
  sockaddr_in from{};
  size               = sizeof from;
  const int accepted = calls().accept(listening, reinterpret_cast<sockaddr*>(&from), &size);
  expect_set_up(accepted);
  EXPECT_EQ(from.sin_family, AF_INET);
  EXPECT_NE(from.sin_port, at.sin_port);
  for (const int descriptor : {listening, client, accepted}) ::close(descriptor);
}

TEST_P(both_kinds, say_why_there_is_no_socket) {
  EXPECT_EQ(calls().make_socket(-1), -1);
  EXPECT_EQ(errno, EAFNOSUPPORT);
}

TEST_P(both_kinds, make_pipes_of_which_no_end_blocks) {
  int ends[2];
  ASSERT_EQ(calls().make_pipe(ends), 0);
  for (const int end : ends) {
    expect_set_up(end);
    ::close(end);
  }
}

TEST_P(both_kinds, give_randomness_that_is_another_each_time) {
  std::array<std::byte, 256> first{}, second{};
  EXPECT_EQ(calls().random(first.data(), first.size()), 256);
  EXPECT_EQ(calls().random(second.data(), second.size()), 256);
  EXPECT_NE(first, second);
}

TEST_P(both_kinds, raise_no_signal_for_who_writes_to_nobody) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  ::close(ends[1]);
  EXPECT_EQ(::send(ends[0], "x", 1, calls().send_quietly), -1);
  EXPECT_EQ(errno, EPIPE);
  ::close(ends[0]);
}

TEST_P(both_kinds, take_a_signal_away_that_is_pending_and_wait_for_none) {
  sigset_t pipe, before, pending;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
  calls().take_pending(pipe);
  ::pthread_kill(::pthread_self(), SIGPIPE);
  calls().take_pending(pipe);
  ::sigpending(&pending);
  EXPECT_EQ(::sigismember(&pending, SIGPIPE), 0);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

INSTANTIATE_TEST_SUITE_P(of, both_kinds, testing::Values(&linux_calls, &posix_calls),
                         [](const auto& info) {
                           return info.param == &linux_calls ? "linux" : "posix";
                         });

TEST(preferred_calls, are_portable_where_the_portable_poller_is_asked_for) {
  const char* choice = std::getenv("ADIEU_POLLER");
  EXPECT_EQ(&calls(), choice && std::strcmp(choice, "asio") == 0 ? &posix_calls : &linux_calls);
}

}  // namespace
}  // namespace adieu::inline v1::net
