// Endings as they go over the wire: who ends TCP, that no RST destroys the last bytes, that slow
// and hostile readers still get our Close.
#include "ledger.hpp"
#include "net/poller.hpp"
#include "raw_peer.hpp"

#include <optional>

namespace adieu::tests {
namespace {

using asio::awaitable;

class endings : public connection_test {
 protected:
  /// A raw client of our server, opened.
  awaitable<raw_peer> raw_client(int receive_buffer = 0) {
    raw_peer peer = co_await raw_peer::connect(server_->port(), receive_buffer);
    co_await peer.ask_to_open();
    co_return peer;
  }
  const close_event& server_event() { return lives("server 1").event; }
  /// Runs the script to its end, then until our server has no connection left.
  template <typename Script>
  void play(Script script) {
    spawn([this, script = std::move(script)]() mutable -> awaitable<void> {
      co_await script();
      over_ = true;
    });
    run_until([&] { return over_ && (!server_ || server_->connections() == 0); });
    stop_server();
    run();
  }
  bool over_ = false;
};

const server_options hurried{.connection = in_a_hurry()};
// Whoever waits for its deadline is not there in time.
const server_options prompt{.connection = {.deadlines = {.ending = 600s}}};

TEST_F(endings, server_that_closes_ends_the_stream_first_and_without_rst) {
  serve(prompt, {.on_open = [](websocket& ws) { ws.close(4000, "bye"); }});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client();
    sighting saw  = co_await peer.read_frames(1);
    EXPECT_EQ(saw.last_close(), 4000);
    EXPECT_EQ(saw.end, stream_end::none) << "the stream ends only behind the peer's Close";
    co_await peer.send(raw_close(4000, "", true));
    saw = co_await peer.read_to_end();
    EXPECT_TRUE(saw.frames.empty());
    EXPECT_EQ(saw.end, stream_end::fin);
  });
  EXPECT_TRUE(server_event().was_clean);
  EXPECT_EQ(server_event().cause, cause::completed);
}

TEST_F(endings, server_that_is_closed_answers_and_ends_the_stream_first) {
  serve(prompt);
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client();
    co_await peer.send(raw_close(4010, "reason", true));
    const sighting saw = co_await peer.read_to_end();
    EXPECT_EQ(saw.frames.size(), 1u);
    EXPECT_EQ(saw.last_close(), 4010);
    EXPECT_EQ(saw.end, stream_end::fin);
  });
  EXPECT_TRUE(server_event().was_clean);
  EXPECT_EQ(server_event().code, 4010);
  EXPECT_EQ(server_event().initiator, initiator::remote);
}

TEST_F(endings, client_waits_for_the_servers_end_of_stream) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, url_of(acceptor), {.connection = in_a_hurry(1000ms)},
               client_handlers("client", {.on_open = [](websocket& w) { w.close(); }}));
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_peer::accept(acceptor);
    co_await peer.let_open();
    EXPECT_EQ((co_await peer.read_frames(1)).last_close(), 1000);
    co_await peer.send(raw_close(1000, "", false));
    co_await pass(60ms);
    EXPECT_EQ(ws.closed(), nullptr);
    peer.end_sending();
    const sighting saw = co_await peer.read_to_end();
    EXPECT_TRUE(saw.frames.empty() && saw.rest.empty());
    EXPECT_EQ(saw.end, stream_end::fin);
  });
  EXPECT_TRUE(lives("client").event.was_clean);
  EXPECT_LT(lives("client").event.time_closing, 900ms);
}

TEST_F(endings, clean_stays_clean_if_the_peer_never_ends_its_stream) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, url_of(acceptor), {.connection = in_a_hurry()},
               client_handlers("client", {.on_open = [](websocket& w) { w.close(); }}));
  serve(hurried, {.on_open = [](websocket& w) { w.close(); }});
  play([&]() -> awaitable<void> {
    raw_peer served = co_await raw_peer::accept(acceptor);
    co_await served.let_open();
    co_await served.send(raw_close(1000, "", false));
    raw_peer asking = co_await raw_client();
    co_await asking.send(raw_close(1000, "", true));
    while (!ws.closed() || server_->connections() != 0) co_await pass(5ms);
    EXPECT_EQ((co_await asking.read_to_end()).end, stream_end::fin);
  });
  EXPECT_TRUE(lives("client").event.was_clean);
  EXPECT_TRUE(server_event().was_clean);
  EXPECT_EQ(server_event().phase, phase::ending);
}

