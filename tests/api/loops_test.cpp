// Several loops, each in a thread of its own, and threads that have none: what may be shared among
// them (refs, a port, a context of TLS), and a strand, which lets several threads run one loop.
// Meant for the thread sanitizer. Each loop keeps a ledger of its own connections.
#include "ledger.hpp"

#include <adieu/reconnecting_websocket.hpp>

#include <boost/asio/strand.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <latch>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

namespace adieu::tests {
namespace {

using randomness = std::mt19937;

/// What a connection's handlers saw, all in its loop's thread.
struct seen {
  int opened   = 0;
  int closed   = 0;
  bool dropped = false;  // by the test: no event may come
  int late     = 0;      // callbacks behind the end
};

std::shared_ptr<seen>& seen_of(websocket& ws) { return ws.data<std::shared_ptr<seen>>(); }

void drop(websocket& ws) {
  if (ws.closed()) return;
  seen_of(ws)->dropped = true;
  const websocket gone(std::move(ws));
}

/// All connections of one loop.
class loop_ledger {
 public:
  std::unique_ptr<websocket> client(asio::io_context& io, const std::string& url,
                                    websocket_options options) {
    auto s  = line();
    auto ws = std::make_unique<websocket>(
        io, url, std::move(options),
        websocket_handlers{.on_open =
                               [s](websocket& w) {
                                 s->late += s->closed + s->opened++;
                                 w.send("hello");
                               },
                           .on_message = [s](websocket&, message_view) { s->late += s->closed; },
                           .on_close   = [s](websocket&, const close_event&) { ++s->closed; }});
    seen_of(*ws) = s;
    return ws;
  }
  server_handlers served(std::function<void(websocket&)> opened) {
    return {.on_open =
                [this, opened = std::move(opened)](websocket& ws) {
                  seen_of(ws) = line();
                  ++seen_of(ws)->opened;
                  opened(ws);
                },
            .on_message =
                [](websocket& ws, message_view m) {
                  seen_of(ws)->late += seen_of(ws)->closed;
                  ws.send(m);
                },
            .on_close = [](websocket& ws, const close_event&) { ++seen_of(ws)->closed; }};
  }
  void check() const {
    for (const auto& s : all_) {
      EXPECT_EQ(s->closed, s->dropped ? 0 : 1);
      EXPECT_EQ(s->late, 0);
    }
  }
  std::size_t opened() const {
    return static_cast<std::size_t>(
        std::count_if(all_.begin(), all_.end(), [](const auto& s) { return s->opened == 1; }));
  }

 private:
  std::shared_ptr<seen> line() { return all_.emplace_back(std::make_shared<seen>()); }
  std::vector<std::shared_ptr<seen>> all_;
};

std::string at_port(std::uint16_t port) {
  return (over_tls() ? "wss://127.0.0.1:" : "ws://127.0.0.1:") + std::to_string(port) + "/";
}

connection_options of_all() { return {.deadlines = in_a_hurry(2s).deadlines}; }

server_options served_here(std::uint16_t port = 0) {
  return {.port       = port,
          .reuse_port = true,
          .tls        = over_tls() ? &test_server_context() : nullptr,
          .connection = of_all()};
}

constexpr unsigned loops = 3;
constexpr unsigned hands = 8;  // threads without a loop
class loop_thread;

/// What all threads reach.
struct shared {
  struct reached {
    websocket_ref ref  = {};
    loop_thread* where = nullptr;
    bool may_be_taken  = false;
  };
  /// One that is too old is closed, so that every connection ends.
  void add(reached r) {
    const std::lock_guard lock(mutex);
    refs.push_back(std::move(r));
    if (refs.size() <= 16) return;
    refs.front().ref.close(4002, "old");
    refs.pop_front();
  }
  reached any(randomness& random) {
    const std::lock_guard lock(mutex);
    return refs.empty() ? reached() : refs[random() % refs.size()];
  }

  std::mutex mutex;
  std::deque<reached> refs;
  std::array<std::atomic<std::uint16_t>, loops> ports = {};
  std::latch listening{loops};
  std::latch lived{loops};
  std::latch hands_off{1};
  std::atomic<int> posted{0};
};

/// A server that restarts, clients of the others' servers, one more that comes back, and their
/// loop.
class loop_thread {
 public:
  loop_thread(shared& with, unsigned number) : shared_(with), number_(number), random_(number) {}

