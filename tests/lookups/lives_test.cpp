// What a lookup outlives, and what outlives it: websockets, io_contexts, the process, and its
// children.
#include "lookups/lookups_test.hpp"

#include "net/lookup_threads.hpp"

#include <boost/asio/strand.hpp>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <poll.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace adieu::tests {
namespace {

namespace lookup_threads = net::lookup_threads;

class lookups_that_hang : public lookups_test {
 protected:
  std::unique_ptr<websocket> hanging(const std::string& who,
                                     const std::string& host = "slow.test") {
    names::hang(host);
    auto ws = visitor(who, url_of(host));
    names::wait_for_hanging(2);
    return ws;
  }
};

TEST_F(lookups_that_hang, do_not_keep_a_loop_running_once_nobody_waits) {
  auto closed = hanging("closed");
  closed->close();
  EXPECT_EQ(end_of(*closed, "closed").cause, cause::abandoned);
  EXPECT_EQ(lives("closed").event.phase, phase::resolving);
  run();

  auto destroyed              = hanging("destroyed");
  lives("destroyed").silenced = true;
  destroyed.reset();
  run();
}

TEST_F(lookups_that_hang, keep_a_loop_running_while_somebody_waits) {
  auto ws = hanging("client");
  io->run_for(20ms);
  EXPECT_FALSE(io->stopped());
  ws->terminate();
  run();
}

TEST_F(lookups_that_hang, may_be_answered_when_the_io_context_is_gone) {
  for (const bool io_context_first : {true, false}) {
    auto own = std::make_unique<asio::io_context>();
    names::hang("slow.test");
    auto ws = std::make_unique<websocket>(
        *own, url_of("slow.test"),
        websocket_handlers{.on_close = [](websocket&, const close_event&) { ADD_FAILURE(); }});
    names::wait_for_hanging(2);
    own->poll();
    if (!io_context_first) ws.reset();
    own.reset();
    for (const int family : {AF_INET6, AF_INET}) names::answer("slow.test", family, {"::1"});
    if (ws) {
      EXPECT_EQ(ws->state(), ready_state::closed);
    }
    names::forget_all();
  }
}

TEST_F(lookups_that_hang, may_be_answered_in_a_loop_with_a_strand) {
  serve();
  names::hang("slow.test");
  auto own    = std::make_unique<asio::io_context>();
  auto strand = asio::make_strand(*own);
  bool open   = false;
  websocket ws(strand, url_of("slow.test"), {.on_open = [&](websocket&) { open = true; }});
  names::wait_for_hanging(2);
  names::fail("slow.test", AF_INET6, EAI_NONAME);
  names::answer("slow.test", AF_INET, {"127.0.0.1"});
  run_until([&] {
    own->restart();
    own->poll();
    return open;
  });
  lives("server 1").silenced = true;
  drop_server();
  ws.terminate();
  own->run();
}

// Another that has asked for the same name is told, so the answer to the first lies there as well.
TEST_F(lookups_that_hang, are_not_followed_by_an_attempt_if_the_answer_meets_a_close) {
  serve();
  auto ws     = hanging("client");
  auto second = visitor("second", url_of("slow.test"));
  names::wait_for_hanging(4);
  asio::io_context other;
  bool told = false;
  websocket third(other, url_of("slow.test"),
                  {.on_close = [&](websocket&, const close_event&) { told = true; }});
  for (const int family : {AF_INET6, AF_INET}) names::answer("slow.test", family, {"127.0.0.9"});
  while (!told) other.run_one();
  ws->close();
  second->close();
  EXPECT_EQ(end_of(*ws, "client").cause, cause::abandoned);
  EXPECT_EQ(lives("client").event.phase, phase::resolving);
  EXPECT_EQ(end_of(*second, "second").phase, phase::resolving);
  run_until([&] { return true; });
  EXPECT_EQ(server_->connections(), 0u);
}

// --- the process ---

// Somebody who has kept what a loop has is destroyed by exit(), and names are looked up still.
TEST_F(lookups_that_hang, do_not_hold_up_the_end_of_the_process) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto begin_and_exit = [] {
    ::alarm(60);
    std::atexit([] {
      for (const int family : {AF_INET6, AF_INET}) names::fail("slow.test", family, EAI_AGAIN);
      names::answer("here.test", AF_INET, {"127.0.0.1"});
      lookup_threads::mailbox box;
      lookup_threads::asker asker(box);
      if (box.open() != 0 || asker.ask("here.test", AF_INET)) return;
      pollfd answer{box.descriptor(), POLLIN, 0};
      if (::poll(&answer, 1, -1) == 1 && asker.addresses().size() == 1) ::_exit(7);
    });
    static asio::io_context kept;
    names::hang("slow.test");
    names::hang("slower.test");
    static websocket waits(kept, "ws://slow.test/");
    static websocket and_waits(kept, "ws://slower.test/");
    names::wait_for_hanging(4);
    kept.poll();
    std::exit(0);
  };
  EXPECT_EXIT(begin_and_exit(), ::testing::ExitedWithCode(7), "");
}