// One turn of the loop brings the first client a message, in whose handler the second is closed,
// and then the second its answer.
TEST_F(endings, client_that_gives_up_an_opening_is_not_opened_by_an_answer_that_is_there_already) {
  tcp::acceptor acceptor = listen_here(*io);
  std::optional<websocket> second;
  bool is_first_told_first = false;
  websocket first(*io, url_of(acceptor), {.connection = in_a_hurry()},
                  client_handlers("first", {.on_message = [&](websocket& w, message_view) {
                                    is_first_told_first =
                                        second->state() == ready_state::connecting;
                                    EXPECT_FALSE(second->close());
                                    w.terminate();
                                  }}));
  play([&]() -> awaitable<void> {
    raw_peer one = co_await raw_peer::accept(acceptor);
    co_await one.let_open();
    second.emplace(*io, url_of(acceptor), websocket_options{.connection = in_a_hurry()},
                   client_handlers("second"));
    raw_peer two             = co_await raw_peer::accept(acceptor);
    const std::string answer = raw_peer::answer(co_await two.read_head());
    one.send_now(raw_text("give it up", false));
    two.send_now(answer);
    co_await two.read_to_end();
  });
  // Of two that are ready together Asio's own waits may tell the other one first.
  if (!is_first_told_first && net::preferred_poller() != net::make_epoll_poller)
    GTEST_SKIP() << "this poller has told of the answer first";
  EXPECT_EQ(lives("second").opened, 0);
  EXPECT_EQ(lives("second").event.cause, cause::abandoned);
}

struct flood {
  std::string first;
  std::uint16_t code;
  cause why;
};
class flooded_endings : public endings, public ::testing::WithParamInterface<int> {};

TEST_P(flooded_endings, a_peer_that_goes_on_sending_still_reads_our_close) {
  const flood f =
      GetParam() == 1002
          ? flood{raw_text("unmasked", false), 1002, cause::protocol_violation}
          : flood{raw_frame(0x82, std::string(2'000'000, 'x'), true), 1009, cause::message_too_big};
  connection_options options = in_a_hurry();
  options.max_message        = 1000;
  serve({.connection = options});
  play([&]() -> awaitable<void> {
    raw_peer peer    = co_await raw_client();
    bool still_sends = true;
    asio::co_spawn(
        *io,
        [&]() -> awaitable<void> {
          co_await peer.send(f.first + std::string(26'000'000, 'y'));
          still_sends = false;
        },
        asio::detached);
    const sighting saw = co_await peer.read_frames(1);
    EXPECT_EQ(saw.last_close(), f.code);
    EXPECT_NE(saw.end, stream_end::reset);
    peer.close();
    while (still_sends) co_await pass(1ms);
  });
  EXPECT_FALSE(server_event().was_clean);
  EXPECT_EQ(server_event().cause, f.why);
  EXPECT_EQ(server_event().code, 1006);
}
INSTANTIATE_TEST_SUITE_P(each, flooded_endings, ::testing::Values(1002, 1009));

