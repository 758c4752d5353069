// What other threads may do: hold refs and call them, from as many threads as they like, while
// connections open, talk and end. Meant for the thread sanitizer.
#include "ledger.hpp"

#include <adieu/reconnecting_websocket.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

namespace adieu::tests {
namespace {

class threads : public connection_test {};

constexpr int workers = 8;

TEST_F(threads, refs_from_eight_threads_send_close_terminate_and_drop) {
  serve({}, {.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  std::mutex mutex;
  std::vector<websocket_ref> shared;  // guarded by mutex
  std::atomic<bool> stop{false};
  std::atomic<int> posted{0};
  std::atomic<int> under_way{0};  // so that the threads do not run away from the loop

  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    while (!stop) {
      websocket_ref ref;
      {
        const std::lock_guard lock(mutex);
        if (!shared.empty()) ref = shared[random() % shared.size()];
      }
      switch (random() % 8) {
        case 0: ref.close(4000, "from a thread"); break;
        case 1: ref.terminate(); break;
        case 2: ref.post([&](websocket&) { ++posted; }); break;
        case 3: ref.close(close_code(1006)); break;
        default: ref.send("hello"); break;
      }
      ++under_way;
      asio::post(*io, [&] { --under_way; });
      while (under_way > 100 && !stop) std::this_thread::yield();
    }
  };
  std::vector<std::thread> all;
  for (unsigned n = 0; n < workers; ++n) all.emplace_back(work, n);

  constexpr int lives_in_all = 60;
  std::vector<std::unique_ptr<websocket>> alive;
  int begun = 0;
  int ended = 0;
  while (ended < lives_in_all) {
    while (begun < lives_in_all && alive.size() < 8) {
      alive.push_back(client("client " + std::to_string(begun++)));
      const std::lock_guard lock(mutex);
      shared.push_back(alive.back()->ref());
      if (shared.size() <= 12) continue;
      shared.front().close();  // none that lives on is out of the threads' reach
      shared.erase(shared.begin());
    }
    io->restart();
    io->run_for(2ms);
    for (auto at = alive.begin(); at != alive.end();) {
      if ((*at)->closed()) {
        ++ended;
        at = alive.erase(at);
      } else {
        ++at;
      }
    }
  }
  stop = true;
  for (std::thread& t : all) t.join();
  EXPECT_GT(posted.load(), 0);
  stop_server();
  run();
}

TEST_F(threads, what_one_thread_posts_comes_in_order) {
  serve();
  auto ws = client("client");
  run_until([&] { return ws->state() == ready_state::open; });
  std::thread other([ref = ws->ref()] {
    for (int i = 0; i < 1000; ++i) ref.send(std::to_string(i));
    ref.close(4001, "done");
    ref.send("dropped");
  });
  run_until([&] { return ws->closed() != nullptr; });
  other.join();
  stop_server();
  run();
  const life& l = lives("server 1");
  ASSERT_EQ(l.messages.size(), 1000u);
  for (std::size_t i = 0; i < 1000; ++i) EXPECT_EQ(l.messages[i].text(), std::to_string(i));
  EXPECT_EQ(l.event.code, 4001);
}

TEST_F(threads, an_empty_call_does_nothing) {
  serve();
  auto ws = client("client");
  run_until([&] { return ws->state() == ready_state::open && server_->connections() == 1; });
  ws->ref().post(nullptr);
  server_->for_each(nullptr);
  ws->ref().post([](websocket& w) { w.close(4000, "behind it"); });
  run_until([&] { return lives("client").closed == 1; });
  EXPECT_EQ(lives("client").event.code, 4000);
  stop_server();
  run();
}

TEST_F(threads, a_ref_keeps_nothing_alive_and_compares) {
  serve();
  auto a                     = client("a");
  auto b                     = client("b");
  const websocket_ref ref_a  = a->ref();
  const websocket_ref ref_a2 = a->ref();
  EXPECT_TRUE(ref_a == ref_a2);
  EXPECT_FALSE(ref_a == b->ref());
  EXPECT_TRUE((ref_a < b->ref()) != (b->ref() < ref_a));
  lives("a").silenced = true;
  a.reset();
  bool called = false;
  ref_a.post([&](websocket&) { called = true; });
  b->close();
  run_until([&] { return b->closed() != nullptr; });
  stop_server();
  run();
  EXPECT_FALSE(called);
  std::thread([ref = ref_a] { websocket_ref copy(ref); }).join();
}

TEST_F(threads, one_loop_for_each_thread_shares_a_port) {
  constexpr int loops = 4;
  std::atomic<int> echoed{0};
  asio::io_context first_context;
  server first(first_context, {.reuse_port = true});
  const std::uint16_t port = first.port();
  std::vector<std::thread> all;
  std::atomic<int> listening{0};
  for (int n = 0; n < loops; ++n)
    all.emplace_back([&] {
      asio::io_context own;
      server s(own, {.port = port, .reuse_port = true},
               {.on_message = [](websocket& ws, message_view m) { ws.send(m); },
                .on_close   = [&](websocket&, const close_event&) { ++echoed; }});
      ++listening;
      while (echoed < 64) {
        own.restart();
        own.run_for(5ms);
      }
    });
  while (listening < loops) std::this_thread::yield();
  { server gone = std::move(first); }
  std::vector<websocket> clients;
  for (int i = 0; i < 64; ++i)
    clients.emplace_back(
        *io, "ws://127.0.0.1:" + std::to_string(port),
        websocket_handlers{.on_open    = [](websocket& w) { w.send("x"); },
                           .on_message = [](websocket& w, message_view) { w.close(); }});
  run_until([&] {
    return std::all_of(clients.begin(), clients.end(), [](websocket& w) { return w.closed(); });
  });
  for (std::thread& t : all) t.join();
  EXPECT_EQ(echoed.load(), 64);
}

// --- what is forbidden ---

struct wrong_call {
  const char* name;
  void (*make)(asio::io_context&, websocket&, server&, reconnecting_websocket&);
};

class wrong_threads : public ::testing::TestWithParam<wrong_call> {
 protected:
  wrong_threads() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

// The handler waits, so that the loop is in a turn.
void call_from_another_thread(const wrong_call& wrong) {
  asio::io_context io;
  server s(io);
  const std::string where = "ws://127.0.0.1:" + std::to_string(s.port());
  reconnecting_websocket again(io, where);
  websocket ws(io, where, {.on_open = [&](websocket& w) {
                 std::thread([&] { wrong.make(io, w, s, again); }).join();
               }});
  io.run();
}

TEST_P(wrong_threads, a_call_while_the_loop_is_in_a_turn_ends_the_program_and_says_what_to_do) {
  EXPECT_DEATH(call_from_another_thread(GetParam()), "websocket::ref.*asio::make_strand");
}

INSTANTIATE_TEST_SUITE_P(
    each, wrong_threads,
    ::testing::Values(wrong_call{"send", [](auto&, websocket& ws, auto&, auto&) { ws.send("x"); }},
                      wrong_call{"close", [](auto&, websocket& ws, auto&, auto&) { ws.close(); }},
                      wrong_call{"state", [](auto&, websocket& ws, auto&,
                                             auto&) { static_cast<void>(ws.state()); }},
                      wrong_call{"destroying", [](auto&, websocket& ws, auto&,
                                                  auto&) { const websocket gone(std::move(ws)); }},
                      wrong_call{"connecting", [](asio::io_context& io, auto&, auto&,
                                                  auto&) { websocket(io, "ws://127.0.0.1:1"); }},
                      wrong_call{"shutdown",
                                 [](auto&, auto&, server& s, auto&) {
                                   s.async_shutdown({}, [](error_code, shutdown_report) {});
                                 }},
                      wrong_call{"reconnecting", [](auto&, auto&, auto&,
                                                    reconnecting_websocket& ws) { ws.close(); }}),
    [](const auto& info) { return info.param.name; });

void run_by_two_threads() {
  asio::io_context io;
  server s(io, {}, {.on_opening = [](const opening_request& request, opening_reply reply) {
             static std::vector<opening_reply> kept;
             if (request.target == "/later")
               kept.push_back(std::move(reply));
             else
               reply.accept();
           }});
  const std::string where = "ws://127.0.0.1:" + std::to_string(s.port());
  websocket late(io, where + "/later", {.connection = {.deadlines = {.opening = 500ms}}});
  websocket ws(io, where, {.on_open = [](websocket&) {
                 // The other connection's deadline comes meanwhile, in the other thread.
                 std::this_thread::sleep_for(20s);
               }});
  std::thread other([&] { io.run(); });
  io.run();
  other.join();
}

TEST_F(wrong_threads, two_that_run_an_io_context_without_a_strand_end_the_program) {
  EXPECT_DEATH(run_by_two_threads(), "asio::make_strand");
}

TEST_F(threads, what_one_thread_has_set_up_another_may_run_and_the_first_may_go_on) {
  serve({}, {.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  auto ws = client("client", {.on_open = [](websocket& w) { w.send("x"); }});
  std::thread([&] { run_until([&] { return lives("client").messages.size() == 1; }); }).join();
  ws->send("y");
  run_until([&] { return lives("client").messages.size() == 2; });
  ws->close();
  std::thread([&] { run_until([&] { return ws->closed() != nullptr; }); }).join();
  stop_server();
  run();
}

}  // namespace
}  // namespace adieu::tests