  void run() {
    listen();
    shared_.listening.arrive_and_wait();
    for (int begun = 0; begun < lives || !clients_.empty(); turn())
      while (begun < lives && clients_.size() < 4)
        if (begin(); ++begun % 16 == 0) restart_server();
    shared_.lived.count_down();
    while (!shared_.hands_off.try_wait()) turn();
    come_to_rest();
    ledger_.check();
  }

  /// For any thread: what to do with the client that comes back.
  void post_to_again(void (*what)(reconnecting_websocket&)) {
    asio::post(io, [this, what] { what(again_); });
  }
  void post_restart() {
    asio::post(io, [this] { restart_server(); });
  }
  std::size_t opened() const { return ledger_.opened(); }

  asio::io_context io;
  std::atomic<int> under_way{0};  // so that the threads do not run away from the loop

 private:
  void listen() {
    server_.emplace(io, served_here(), ledger_.served([this](websocket& ws) {
      shared_.add({ws.ref(), this, true});
    }));
    shared_.ports[number_] = server_->port();
  }
  std::string url_of_another() {
    return at_port(shared_.ports[(number_ + 1 + random_() % (loops - 1)) % loops]);
  }
  void begin() {
    clients_.push_back(ledger_.client(io, url_of_another(), {.connection = of_all()}));
    shared_.add({clients_.back()->ref(), this, true});
  }
  void turn() {
    if (again_.state() == reconnect_state::stopped)
      again_ = reconnecting_websocket(io, url_of_another(),
                                      {.backoff = at_once(), .websocket = {.connection = of_all()}},
                                      {.on_open = [this](reconnecting_websocket& r) {
                                        shared_.add({r.connection(), this, false});
                                      }});
    io.restart();
    io.run_for(2ms);
    std::erase_if(clients_, [](const auto& ws) {
      return ws->closed() || ws->ref() == websocket_ref();  // taken
    });
  }
  static backoff at_once() {
    backoff b;
    b.floor = b.slow_floor = b.restart_floor = 1ms;
    b.window = b.slow_window = b.restart_window = 5ms;
    return b;
  }
  void restart_server() {
    if (std::exchange(restarting_, true)) return;
    server_->async_shutdown({.within = 2s}, [this](error_code, shutdown_report) {
      restarting_ = false;
      if (!last_) listen();
    });
  }
  void come_to_rest() {
    last_ = true;
    again_.close();
    restart_server();
    io.restart();
    io.run_for(30s);
    EXPECT_TRUE(io.stopped()) << "the loop does not come to rest";
    EXPECT_EQ(again_.state(), reconnect_state::stopped);
    EXPECT_EQ(server_->connections(), 0u);
  }

