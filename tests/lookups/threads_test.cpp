// The threads of a process that look names up: how many, and who gets what they find.
#include "lookups/lookups_test.hpp"

#include "net/lookup_threads.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace adieu::tests {
namespace {

namespace lookup_threads = net::lookup_threads;

// How many threads of this process block it.
int threads_that_block(int signal) {
  int count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("SigBlk:"))
        count += std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1;
  }
  return count;
}

class threads_of_lookups : public lookups_test {
 protected:
  std::vector<std::unique_ptr<websocket>> visitors_of(const std::vector<std::string>& hosts) {
    std::vector<std::unique_ptr<websocket>> all;
    for (const std::string& host : hosts)
      all.push_back(visitor("client " + std::to_string(all.size()), url_of(host)));
    return all;
  }
  static std::vector<std::string> names_that_hang(int count) {
    std::vector<std::string> all;
    for (int n = 0; n < count; ++n)
      names::hang(all.emplace_back("dead" + std::to_string(n) + ".test"));
    return all;
  }
};

TEST_F(threads_of_lookups, are_so_many_and_no_more_and_addresses_need_none) {
  serve();
  const auto dead = names_that_hang(40);
  const auto all  = visitors_of(dead);
  names::wait_for_hanging(lookup_threads::most_threads);
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    auto ws = visitor(host, url_of(host));
    EXPECT_TRUE(end_of(*ws, host).was_clean) << explain(lives(host).event);
  }
  EXPECT_EQ(names::asked(), static_cast<int>(lookup_threads::most_threads));
  for (const auto& name : dead) names::answer(name, AF_INET, {"127.0.0.1"});
  for (const auto& name : dead) names::fail(name, AF_INET6, EAI_NONAME);
  run_until([&] {
    return std::all_of(all.begin(), all.end(), [](auto& ws) { return ws->closed() != nullptr; });
  });
  for (std::size_t n = 0; n < all.size(); ++n)
    EXPECT_TRUE(lives("client " + std::to_string(n)).event.was_clean) << n;
  EXPECT_EQ(names::asked(), 80);
  EXPECT_EQ(names::most_at_once(), static_cast<int>(lookup_threads::most_threads));
}

TEST_F(threads_of_lookups, do_not_ask_for_those_who_have_gone_meanwhile) {
  const auto all = visitors_of(names_that_hang(20));
  names::wait_for_hanging(lookup_threads::most_threads);
  for (const auto& ws : all) ws->terminate();
  run();  // comes to rest although they hang
  serve();
  names::answer("here.test", AF_INET, {"127.0.0.1"});
  auto ws = visitor("late", url_of("here.test"));
  io->poll();
  EXPECT_EQ(ws->state(), ready_state::connecting) << "there is no thread for it";
  for (int n = 0; n < 20; ++n)
    for (const int family : {AF_INET6, AF_INET})
      names::fail("dead" + std::to_string(n) + ".test", family, EAI_AGAIN);
  EXPECT_TRUE(end_of(*ws, "late").was_clean) << explain(lives("late").event);
  EXPECT_EQ(names::asked(), static_cast<int>(lookup_threads::most_threads) + 2);
}

TEST_F(threads_of_lookups, are_not_all_taken_by_one_name_however_often_it_is_asked_for) {
  serve();
  names::hang("dead.test");
  names::answer("here.test", AF_INET, {"127.0.0.1"});
  const auto all = visitors_of(std::vector<std::string>(30, "dead.test"));
  auto ws        = visitor("another", url_of("here.test"));
  EXPECT_TRUE(end_of(*ws, "another").was_clean) << explain(lives("another").event);
  names::answer("dead.test", AF_INET, {"127.0.0.1"});
  names::fail("dead.test", AF_INET6, EAI_NONAME);
  run_until([&] {
    return std::all_of(all.begin(), all.end(), [](auto& one) { return one->closed() != nullptr; });
  });
  for (std::size_t n = 0; n < all.size(); ++n)
    EXPECT_TRUE(lives("client " + std::to_string(n)).event.was_clean) << n;
  EXPECT_LE(names::asked(), static_cast<int>(2 * lookup_threads::most_for_a_name + 2));
}

TEST_F(threads_of_lookups, answer_one_loop_after_another) {
  serve();
  names::answer("here.test", AF_INET, {"127.0.0.1"});
  for (int n = 0; n < 3; ++n) {
    asio::io_context other;
    bool over = false;
    websocket ws(other, url_of("here.test"),
                 {.on_open = [&](websocket& w) { w.close(); },
                  .on_close =
                      [&](websocket&, const close_event& e) {
                        over = true;
                        EXPECT_TRUE(e.was_clean) << explain(e);
                      }});
    run_until([&] {
      other.restart();
      other.poll();
      return over;
    });
  }
}

// Each loop runs in a thread of its own, and all ask for the same few names at once.
TEST_F(threads_of_lookups, answer_several_loops_at_once) {
  serve();
  for (const std::string name : {"a.test", "b.test"}) names::answer(name, AF_INET, {"127.0.0.1"});
  std::atomic<int> clean{0};
  std::vector<std::thread> loops;
  for (int l = 0; l < 4; ++l)
    loops.emplace_back([&, l] {
      asio::io_context own;
      std::vector<std::unique_ptr<websocket>> all;
      for (int n = 0; n < 20; ++n)
        all.push_back(std::make_unique<websocket>(
            own, url_of((n + l) % 2 == 0 ? "a.test" : "b.test"),
            websocket_handlers{
                .on_open  = [](websocket& w) { w.close(); },
                .on_close = [&](websocket&, const close_event& e) { clean += e.was_clean; }}));
      own.run();
    });
  run_until([&] { return clean == 80; });
  for (std::thread& t : loops) t.join();
}

TEST_F(threads_of_lookups, have_no_signals_to_handle) {
  const int before = threads_that_block(SIGTERM);
  names::hang("slow.test");
  auto ws = visitor("client", url_of("slow.test"));
  names::wait_for_hanging(2);
  EXPECT_EQ(threads_that_block(SIGTERM), before + 2);
  ws->terminate();
  run();
}

}  // namespace
}  // namespace adieu::tests
