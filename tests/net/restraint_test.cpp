// What the library must not do: spin, die of SIGPIPE, leak descriptors into children, wait forever
// for the silent, or fall over when descriptors run out.
#include "ledger.hpp"
#include "raw_peer.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <set>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

// RLIMIT_NOFILE is not kept everywhere (gVisor): the library's calls come here instead.
int accepts_that_succeed = 1'000'000;
int accepts_refused      = 0;

}  // namespace

extern "C" int accept4(int listener, sockaddr* from, socklen_t* size, int flags) {
  if (accepts_that_succeed == 0) {
    ++accepts_refused;
    errno = EMFILE;
    return -1;
  }
  const auto got = static_cast<int>(::syscall(SYS_accept4, listener, from, size, flags));
  if (got >= 0) --accepts_that_succeed;
  return got;
}

// The portable calls use it.
extern "C" int accept(int listener, sockaddr* from, socklen_t* size) {
  return ::accept4(listener, from, size, 0);
}

namespace adieu::tests {
namespace {

using asio::awaitable;

class restraint : public connection_test {
 protected:
  /// Runs for a while and tells how many handlers that took: a spin takes many thousands.
  std::size_t handlers_in(std::chrono::milliseconds time) {
    io->restart();
    return io->run_for(time);
  }
  std::optional<raw_peer> peer_;
  /// A raw client of our server that has opened.
  void open_raw_client(int receive_buffer = 0) {
    spawn([this, receive_buffer]() -> awaitable<void> {
      raw_peer p = co_await raw_peer::connect(server_->port(), receive_buffer);
      co_await p.ask_to_open();
      peer_.emplace(std::move(p));
    });
    run_until([&] { return peer_ && server_->connections() == 1; });
  }
  template <typename Script>
  void play(Script script) {
    bool over = false;
    spawn([&]() -> awaitable<void> {
      co_await script();
      over = true;
    });
    run_until([&] { return over; });
  }
  void finish() {
    if (peer_) peer_->close();
    server_->for_each([](websocket& ws) { ws.terminate(); });
    run_until([&] { return server_->connections() == 0; });
    stop_server();
    run();
  }
};

constexpr std::size_t few = 1000;

TEST_F(restraint, no_spin_while_paused_with_unread_bytes_and_the_peer_gone) {
  serve({}, {.on_open = [](websocket& ws) { ws.pause_reading(); }});
  open_raw_client();
  play([&]() -> awaitable<void> {
    co_await peer_->send(raw_text("unread", true));
    peer_->end_sending();
  });
  EXPECT_LT(handlers_in(300ms), few);
  EXPECT_EQ(server_->connections(), 1u);
  EXPECT_TRUE(lives("server 1").messages.empty());
  finish();
}

TEST_F(restraint, no_spin_while_output_is_blocked) {
  serve();
  open_raw_client(4096);
  server_->for_each([](websocket& ws) { ws.send(std::string(10'000'000, 'x')); });
  handlers_in(50ms);
  EXPECT_LT(handlers_in(300ms), few);
  server_->for_each([](websocket& ws) { EXPECT_GT(ws.buffered_amount(), 1'000'000u); });
  finish();
}

TEST_F(restraint, no_spin_while_a_closing_reply_is_kept_and_the_peer_has_ended_its_stream) {
  std::optional<closing_reply> kept;
  serve({}, {.on_closing = [&](websocket&, closing_reply r) { kept.emplace(std::move(r)); }});
  open_raw_client();
  play([&]() -> awaitable<void> {
    co_await peer_->send(raw_close(1000, "", true));
    peer_->end_sending();
  });
  run_until([&] { return kept.has_value(); });
  EXPECT_LT(handlers_in(300ms), few);
  kept->send("last");
  kept.reset();
  play([&]() -> awaitable<void> {
    const sighting saw = co_await peer_->read_to_end();
    EXPECT_EQ(saw.frames.size(), 2u);
    EXPECT_EQ(saw.last_close(), 1000);
  });
  finish();
}

TEST_F(restraint, no_spin_while_an_opening_reply_is_kept_and_the_client_has_ended_its_stream) {
  std::optional<opening_reply> kept;
  serve({}, {.on_opening = [&](const opening_request&, opening_reply r) {
          kept.emplace(std::move(r));
        }});
  play([&]() -> awaitable<void> {
    peer_.emplace(co_await raw_peer::connect(server_->port()));
    co_await peer_->send(raw_peer::request());
    peer_->end_sending();
  });
  run_until([&] { return kept.has_value(); });
  EXPECT_LT(handlers_in(300ms), few);
  kept.reset();
  play([&]() -> awaitable<void> {
    const std::string head = co_await peer_->read_head();
    EXPECT_EQ(head.substr(0, 12), "HTTP/1.1 503");
    EXPECT_EQ((co_await peer_->read_to_end()).end, stream_end::fin);
  });
  finish();
}

TEST_F(restraint, no_spin_while_a_flooding_peer_is_no_longer_read) {
  connection_options options = in_a_hurry(700ms);
  serve({.connection = options});
  open_raw_client();
  bool sent = false;
  spawn([&]() -> awaitable<void> {
    co_await peer_->send(raw_text("unmasked", false) + std::string(40'000'000, 'y'));
    sent = true;
  });
  handlers_in(150ms);
  EXPECT_LT(handlers_in(300ms), few);
  EXPECT_EQ(server_->connections(), 1u);
  EXPECT_FALSE(sent);
  finish();
}

// --- openings that do not come ---

class turns : public restraint {
 protected:
  /// One sends 5,000 messages, `then` does something, another sends one, all at the same time. How
  /// many of the 5,000 the server had taken when it took the other's.
  std::size_t taken_before_the_other(void (*then)(raw_peer&)) {
    std::optional<raw_peer> other;
    std::string order, flood;
    for (int n = 0; n < 5000; ++n) flood += raw_text("f", true);
    serve({}, {.on_message = [&](websocket&, message_view message) {
            order += message.text();
            if (message.text() != "both!") return;
            peer_->send_now(flood);  // within this turn: in the next both are readable
            then(*peer_);
            other->send_now(raw_text("o", true));
          }});
    open_raw_client();
    play([&]() -> awaitable<void> {
      other.emplace(co_await raw_peer::connect(server_->port()));
      co_await other->ask_to_open();
      co_await peer_->send(raw_text("both!", true));
    });
    run_until([&] { return order.size() == 5 + 5000 + 1; });
    other->close();
    finish();
    return order.rfind('o') - 5;
  }
};

TEST_F(turns, one_that_floods_with_small_messages_leaves_the_others_theirs) {
  EXPECT_LT(taken_before_the_other([](raw_peer&) {}), 4000u);
}

TEST_F(turns, one_that_floods_and_is_gone_leaves_the_others_theirs) {
  EXPECT_LT(taken_before_the_other([](raw_peer& flooder) { flooder.reset(); }), 4000u);
}

TEST_F(restraint, a_client_that_stops_in_its_request_gets_408) {
  std::vector<refusal> refused;
  serve({.connection = in_a_hurry_to_open()},
        {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_peer::connect(server_->port());
    co_await peer.send("GET / HTTP/1.1\r\nHost");
    const std::string head = co_await peer.read_head();
    EXPECT_EQ(head.substr(0, 12), "HTTP/1.1 408");
    EXPECT_EQ((co_await peer.read_to_end()).end, stream_end::fin);
  });
  run_until([&] { return refused.size() == 1; });
  EXPECT_EQ(refused[0].status, 408);
  finish();
}

TEST_F(restraint, a_client_that_trickles_its_request_is_not_given_more_time) {
  int refused = 0;
  serve({.connection = in_a_hurry_to_open()}, {.on_refused = [&](const refusal&) { ++refused; }});
  const auto began = std::chrono::steady_clock::now();
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_peer::connect(server_->port());
    for (char c : raw_peer::request()) {
      if (refused != 0) break;
      co_await peer.send(std::string(1, c));
      co_await pass(20ms);
    }
  });
  EXPECT_EQ(refused, 1);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
  finish();
}