TEST_F(endings, a_slow_reader_gets_every_byte_that_was_queued_and_then_our_close) {
  connection_options options = in_a_hurry(1s);
  options.max_buffered       = 0;
  options.deadlines.closing  = 60s;
  serve({.connection = options}, {.on_open = [](websocket& ws) {
          for (int i = 0; i < 20; ++i) ws.send(std::string(1'000'000, static_cast<char>('a' + i)));
          ws.close(4000, "all");
        }});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client(8192);
    for (int i = 0; i < 20; ++i) {
      const sighting saw = co_await peer.read_frames(1);
      EXPECT_EQ(saw.frames.size(), 1u) << i;
      if (saw.frames.empty()) co_return;
      EXPECT_TRUE(saw.frames[0].payload == std::string(1'000'000, static_cast<char>('a' + i))) << i;
      co_await pass(60ms);
    }
    EXPECT_EQ((co_await peer.read_frames(1)).last_close(), 4000);
    co_await peer.send(raw_close(4000, "", true));
    EXPECT_EQ((co_await peer.read_to_end()).end, stream_end::fin);
  });
  EXPECT_TRUE(server_event().was_clean);
  EXPECT_EQ(server_event().unsent_messages, 0u);
}

TEST_F(endings, the_peers_close_and_its_end_of_stream_do_not_cut_off_what_is_queued) {
  serve({}, {.on_open = [](websocket& ws) { ws.send(std::string(6'000'000, 'x')); }});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client(8192);
    co_await peer.send(raw_close(1000, "", true));
    peer.end_sending();
    co_await pass(50ms);
    const sighting saw = co_await peer.read_to_end();
    EXPECT_EQ(saw.frames.size(), 2u);
    EXPECT_EQ(saw.last_close(), 1000);
    EXPECT_EQ(saw.end, stream_end::fin);
  });
  EXPECT_TRUE(server_event().was_clean);
}

TEST_F(endings, a_message_a_close_and_the_end_of_stream_in_one_segment_all_count) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, url_of(acceptor), client_handlers("client"));
  serve(hurried);
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_peer::accept(acceptor);
    co_await peer.let_open(raw_text("last", false) + raw_close(4001, "bye", false));
    peer.end_sending();
    EXPECT_EQ((co_await peer.read_to_end()).last_close(), 4001);
    raw_peer asking = co_await raw_client();
    co_await asking.send(raw_text("last", true) + raw_close(4001, "bye", true));
    asking.end_sending();
    EXPECT_EQ((co_await asking.read_to_end()).last_close(), 4001);
  });
  for (const char* who : {"client", "server 1"}) {
    EXPECT_EQ(lives(who).messages.size(), 1u) << who;
    EXPECT_EQ(lives(who).event.code, 4001) << who;
    EXPECT_EQ(lives(who).event.reason, "bye") << who;
    EXPECT_TRUE(lives(who).event.was_clean) << who;
  }
}

TEST_F(endings, a_close_that_lies_unread_behind_a_write_error_counts) {
  serve(hurried, {.on_open = [](websocket& ws) { ws.pause_reading(); }});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client();
    server_->for_each([](websocket& ws) { ws.send("nobody reads this"); });
    co_await pass(30ms);
    co_await peer.send(raw_text("unread", true) + raw_close(4001, "bye", true));
    co_await pass(30ms);
    peer.close();  // with unread bytes: an RST
    co_await pass(30ms);
    server_->for_each([](websocket& ws) { ws.send("into the void"); });
  });
  EXPECT_EQ(server_event().code, 4001);
  EXPECT_EQ(lives("server 1").messages.size(), 1u);
  EXPECT_FALSE(server_event().was_clean);
  EXPECT_EQ(server_event().cause, cause::reset);
  EXPECT_EQ(server_event().initiator, initiator::remote);
}

TEST_F(endings, a_reset_that_a_write_is_told_of_first_is_a_reset) {
  std::optional<raw_peer> peer;
  serve(hurried, {.on_message = [&](websocket& ws, message_view) {
          peer->reset();
          ws.send("into the void");
        }});
  play([&]() -> awaitable<void> {
    peer.emplace(co_await raw_client());
    co_await peer->send(raw_text("now", true));
    while (server_->connections() != 0) co_await pass(1ms);
  });
  EXPECT_EQ(server_event().cause, cause::reset) << explain(server_event());
  EXPECT_EQ(server_event().error, error_code(asio::error::connection_reset));
  EXPECT_EQ(server_event().phase, phase::open);
}

// --- deadlines, both roles at once ---