  static constexpr int lives = 300;
  shared& shared_;
  unsigned number_;
  randomness random_;
  loop_ledger ledger_;
  std::optional<server> server_;
  std::vector<std::unique_ptr<websocket>> clients_;
  reconnecting_websocket again_;
  bool restarting_ = false;
  bool last_       = false;  // it does not come back
};

/// One of the threads without a loop.
void lend_a_hand(shared& with, unsigned seed) {
  randomness random(seed);
  websocket_ref kept;
  while (!with.hands_off.try_wait()) {
    const shared::reached it = with.any(random);
    if (!it.where) continue;
    const websocket_ref& ref = it.ref;
    switch (random() % 16) {
      case 0: ref.close(4000, "from a thread"); break;
      case 1: ref.close(close_code(1006)); break;
      case 2: ref.terminate(); break;
      case 3: ref.send(message(message_type::binary, std::string(70'000, 'x'))); break;
      case 4: ref.send(message("as it is").uncompressed()); break;
      case 5: ref.send(message(message_type::text, "\xff")); break;
      case 6:
        ref.post([&with](websocket& ws) {
          ws.pause_reading();
          ws.resume_reading();
          ++with.posted;
        });
        break;
      case 7: ref.post([](websocket& ws) { ws.async_ping([](error_code, auto) {}); }); break;
      case 8:
        if (it.may_be_taken) ref.post([](websocket& ws) { drop(ws); });
        break;
      case 9: kept = ref; break;  // the last reference may end here
      case 10: EXPECT_TRUE(kept == websocket_ref(kept)); break;
      case 11: it.where->post_to_again([](reconnecting_websocket& r) { r.reconnect_now(); }); break;
      case 12:
        it.where->post_to_again([](reconnecting_websocket& r) {
          r.pause();
          r.resume();
          r.confirm();
          r.send("of it all");
          r.take_unsent();
        });
        break;
      case 13:
        if (random() % 8 == 0) it.where->post_restart();
        break;
      case 14:
        if (random() % 8 == 0)
          it.where->post_to_again([](reconnecting_websocket& r) { r.close(); });
        break;
      default: ref.send("hello"); break;
    }
    ++it.where->under_way;
    asio::post(it.where->io, [at = it.where] { --at->under_way; });
    while (it.where->under_way > 50 && !with.hands_off.try_wait()) std::this_thread::yield();
  }
}

class threads_and_loops : public connection_test {};

TEST_F(threads_and_loops, eight_threads_reach_connections_of_three_loops_whose_servers_restart) {
  shared all_reach;
  std::vector<std::unique_ptr<loop_thread>> all;
  for (unsigned n = 0; n < loops; ++n) all.push_back(std::make_unique<loop_thread>(all_reach, n));
  std::vector<std::thread> threads;
  for (auto& l : all) threads.emplace_back([&] { l->run(); });
  std::vector<std::thread> without;
  for (unsigned n = 0; n < hands; ++n) without.emplace_back([&, n] { lend_a_hand(all_reach, n); });
  all_reach.lived.wait();
  all_reach.hands_off.count_down();
  for (std::thread& t : without) t.join();
  for (std::thread& t : threads) t.join();
  for (const auto& l : all) EXPECT_GT(l->opened(), 0u);
  EXPECT_GT(all_reach.posted.load(), 0);
}

TEST_F(threads_and_loops, servers_of_one_context_are_made_while_others_of_it_accept) {
  std::atomic<int> opened{0};
  std::vector<std::thread> all;
  for (int n = 0; n < 4; ++n)
    all.emplace_back([&] {
      for (int again = 0; again < 10; ++again) {
        asio::io_context own;
        server s(own, {.tls = &test_server_context()},
                 {.on_close = [&](websocket&, const close_event& e) { opened += e.was_clean; }});
        websocket ws(own, "wss://127.0.0.1:" + std::to_string(s.port()),
                     {.on_open = [](websocket& w) { w.close(); }});
        while (!ws.closed() || s.connections() != 0) own.run_one_for(1s);
      }
    });
  for (std::thread& t : all) t.join();
  EXPECT_EQ(opened.load(), 40);
}

TEST_F(threads_and_loops, a_call_from_another_thread_within_a_turn_stops_a_build_with_asserts) {
  // In a child that is made by fork() alone the loop would be the parent's.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  serve({}, {.on_open = [](websocket& ws) {
          EXPECT_DEATH(std::thread([&] { ws.send("x"); }).join(), "use websocket::ref");
          ws.close();
        }});
  auto ws = client("client");
  run_until([&] { return ws->closed() != nullptr; });
  stop_server();
  run();
}

TEST_F(threads_and_loops, a_strand_lets_four_threads_run_one_loop) {
  constexpr int clients = 30, messages = 20;
  auto strand = asio::make_strand(*io);
  std::atomic<int> elsewhere{0};
  const auto look = [&] { elsewhere += !strand.running_in_this_thread(); };
  loop_ledger ledger;
  std::optional<server> s;
  std::vector<websocket> all;
  std::vector<websocket_ref> refs;
  int ended         = 0;
  const auto closed = [&](websocket&, const close_event&) {
    look();
    if (++ended == clients) s->async_shutdown({}, [&](error_code, shutdown_report) { look(); });
  };
  const auto count = [&, left = messages](websocket& w, message_view) mutable {
    look();
    if (--left == 0) w.close();
  };
  const auto talk = [&](websocket& w) {
    look();
    for (int n = 0; n < messages; ++n) w.send(std::string(static_cast<std::size_t>(n) * 1000, 'x'));
  };
  s.emplace(strand, served_here(), ledger.served([&](websocket&) { look(); }));
  for (int n = 0; n < clients; ++n) {
    all.emplace_back(strand, at_port(s->port()),
                     websocket_handlers{.on_open = talk, .on_message = count, .on_close = closed});
    refs.push_back(all.back().ref());
  }
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n) threads.emplace_back([&] { io->run(); });
  for (const websocket_ref& r : refs) r.post([&](websocket&) { look(); });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(elsewhere.load(), 0);
  EXPECT_EQ(ended, clients);
  EXPECT_EQ(ledger.opened(), static_cast<std::size_t>(clients));
  ledger.check();
}

}  // namespace
}  // namespace adieu::tests
