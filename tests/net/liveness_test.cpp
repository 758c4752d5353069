// Who is alive: a peer whose kernel acknowledges and whose program hangs is given up, one that
// reads slowly is not; and what a slow reader still gets when its connection is closed.
#include "ledger.hpp"
#include "net/time_asleep.hpp"
#include "net/transport_look.hpp"
#include "raw_peer.hpp"

#include <boost/asio/steady_timer.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <thread>
#include <utility>

namespace adieu::tests {
namespace {

using asio::awaitable;

class liveness : public connection_test {
 protected:
  static connection_options soon(std::chrono::milliseconds each = 300ms) {
    connection_options o;
    o.deadlines.ping_after  = each;
    o.deadlines.pong_within = each;
    return o;
  }
  awaitable<raw_peer> raw_client(int receive_buffer = 0) {
    raw_peer peer = co_await raw_peer::connect(server_->port(), receive_buffer);
    co_await peer.ask_to_open();
    co_return peer;
  }
  /// Sends a little on every connection of the server, for ever.
  void tick() {
    ticker_.expires_after(20ms);
    ticker_.async_wait([this](error_code cancelled) {
      if (cancelled || !server_) return;
      server_->for_each([](websocket& ws) { ws.send("tick"); });
      tick();
    });
  }
  const close_event& server_event() { return lives("server 1").event; }
  template <typename Script>
  void play(Script script) {
    spawn([this, script = std::move(script)]() mutable -> awaitable<void> {
      co_await script();
      over_ = true;
    });
    run_until([&] { return over_ && (!server_ || server_->connections() == 0); });
    ticker_.cancel();
    stop_server();
    run();
  }

  asio::steady_timer ticker_{*io};
  bool over_ = false;
};

TEST_F(liveness, of_a_peer_that_hangs_is_not_proved_by_what_we_send_to_it) {
  serve({.connection = soon()});
  std::optional<raw_peer> peer;
  tick();
  play([&]() -> awaitable<void> {
    peer.emplace(co_await raw_client());
    // It reads nothing, answers nothing, and its kernel acknowledges all.
    while (server_->connections() != 0) co_await pass(20ms);
    // What is on its way still arrives.
    const sighting saw = co_await peer->read_to_end();
    EXPECT_EQ(saw.last_close(), 1011);
  });
  EXPECT_EQ(server_event().cause, cause::keepalive_timed_out);
  EXPECT_EQ(server_event().phase, phase::open);
}

TEST_F(liveness, of_a_peer_that_answers_pings_goes_on_while_we_send) {
  serve({.connection = soon(200ms)});
  tick();
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client();
    for (int pings = 0; pings < 6;) {
      const sighting saw = co_await peer.read_frames(1);
      EXPECT_EQ(saw.end, stream_end::none);
      if (saw.count(9) == 0) continue;
      ++pings;
      co_await peer.send(raw_frame(0x8a, "", true));
    }
    co_await peer.send(raw_close(1000, "", true));
    co_await peer.read_to_end();
  });
  EXPECT_TRUE(server_event().was_clean);
}

TEST_F(liveness, of_a_peer_that_talks_and_never_reads_ends_with_its_window) {
  auto options         = soon();
  options.max_buffered = 0;
  serve({.connection = options},
        {.on_open = [](websocket& ws) { ws.send(std::string(64 << 20, 'x')); }});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client(64 * 1024);
    while (server_->connections() != 0) {
      co_await pass(50ms);
      co_await peer.send(raw_text("x", true));
    }
  });
  EXPECT_EQ(server_event().cause, cause::keepalive_timed_out);
  EXPECT_EQ(server_event().unsent_messages, 1u);
  ASSERT_TRUE(server_event().unacknowledged_bytes);
  EXPECT_GT(*server_event().unacknowledged_bytes, 0u);
}