class deadlines_of_a_closing : public endings {
 protected:
  /// Our client with a raw server, and our server with a raw client; both of ours act on open.
  void both(void (*on_open)(websocket&), connection_options options,
            awaitable<void> (*peer)(raw_peer&, bool masked)) {
    tcp::acceptor acceptor = listen_here(*io);
    websocket ws(*io, url_of(acceptor), {.connection = options},
                 client_handlers("client", {.on_open = on_open}));
    serve({.connection = options}, {.on_open = on_open});
    play([&]() -> awaitable<void> {
      raw_peer served = co_await raw_peer::accept(acceptor);
      co_await served.let_open();
      raw_peer asking = co_await raw_client();
      co_await peer(served, false);
      co_await peer(asking, true);
      while (!ws.closed() || server_->connections() != 0) co_await pass(5ms);
    });
  }
  void expect_both(cause why, phase at, initiator who, std::uint16_t code = 1006) {
    for (const char* who_ended : {"client", "server 1"}) {
      const close_event& e = lives(who_ended).event;
      EXPECT_EQ(e.cause, why) << explain(e);
      EXPECT_EQ(e.phase, at) << explain(e);
      EXPECT_EQ(e.initiator, who) << explain(e);
      EXPECT_EQ(e.code, code) << explain(e);
      EXPECT_FALSE(e.was_clean) << explain(e);
    }
  }
};

TEST_F(deadlines_of_a_closing, a_close_that_is_not_answered) {
  both([](websocket& ws) { ws.close(); }, in_a_hurry(),
       [](raw_peer&, bool) -> awaitable<void> { co_return; });
  expect_both(cause::closing_timed_out, phase::awaiting_close, initiator::local);
}

TEST_F(deadlines_of_a_closing, a_peer_that_does_not_read) {
  both(
      [](websocket& ws) {
        ws.send(std::string(16'000'000, 'x'));
        ws.close();
      },
      in_a_hurry(), [](raw_peer&, bool) -> awaitable<void> { co_return; });
  expect_both(cause::closing_timed_out, phase::flushing, initiator::local);
  EXPECT_EQ(lives("client").event.unsent_messages, 1u);
  EXPECT_GT(lives("client").event.unsent_bytes, 0u);
}

TEST_F(deadlines_of_a_closing, a_peer_that_ends_instead_of_answering) {
  both([](websocket& ws) { ws.close(); }, in_a_hurry(),
       [](raw_peer& p, bool) -> awaitable<void> {
         co_await p.read_frames(1);
         p.end_sending();
       });
  expect_both(cause::peer_vanished, phase::awaiting_close, initiator::local);
}

TEST_F(deadlines_of_a_closing, keepalive_on_a_black_hole) {
  connection_options options    = in_a_hurry();
  options.deadlines.ping_after  = 100ms;
  options.deadlines.pong_within = 100ms;
  both([](websocket&) {}, options,
       [](raw_peer& p, bool) -> awaitable<void> {
         const sighting saw = co_await p.read_frames(2);
         EXPECT_EQ(saw.count(9), 1u);
         EXPECT_EQ(saw.last_close(), 1011);
       });
  expect_both(cause::keepalive_timed_out, phase::open, initiator::local);
}

TEST_F(deadlines_of_a_closing, keepalive_is_content_with_any_byte) {
  connection_options options    = in_a_hurry();
  options.deadlines.ping_after  = 400ms;
  options.deadlines.pong_within = 400ms;
  serve({.connection = options});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client();
    for (char c : raw_text("twelve bytes", true)) {
      co_await peer.send(std::string(1, c));
      co_await pass(100ms);
    }
    EXPECT_EQ(server_->connections(), 1u);
    co_await peer.send(raw_close(1000, "", true));
    EXPECT_EQ((co_await peer.read_to_end()).last_close(), 1000);
  });
  EXPECT_TRUE(server_event().was_clean);
  EXPECT_EQ(lives("server 1").messages.size(), 1u);
}

}  // namespace
}  // namespace adieu::tests