// --- children ---

#if defined(__SANITIZE_THREAD__)
constexpr bool threads_may_begin_in_a_child = false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool threads_may_begin_in_a_child = false;
#else
constexpr bool threads_may_begin_in_a_child = true;
#endif
#else
constexpr bool threads_may_begin_in_a_child = true;
#endif

class children : public lookups_that_hang {
 protected:
  void SetUp() override {
    if (!threads_may_begin_in_a_child) GTEST_SKIP() << "ThreadSanitizer ends such children";
    lookups_that_hang::SetUp();
  }
  /// Whether a child to which that happens says so. It calls no destructors.
  static bool of_a_child(const std::function<bool()>& true_there) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(60);
      names::in_child();
      ::_exit(true_there() ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  static bool looks_up(const std::string& host) {
    lookup_threads::mailbox box;
    lookup_threads::asker asker(box);
    if (box.open() != 0 || asker.ask(host, AF_INET)) return false;
    pollfd answer{box.descriptor(), POLLIN, 0};
    return ::poll(&answer, 1, 30'000) == 1 && lookup_threads::asker::next_of(box) == &asker &&
           asker.addresses().size() == 1;
  }
};

TEST_F(children, look_up_names_while_all_threads_of_their_parent_hang) {
  serve();
  std::vector<std::unique_ptr<websocket>> all;
  for (int n = 0; n < 20; ++n) {
    const std::string host = "dead" + std::to_string(n) + ".test";
    names::hang(host);
    all.push_back(visitor(host, url_of(host)));
  }
  names::wait_for_hanging(lookup_threads::most_threads);
  EXPECT_TRUE(of_a_child([] {
    names::answer("here.test", AF_INET, {"127.0.0.1"});
    names::answer("dead0.test", AF_INET, {"127.0.0.1"});
    asio::io_context own;
    server s(own, {});
    int open         = 0;
    const auto count = [&](websocket&) { ++open; };
    const auto port  = ":" + std::to_string(s.port());
    websocket a(own, "ws://here.test" + port, {.on_open = count});
    websocket b(own, "ws://dead0.test" + port, {.on_open = count});
    while (open < 2) own.run_one();
    return true;
  }));
  // The parent's go on.
  for (const auto& ws : all) EXPECT_EQ(ws->state(), ready_state::connecting);
  names::answer("dead0.test", AF_INET, {"127.0.0.1"});
  names::fail("dead0.test", AF_INET6, EAI_NONAME);
  EXPECT_TRUE(end_of(*all[0], "dead0.test").was_clean);
  for (const auto& ws : all) ws->terminate();
  run_until([&] { return all.back()->closed() != nullptr; });
}

// However the parent's threads stand when it forks, no lock of theirs is held in the child.
TEST_F(children, look_up_names_whatever_the_parent_was_about) {
  names::answer("here.test", AF_INET, {"127.0.0.1"});
  std::atomic<bool> over{false};
  std::thread busy([&] {
    while (!over) {
      lookup_threads::mailbox box;
      lookup_threads::asker asker(box);
      if (box.open() == 0) static_cast<void>(asker.ask("here.test", AF_INET));
    }
  });
  for (int n = 0; n < 40; ++n)
    EXPECT_TRUE(of_a_child([] {
      names::answer("here.test", AF_INET, {"127.0.0.1"});
      return looks_up("here.test");
    })) << n;
  over = true;
  busy.join();
}

TEST_F(children, may_drop_what_their_parent_has_asked) {
  names::hang("slow.test");
  auto box   = std::make_unique<lookup_threads::mailbox>();
  auto asker = std::make_unique<lookup_threads::asker>(*box);
  ASSERT_EQ(box->open(), 0);
  ASSERT_FALSE(asker->ask("slow.test", AF_INET));
  names::wait_for_hanging(1);
  EXPECT_TRUE(of_a_child([&] {
    asker.reset();
    box.reset();
    names::answer("slow.test", AF_INET, {"127.0.0.1"});
    return looks_up("slow.test");
  }));
  names::answer("slow.test", AF_INET, {"127.0.0.1"});
  pollfd answer{box->descriptor(), POLLIN, 0};
  EXPECT_EQ(::poll(&answer, 1, 30'000), 1);
  EXPECT_EQ(lookup_threads::asker::next_of(*box), asker.get());
  EXPECT_EQ(asker->addresses().size(), 1u);
}

}  // namespace
}  // namespace adieu::tests