TEST_F(liveness, of_a_slow_reader_lasts_while_it_reads) {
  auto options         = soon(600ms);
  options.max_buffered = 0;
  serve({.connection = options},
        {.on_open = [](websocket& ws) { ws.send(std::string(24 << 20, 'x')); }});
  play([&]() -> awaitable<void> {
    raw_peer peer    = co_await raw_client();
    std::size_t read = 0;
    for (int i = 0; i < 60; ++i) {  // three seconds, in which no ping can be answered
      read += (co_await peer.read_some()).size();
      co_await pass(50ms);
      EXPECT_EQ(server_->connections(), 1u);
    }
    EXPECT_LT(read, std::size_t{24} << 20) << "too fast to show anything";
    peer.reset();
  });
  EXPECT_EQ(server_event().cause, cause::reset);
}

TEST_F(liveness, of_a_paused_connection_is_what_the_peers_kernel_acknowledges) {
  serve({.connection = soon(200ms)}, {.on_open = [](websocket& ws) { ws.pause_reading(); }});
  play([&]() -> awaitable<void> {
    raw_peer peer      = co_await raw_client();
    const sighting saw = co_await peer.read_frames(4);
    EXPECT_EQ(saw.count(9), 4u) << "pings, for those that watch our silence";
    EXPECT_EQ(server_->connections(), 1u);
    server_->for_each([](websocket& ws) { ws.resume_reading(); });
    // Now it has to answer, and does not.
    co_await peer.read_to_end();
  });
  EXPECT_EQ(server_event().cause, cause::keepalive_timed_out);
}

TEST_F(liveness, of_all_kinds_is_off_with_ping_after_0) {
  auto options                 = soon();
  options.deadlines.ping_after = 0ms;
  options.max_buffered         = 0;
  serve({.connection = options},
        {.on_open = [](websocket& ws) { ws.send(std::string(24 << 20, 'x')); }});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client();
    co_await pass(1500ms);
    EXPECT_EQ(server_->connections(), 1u);
    peer.reset();
  });
  EXPECT_EQ(server_event().cause, cause::reset);
}

// --- closing a slow reader ---

TEST_F(liveness, of_a_slow_reader_gives_it_all_before_the_close_is_given_up) {
  connection_options options;
  options.deadlines.flushing       = 500ms;
  options.deadlines.awaiting_close = 500ms;
  options.max_buffered             = 0;
  constexpr std::size_t size       = 12 << 20;
  serve({.connection = options}, {.on_open = [](websocket& ws) {
          ws.send(std::string(size, 'x'));
          ws.close(4000, "all sent");
        }});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client();
    std::string all;
    std::size_t next = 256 * 1024;
    for (;;) {
      const std::string some = co_await peer.read_some();
      if (some.empty()) break;
      all += some;
      if (all.size() >= size + 10 && all.ends_with("all sent")) break;
      if (all.size() < next) continue;
      next += 256 * 1024;
      co_await pass(50ms);
    }
    EXPECT_TRUE(all.ends_with("all sent")) << all.size();
    co_await peer.send(raw_close(4000, "", true));
    co_await peer.read_to_end();
  });
  EXPECT_TRUE(server_event().was_clean);
  EXPECT_EQ(server_event().unacknowledged_bytes, 0u);
}

TEST_F(liveness, of_a_slow_reader_that_sends_does_not_cost_it_what_is_on_its_way) {
  connection_options options;
  options.deadlines.awaiting_close = 300ms;
  options.deadlines.ending         = 1500ms;
  options.deadlines.closing        = 2s;
  options.max_buffered             = 0;
  constexpr std::size_t size       = 1 << 20;  // the kernel takes all of it
  serve({.connection = options}, {.on_open = [](websocket& ws) {
          ws.send(std::string(size, 'x'));
          ws.close(4000, "all sent");
        }});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client();
    // It reads nothing and sends its heartbeat, until long after the deadline.
    for (int i = 0; i < 20; ++i) {
      co_await peer.send(raw_frame(0x89, "beat", true));
      co_await pass(50ms);
    }
    const sighting saw = co_await peer.read_to_end();
    EXPECT_EQ(saw.end, over_tls() ? stream_end::truncated : stream_end::fin) << "no reset";
    EXPECT_EQ(saw.last_close(), 4000);
    EXPECT_EQ(saw.frames.empty() ? 0 : saw.frames[0].payload.size(), size);
  });
  EXPECT_EQ(server_event().cause, cause::closing_timed_out);
  EXPECT_EQ(server_event().phase, phase::awaiting_close);
}

