// The log: its hook, how many lines it has, and that writing them never waits.
#include "base/log.hpp"
#include "net/log_hook.hpp"
#include "net/log_limit.hpp"
#include "net/stderr_log.hpp"
#include "net/write_at_once.hpp"

#include <gtest/gtest.h>

#include <adieu/server.hpp>

#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace adieu::inline v1 {
namespace {

using namespace std::chrono_literals;
using net::written;

const net::log_limit::time begin = net::log_limit::time() + 1h;

// Both ends of a pipe or a socket, or of a terminal.
struct ends {
  int reads  = -1;
  int writes = -1;
  ~ends() {
    ::close(reads);
    ::close(writes);
  }
  std::string came() const {
    std::string all(1 << 20, '\0');
    ::fcntl(reads, F_SETFL, O_NONBLOCK);
    std::size_t size = 0;
    for (ssize_t n = 1; n > 0; size += n > 0 ? static_cast<std::size_t>(n) : 0)
      n = ::read(reads, all.data() + size, all.size() - size);
    all.resize(size);
    return all;
  }
  // Takes no more, and waits if it is written to.
  void fill() const {
    ::fcntl(writes, F_SETFL, O_NONBLOCK);
    const std::string much(4096, 'f');
    while (::write(writes, much.data(), much.size()) > 0) {
    }
    while (::write(writes, "f", 1) > 0) {
    }
    ::fcntl(writes, F_SETFL, 0);
  }
};

ends pipe_ends() {
  int both[2];
  EXPECT_EQ(::pipe(both), 0);
  return {both[0], both[1]};
}
ends socket_ends() {
  int both[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
  return {both[0], both[1]};
}
ends terminal_ends() {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  EXPECT_EQ(::grantpt(master), 0);
  EXPECT_EQ(::unlockpt(master), 0);
  const int slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  termios raw{};
  ::tcgetattr(slave, &raw);
  raw.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  ::tcsetattr(slave, TCSANOW, &raw);
  return {master, slave};
}

// Puts the hook back that was there: the default.
struct default_again {
  ~default_again() { set_log_hook(log_to_stderr); }
};

// --- the limit ---

TEST(log_limit, lets_ten_lines_pass_in_any_second) {
  net::log_limit limit;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limit.ask(begin + i * 50ms).passes) << i;
  EXPECT_FALSE(limit.ask(begin + 999ms).passes);
  // Two of the first ten are a second old: one for the line, one for what is missing.
  EXPECT_FALSE(limit.ask(begin + 1s).passes);
  const auto next = limit.ask(begin + 1050ms);
  EXPECT_TRUE(next.passes);
  EXPECT_EQ(next.missing, 2u);
  limit.told();
  EXPECT_EQ(limit.ask(begin + 3s).missing, 0u);
}

TEST(log_limit, never_lets_more_than_ten_lines_pass_however_they_come) {
  net::log_limit limit;
  std::vector<net::log_limit::time> lines;
  auto at = begin;
  for (int i = 0; i < 5000; ++i) {
    at += i * i % 23 * 5ms;
    const auto asked = limit.ask(at);
    if (asked.passes) lines.insert(lines.end(), asked.missing == 0 ? 1 : 2, at);
    if (asked.passes) limit.told();
  }
  ASSERT_GT(lines.size(), 1000u);
  for (std::size_t i = 10; i < lines.size(); ++i) EXPECT_GE(lines[i] - lines[i - 10], 1s) << i;
}

TEST(log_limit, counts_what_was_not_written) {
  net::log_limit limit;
  limit.ask(begin);
  limit.not_written(3);
  EXPECT_EQ(limit.ask(begin + 1s).missing, 3u);
}

// --- the lines ---

TEST(stderr_log, writes_a_line_with_its_level) {
  const ends to = pipe_ends();
  net::stderr_log log(to.writes);
  log.write({.level = log_level::warning, .text = "one"}, begin);
  log.write({.level = log_level::error, .text = "two"}, begin);
  EXPECT_EQ(to.came(), "adieu: warning: one\nadieu: error: two\n");
}

TEST(stderr_log, tells_how_many_lines_are_missing) {
  const ends to = pipe_ends();
  net::stderr_log log(to.writes);
  for (int i = 0; i < 13; ++i) log.write({.text = "x"}, begin);
  log.write({.text = "last"}, begin + 1s);
  const std::string all = to.came();
  EXPECT_TRUE(
      all.ends_with("adieu: warning: x\n"
                    "adieu: warning: 3 lines of this log are missing here\n"
                    "adieu: warning: last\n"))
      << all;
}

TEST(stderr_log, drops_and_counts_what_a_full_pipe_does_not_take) {
  const ends to = pipe_ends();
  to.fill();
  net::stderr_log log(to.writes);
  log.write({.text = "lost"}, begin);  // would wait for ever
  (void)to.came();
  log.write({.text = "read again"}, begin + 2s);
  EXPECT_EQ(to.came(),
            "adieu: warning: 1 line of this log is missing here\nadieu: warning: read again\n");
}

TEST(stderr_log, cuts_a_line_of_the_applications_that_is_too_long) {
  const ends to = pipe_ends();
  net::stderr_log log(to.writes);
  const std::string much(100'000, 'x');
  log.write({.text = much}, begin);
  const std::string all = to.came();
  EXPECT_EQ(all.size(), std::string("adieu: warning: \n").size() + 2000);
  EXPECT_TRUE(all.ends_with("x\n"));
}

// --- writing at once ---

TEST(write_at_once, writes_to_pipes_sockets_terminals_and_files) {
  for (const auto& make : {pipe_ends, socket_ends, terminal_ends}) {
    const ends to = make();
    EXPECT_EQ(net::write_at_once(to.writes, "hello\n"), written::all);
    EXPECT_EQ(to.came(), "hello\n");
    EXPECT_EQ(::fcntl(to.writes, F_GETFL) & O_NONBLOCK, 0);
  }
  FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  const int descriptor = ::fileno(file);
  EXPECT_EQ(net::write_at_once(descriptor, "one"), written::all);
  EXPECT_EQ(net::write_at_once(descriptor, "two"), written::all);
  char came[8] = {};
  EXPECT_EQ(::pread(descriptor, came, sizeof came, 0), 6);
  EXPECT_STREQ(came, "onetwo");
  std::fclose(file);
}

TEST(write_at_once, does_not_wait_for_who_does_not_read) {
  for (const auto& make : {pipe_ends, socket_ends}) {
    const ends to = make();
    to.fill();
    EXPECT_NE(net::write_at_once(to.writes, "hello\n"), written::all);
  }
}

TEST(write_at_once, does_not_wait_for_a_terminal_that_is_stopped) {
  const ends to = terminal_ends();
  ASSERT_EQ(::tcflow(to.writes, TCOOFF), 0);  // Ctrl-S
  EXPECT_EQ(net::write_at_once(to.writes, "hello\n"), written::nothing);
}

TEST(write_at_once, raises_no_signal_where_nobody_reads_any_more) {
  for (const auto& make : {pipe_ends, socket_ends}) {
    ends to = make();
    ::close(std::exchange(to.reads, -1));
    EXPECT_EQ(net::write_at_once(to.writes, "hello\n"), written::nothing);  // SIGPIPE would kill
    sigset_t pending;
    ::sigpending(&pending);
    EXPECT_EQ(::sigismember(&pending, SIGPIPE), 0);
  }
}

TEST(write_at_once, needs_no_proc) {
  // In a child without it: a process of its own root.
  const ends to = pipe_ends();
  to.fill();
  const ends fresh  = pipe_ends();
  const pid_t child = ::fork();
  if (child == 0) {
    if (::chroot("/dev/shm") != 0) ::_exit(77);
    const bool waits_not = net::write_at_once(to.writes, "hello\n") == written::nothing;
    ::_exit(waits_not && net::write_at_once(fresh.writes, "hello\n") == written::all ? 0 : 1);
  }
  int how = 0;
  ASSERT_EQ(::waitpid(child, &how, 0), child);
  ASSERT_TRUE(WIFEXITED(how));
  if (WEXITSTATUS(how) == 77) GTEST_SKIP() << "only root can leave /proc behind";
  EXPECT_EQ(WEXITSTATUS(how), 0);
  EXPECT_EQ(fresh.came(), "hello\n");
}

// --- the hook ---

TEST(log_hook, is_given_what_is_logged_escaped) {
  const default_again then;
  std::string told;
  log_level level{};
  set_log_hook([&](const log_entry& e) {
    told  = e.text;
    level = e.level;
    EXPECT_EQ(e.connection, nullptr);
  });
  log(log_level::error, "a peer said \"x\nadieu: error: forged\x1b[2J\"");
  EXPECT_EQ(told, "a peer said \"x\\nadieu: error: forged\\x1b[2J\"");
  EXPECT_EQ(level, log_level::error);
}

TEST(log_hook, is_given_lines_of_a_bounded_length) {
  const default_again then;
  std::string told;
  set_log_hook([&](const log_entry& e) { told = e.text; });
  log(log_level::error, std::string(100'000, 'x'));
  EXPECT_EQ(told.size(), 2000u);
  EXPECT_TRUE(told.ends_with("x…"));
}

TEST(log_hook, may_throw) {
  const default_again then;
  int calls = 0;
  set_log_hook([&](const log_entry&) {
    ++calls;
    throw std::runtime_error("no disk");
  });
  log(log_level::error, "one");
  log(log_level::error, "two");
  EXPECT_EQ(calls, 2);
}

TEST(log_hook, may_log_and_be_replaced_while_it_runs) {
  const default_again then;
  auto owned = std::make_shared<int>(0);
  set_log_hook([owned](const log_entry&) {
    ++*owned;
    log(log_level::error, "not told: it would never end");
    set_log_hook(nullptr);
    ++*owned;  // this hook still lives
  });
  log(log_level::error, "one");
  log(log_level::error, "nobody listens");
  EXPECT_EQ(*owned, 2);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(log_hook, is_replaced_while_threads_log) {
  const default_again then;
  std::atomic<int> told{0};
  std::atomic<bool> stop{false};
  const auto hook = [&told, owned = std::make_shared<std::string>("alive")](const log_entry&) {
    if (*owned == "alive") ++told;
  };
  set_log_hook(hook);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      while (!stop) log(log_level::warning, "x");
    });
  for (int i = 0; i < 2000 || told < 1000; ++i) set_log_hook(hook);
  stop = true;
  for (auto& t : threads) t.join();
}

TEST(log_hook, works_in_a_child_forked_while_threads_log) {
  const default_again then;
  std::atomic<bool> stop{false};
  set_log_hook([](const log_entry&) {});
  std::thread other([&] {
    while (!stop) log(log_level::warning, "x");
  });
  for (int i = 0; i < 50; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);  // a lock that stayed locked would hang here
      log(log_level::warning, "in the child");
      set_log_hook(nullptr);
      ::_exit(0);
    }
    int how = 0;
    ASSERT_EQ(::waitpid(child, &how, 0), child);
    ASSERT_EQ(how, 0);
  }
  stop = true;
  other.join();
}

TEST(log_hook, is_no_point_of_cancellation) {
  const default_again then;
  int state = -1;
  set_log_hook([&](const log_entry&) { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state); });
  log(log_level::warning, "x");
  EXPECT_EQ(state, PTHREAD_CANCEL_DISABLE);
  ::pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
  EXPECT_EQ(state, PTHREAD_CANCEL_ENABLE);
}

// --- what the library logs ---

TEST(what_is_logged, that_no_descriptor_is_left_for_connections_once) {
  const default_again then;
  std::vector<std::string> told;
  set_log_hook([&](const log_entry& e) { told.emplace_back(e.text); });
  boost::asio::io_context io;
  int opened = 0;
  server s(io, {}, {.on_opening = [&](const opening_request&, opening_reply) { ++opened; }});
  const int peer = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family      = AF_INET;
  at.sin_port        = htons(s.port());
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  io.poll();
  rlimit before{}, none{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  none          = before;
  none.rlim_cur = static_cast<rlim_t>(peer) + 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  ASSERT_EQ(::connect(peer, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  io.run_for(500ms);  // it tries again and again
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(told, std::vector<std::string>{"connections are not accepted for now: this process has "
                                           "no descriptor left (RLIMIT_NOFILE)"});
  const std::string_view request =
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  ASSERT_GT(::send(peer, request.data(), request.size(), 0), 0);
  for (int i = 0; i < 400 && opened == 0; ++i) io.run_one_for(50ms);
  EXPECT_EQ(opened, 1);
  ::close(peer);
}

}  // namespace
}  // namespace adieu::inline v1