TEST_F(restraint, silent_sockets_are_dropped) {
  std::vector<refusal> refused;
  serve({.connection = in_a_hurry_to_open()},
        {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  constexpr int many = 300;
  std::vector<tcp::socket> all;
  int ended = 0;
  for (int i = 0; i < many; ++i) {
    all.emplace_back(*io).connect({asio::ip::address_v4::loopback(), server_->port()});
  }
  for (tcp::socket& s : all)
    s.async_wait(tcp::socket::wait_read, [&](boost::system::error_code ec) { ended += !ec; });
  run_until([&] { return ended == many && refused.size() == many; });
  EXPECT_EQ(refused[0].cause, cause::opening_timed_out);
  EXPECT_EQ(refused[0].status, 0);
  finish();
}

TEST_F(restraint, a_server_that_never_answers_times_the_opening_out) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, url_of(acceptor), {.connection = in_a_hurry_to_open()},
               client_handlers("client"));
  run_until([&] { return ws.closed() != nullptr; });
  EXPECT_EQ(ws.closed()->cause, cause::opening_timed_out);
  EXPECT_EQ(ws.closed()->phase, over_tls() ? phase::tls : phase::opening);
  EXPECT_EQ(ws.closed()->initiator, initiator::none);
  acceptor.close();
  run();
}