TEST_F(liveness, of_a_peer_is_not_measured_while_this_process_did_not_look) {
  connection_options options;
  options.deadlines.flushing       = 500ms;
  options.deadlines.awaiting_close = 500ms;
  options.max_buffered             = 0;
  serve({.connection = options}, {.on_open = [](websocket& ws) {
          ws.send(std::string(12 << 20, 'x'));
          ws.close(4000, "all sent");
          std::this_thread::sleep_for(1200ms);  // a handler that takes long, or SIGSTOP
        }});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client();
    EXPECT_EQ((co_await peer.read_frames(2)).last_close(), 4000);
    co_await peer.send(raw_close(4000, "", true));
    co_await peer.read_to_end();
  });
  EXPECT_TRUE(server_event().was_clean);
}

// --- after sleep ---

std::chrono::nanoseconds slept{};

TEST_F(liveness, is_asked_for_at_once_when_the_machine_has_slept) {
  const auto by_the_system = std::exchange(
      net::time_asleep, +[]() noexcept { return slept; });
  serve({.connection = soon(60s)}, {.on_message = [](websocket&, message_view) {}});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client();
    co_await pass(400ms);
    slept += 10min;
    co_await peer.send(raw_text("wakes the loop", true));
    const sighting saw = co_await peer.read_frames(1);
    EXPECT_EQ(saw.count(9), 1u);
    co_await peer.send(raw_close(1000, "", true));
    co_await peer.read_to_end();
  });
  net::time_asleep = by_the_system;
  EXPECT_TRUE(server_event().was_clean);
}

// --- what the system tells ---

TEST_F(liveness, has_tcp_give_up_later_than_we_do) {
  serve({.connection = soon(1s)});
  const auto timeout_of = [](int fd) {
    unsigned value = 0;
    socklen_t size = sizeof value;
    ::getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &size);
    return value;
  };
  // An accepted socket has it from the listening one.
  tcp::acceptor here = listen_here(*io);
  net::set_user_timeout(here.native_handle(), 70'000);
  tcp::socket a(*io);
  a.connect(here.local_endpoint());
  const tcp::socket b = here.accept();
  EXPECT_EQ(timeout_of(const_cast<tcp::socket&>(b).native_handle()), 70'000u);
  stop_server();
  run();
}

TEST_F(liveness, knows_what_was_not_acknowledged_after_a_reset_too) {
  tcp::acceptor here = listen_here(*io);
  tcp::socket a(*io);
  a.connect(here.local_endpoint());
  tcp::socket b = here.accept();
  EXPECT_EQ(net::unacknowledged_bytes(a.native_handle()), 0u);
  a.non_blocking(true);
  error_code full;
  std::size_t sent = 0;
  const std::string block(1 << 20, 'x');
  while (!full) sent += a.write_some(asio::buffer(block), full);
  const auto before = net::unacknowledged_bytes(a.native_handle());
  ASSERT_TRUE(before);
  EXPECT_GT(*before, 0u);
  EXPECT_LT(*before, sent);
  const auto look = net::look_at_transport(a.native_handle());
  EXPECT_TRUE(look.tells_acknowledged && look.tells_window);
  EXPECT_EQ(look.acknowledged + look.unacknowledged, sent);
  b.set_option(asio::socket_base::linger(true, 0));
  b.close();
  const auto after = net::unacknowledged_bytes(a.native_handle());
  ASSERT_TRUE(after);
  EXPECT_NEAR(static_cast<double>(*after), static_cast<double>(*before), 1 << 20);
  EXPECT_GT(*after, 0u);
}

}  // namespace
}  // namespace adieu::tests
