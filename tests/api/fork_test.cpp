// fork(): workers that share a listening socket, and children that have nothing to do with their
// parent's connections. What a child saw wrong is its exit code; the parent's connections go on.
#include "ledger.hpp"

#include <adieu/reconnecting_websocket.hpp>

#include <array>
#include <cstdlib>
#include <functional>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace adieu::tests {
namespace {

constexpr auto fork_child  = asio::execution_context::fork_child;
constexpr auto fork_parent = asio::execution_context::fork_parent;

/// What waitpid() says: the exit code, or the signal as a negative number.
int end_of(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1000;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

template <typename Work>
pid_t begin_child(Work work) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  int code = 99;
  try {
    code = work();
  } catch (...) {
  }
  ::_exit(code);
}

template <typename Work>
int in_a_child(Work work) {
  return end_of(begin_child(std::move(work)));
}

// --- workers ---

class workers : public connection_test, public ::testing::WithParamInterface<int> {};

TEST_P(workers, that_share_a_listening_socket_answer_all_clients) {
  constexpr int clients = 40;
  std::array<int, 2> until{};
  ASSERT_EQ(::pipe(until.data()), 0);
  auto s = std::make_unique<server>(
      *io, server_options{.tls = over_tls() ? &test_server_context() : nullptr},
      server_handlers{.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  const std::string where =
      (over_tls() ? "wss://127.0.0.1:" : "ws://127.0.0.1:") + std::to_string(s->port());
  std::vector<pid_t> children;
  for (int n = 0; n < GetParam(); ++n) {
    io->notify_fork(asio::execution_context::fork_prepare);
    children.push_back(begin_child([&] {
      ::close(until[1]);
      io->notify_fork(fork_child);
      for (pollfd over{until[0], POLLIN, 0}; ::poll(&over, 1, 0) == 0;) {
        io->restart();
        io->run_for(5ms);
      }
      return 0;
    }));
    io->notify_fork(fork_parent);
  }
  asio::io_context others;
  std::vector<std::unique_ptr<websocket>> all;
  int answered = 0;
  for (int n = 0; n < clients; ++n)
    all.push_back(std::make_unique<websocket>(
        others, where,
        websocket_handlers{.on_open = [](websocket& ws) { ws.send("hello"); },
                           .on_message =
                               [&](websocket& ws, message_view m) {
                                 answered += m.text() == "hello" ? 1 : 0;
                                 ws.close();
                               }}));
  others.run_for(20s);
  EXPECT_EQ(answered, clients);
  for (const auto& ws : all) EXPECT_TRUE(ws->closed() && ws->closed()->was_clean);
  for (int end : until) ::close(end);
  for (pid_t child : children) EXPECT_EQ(end_of(child), 0);
  s.reset();
  run();
}

INSTANTIATE_TEST_SUITE_P(of, workers, ::testing::Values(2, 4));

// --- children that have nothing to do with it ---

class forks : public connection_test {
 protected:
  void begin() {
    serve({}, {.on_message =
                   [this](websocket& ws, message_view m) {
                     ++called_;
                     ws.send(m);
                   },
               .on_close = [this](websocket&, const close_event&) { ++called_; }});
    ws_ = client("client", {.on_message = [this](websocket&, message_view) { ++called_; },
                            .on_close   = [this](websocket&, const close_event&) { ++called_; }});
    run_until([&] { return ws_->state() == ready_state::open; });
    called_ = 0;
  }
  void turn() {
    for (int n = 0; n < 20; ++n) {
      io->restart();
      io->run_one_for(5ms);
    }
  }
  // The parent's connection is open, hears and is heard, and others can come.
  void parent_goes_on(const std::string& text = "still here") {
    const std::size_t had = lives("client").messages.size();
    ws_->send(text);
    run_until([&] { return lives("client").messages.size() > had; });
    EXPECT_EQ(lives("client").messages.back().text(), text);
    EXPECT_EQ(ws_->state(), ready_state::open);
    const std::string next = "another " + text;
    auto other             = client(next, {.on_open    = [](websocket& w) { w.send("hello"); },
                                           .on_message = [](websocket& w, message_view) { w.close(); }});
    run_until([&] { return other->closed() != nullptr; });
    EXPECT_TRUE(lives(next).event.was_clean);
    called_ = 0;
  }
  void end() {
    ws_->close(4000, "by the parent");
    run_until([&] { return ws_->closed() != nullptr; });
    EXPECT_TRUE(lives("client").event.was_clean);
    stop_server();
    run();
  }

  std::unique_ptr<websocket> ws_;
  int called_ = 0;  // handlers
};

TEST_F(forks, a_child_that_is_told_has_no_connection_and_its_parent_goes_on) {
  begin();
  EXPECT_EQ(in_a_child([&] {
              io->notify_fork(fork_child);
              if (ws_->state() != ready_state::closed || server_->connections() != 0) return 1;
              turn();
              ws_.reset();
              server_.reset();
              turn();
              if (!io->stopped()) return 2;
              io.reset();
              return called_ == 0 ? 0 : 3;
            }),
            0);
  parent_goes_on();
  end();
}

TEST_F(forks, a_child_that_is_not_told_may_destroy_its_copies_in_any_order) {
  begin();
  const std::vector<std::function<void()>> orders{
      [&] { ws_.reset(), server_.reset(), io.reset(); },
      [&] { server_.reset(), ws_.reset(), io.reset(); },
      [&] { io.reset(), ws_.reset(), server_.reset(); }};
  for (std::size_t n = 0; n < orders.size(); ++n) {
    EXPECT_EQ(in_a_child([&] {
                orders[n]();
                return called_ == 0 ? 0 : 1;
              }),
              0)
        << n;
    parent_goes_on("after " + std::to_string(n));
  }
  end();
}

TEST_F(forks, in_a_child_that_is_not_told_calls_do_nothing) {
  begin();
  using call = std::function<void()>;
  const std::vector<call> calls{
      [&] { ws_->send(std::string(3'000'000, 'x')); },
      [&] { ws_->close(4001, "by the child"); },
      [&] { ws_->terminate(); },
      [&] { ws_->resume_reading(); },
      [&] { ws_->async_receive([&](error_code, const std::optional<message>&) { ++called_; }); },
      [&] { server_->async_shutdown({}, [&](error_code, shutdown_report) { ++called_; }); },
      [&] { server_->for_each([&](websocket&) { ++called_; }); },
      [&] { websocket moved(std::move(*ws_)); },
      [&] { *ws_ = websocket(); }};
  for (std::size_t n = 0; n < calls.size(); ++n) {
    EXPECT_EQ(in_a_child([&] {
                try {
                  calls[n]();
                } catch (const system_error& refused) {
                  if (refused.code() != error::not_open) return 1;
                }
                if (ws_->state() != ready_state::closed) return 2;
                return called_ == 0 ? 0 : 3;
              }),
              0)
        << n;
    parent_goes_on("after " + std::to_string(n));
  }
  end();
}

TEST_F(forks, a_child_may_exit_with_its_copies_in_static_storage) {
  static std::optional<asio::io_context> kept;
  static std::optional<server> here;
  static std::optional<websocket> ws;
  kept.emplace();
  here.emplace(*kept, server_options{.tls = over_tls() ? &test_server_context() : nullptr},
               server_handlers{.on_message = [](websocket& w, message_view m) { w.send(m); }});
  int heard = 0;
  ws.emplace(*kept,
             (over_tls() ? "wss://127.0.0.1:" : "ws://127.0.0.1:") + std::to_string(here->port()),
             websocket_handlers{.on_message = [&](websocket&, message_view) { ++heard; }});
  while (ws->state() != ready_state::open) kept->run_one();
  EXPECT_EQ(in_a_child([]() -> int { std::exit(0); }), 0);
  ws->send("still here");
  while (heard == 0 && ws->state() == ready_state::open) kept->run_one_for(5s);
  EXPECT_EQ(heard, 1);
  ws.reset();
  here.reset();
  kept.reset();
}

TEST_F(forks, a_child_may_run_another_program) {
  begin();
  EXPECT_EQ(in_a_child([] {
              ::execl("/bin/true", "true", static_cast<char*>(nullptr));
              return 1;
            }),
            0);
  parent_goes_on();
  end();
}

TEST_F(forks, in_a_child_nothing_is_completed_that_the_parent_had_begun) {
  begin();
  int completed = 0;
  ws_->async_closed([&](error_code, const close_event&) { ++completed; });
  server_->async_shutdown({.within = 20s}, [&](error_code, shutdown_report) { ++completed; });
  ws_->async_send("x", [&](error_code) { ++completed; });  // completed already, not called
  ws_->ref().async_send("y", [&](error_code) { ++completed; });
  EXPECT_EQ(in_a_child([&] {
              io->notify_fork(fork_child);
              turn();
              return completed == 0 && called_ == 0 ? 0 : 1;
            }),
            0);
  run();
  EXPECT_EQ(completed, 4);
  EXPECT_TRUE(lives("client").event.was_clean);
  drop_server();
}

TEST_F(forks, a_reconnecting_client_is_the_parents_too) {
  begin();
  int told = 0;
  reconnecting_websocket again(
      *io, url(), {.websocket = {}},
      {.on_message = [&](reconnecting_websocket&, message_view) { ++told; },
       .on_down    = [&](reconnecting_websocket&, const close_event&, const decision&) { ++told; },
       .on_close = [&](reconnecting_websocket&, const close_event&, const decision&) { ++told; }});
  run_until([&] { return again.openings() == 1; });
  EXPECT_EQ(in_a_child([&] {
              io->notify_fork(fork_child);
              turn();
              return again.state() == reconnect_state::stopped && told == 0 ? 0 : 1;
            }),
            0);
  EXPECT_EQ(in_a_child([&] { return again.state() == reconnect_state::stopped ? 0 : 1; }), 0);
  EXPECT_EQ(in_a_child([&] {
              const reconnecting_websocket gone(std::move(again));
              return told;
            }),
            0);
  again.send("hello");
  run_until([&] { return told == 1; });
  again.close();
  run_until([&] { return again.state() == reconnect_state::stopped; });
  parent_goes_on();
  end();
}

TEST_F(forks, a_handler_may_fork) {
  bool is_child = false;
  std::vector<pid_t> children;
  const auto fork_now = [&](bool told) {
    children.push_back(::fork());
    if (children.back() != 0) return;
    is_child = true;
    if (told) io->notify_fork(fork_child);
  };
  serve({}, {.on_message = [&](websocket& ws, message_view m) {
          if (m.text() == "fork") fork_now(true);
          if (m.text() == "fork, and destroy") {
            fork_now(false);
            if (is_child) {
              ws_.reset();
              server_.reset();
              ::_exit(0);
            }
          }
          if (!is_child) ws.send(m);
        }});
  ws_ = client("client", {.on_message = [this](websocket&, message_view) { ++called_; }});
  run_until([&] { return ws_->state() == ready_state::open; });
  const int before = called_;
  for (const char* what : {"fork", "fork, and destroy", "hello"}) ws_->send(what);
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (called_ < 3 && std::chrono::steady_clock::now() < until) {
    io->run_one_for(50ms);
    if (is_child) {
      turn();
      ::_exit(ws_->state() == ready_state::closed && server_->connections() == 0 &&
                      called_ == before
                  ? 0
                  : 1);
    }
  }
  EXPECT_EQ(called_, 3);
  ASSERT_EQ(children.size(), 2u);
  for (pid_t child : children) EXPECT_EQ(end_of(child), 0);
  end();
}

TEST_F(forks, deadlines_go_on_in_a_child) {
  int refused = 0;
  serve({.connection = in_a_hurry_to_open()}, {.on_refused = [&](const refusal&) { ++refused; }});
  io->poll();
  EXPECT_EQ(in_a_child([&] {
              io->notify_fork(fork_child);
              const int mute = ::socket(AF_INET, SOCK_STREAM, 0);
              sockaddr_in to{};
              to.sin_family      = AF_INET;
              to.sin_port        = htons(server_->port());
              to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
              if (::connect(mute, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return 1;
              for (int n = 0; n < 2000 && refused == 0; ++n) {
                io->restart();
                io->run_one_for(10ms);
              }
              return refused == 1 ? 0 : 2;
            }),
            0);
  drop_server();
  run();
}

}  // namespace
}  // namespace adieu::tests