// --- the process ---

std::set<int> descriptors() {
  std::set<int> all;
  DIR* dir = ::opendir("/proc/self/fd");
  while (const dirent* e = ::readdir(dir))
    if (e->d_name[0] != '.') all.insert(std::atoi(e->d_name));
  all.erase(::dirfd(dir));
  ::closedir(dir);
  return all;
}

TEST_F(restraint, every_descriptor_closes_on_exec) {
  const std::set<int> before = descriptors();
  auto context               = std::make_unique<asio::io_context>();
  server s(*context);
  websocket ws(*context, "ws://127.0.0.1:" + std::to_string(s.port()) + "/");
  while (ws.state() != ready_state::open || s.connections() == 0) context->run_one_for(10ms);
  int sockets = 0;
  for (int fd : descriptors()) {
    if (before.count(fd) != 0) continue;
    ++sockets;
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << fd;
  }
  EXPECT_GE(sockets, 3);
}

using restraint_death = restraint;

TEST_F(restraint_death, a_peer_that_has_reset_raises_no_sigpipe) {
  const auto child = [] {
    std::signal(SIGPIPE, SIG_DFL);
    asio::io_context context;
    int closed = 0;
    server s(context, {.tls = over_tls() ? &test_server_context() : nullptr},
             {.on_message =
                  [](websocket& ws, message_view) {
                    for (int i = 0; i < 50; ++i) ws.send(std::string(200'000, 'x'));
                  },
              .on_close = [&](websocket&, const close_event&) { ++closed; }});
    asio::co_spawn(
        context,
        [&]() -> awaitable<void> {
          for (int i = 0; i < 10; ++i) {
            raw_peer peer = co_await raw_peer::connect(s.port());
            co_await peer.ask_to_open();
            co_await peer.send(raw_text("go", true));
            peer.reset();
          }
        },
        asio::detached);
    for (int i = 0; i < 3000 && closed < 10; ++i) context.run_one_for(10ms);
    ::_exit(closed == 10 ? 0 : 1);
  };
  EXPECT_EXIT(child(), ::testing::ExitedWithCode(0), "");
}

TEST_F(restraint, a_server_without_descriptors_waits_and_goes_on) {
  serve();
  std::vector<raw_peer> clients;
  for (int i = 0; i < 20; ++i)
    spawn([&]() -> awaitable<void> {
      raw_peer peer = co_await raw_peer::connect(server_->port());
      co_await peer.send(raw_peer::request());
      clients.push_back(std::move(peer));
    });
  accepts_that_succeed = 5;
  EXPECT_LT(handlers_in(400ms), few);
  EXPECT_EQ(server_->connections(), 5u);
  EXPECT_GE(accepts_refused, 2) << "it did not try again";
  EXPECT_LE(accepts_refused, 20) << "it tries without a pause";
  accepts_that_succeed = 1'000'000;
  run_until([&] { return server_->connections() == 20; });
  clients.clear();
  finish();
}

}  // namespace
}  // namespace adieu::tests
