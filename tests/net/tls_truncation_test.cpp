// A stream over TLS cut after every byte of its ciphertext, on both roles and in both versions:
// never reported as clean unless both Close frames are through, and told apart from an end that the
// peer announced (close_notify). [RFC 8446 6.1]
#include "tls_peers.hpp"

#include <algorithm>

namespace adieu::tests {
namespace {

using asio::awaitable;

std::string frames_of(bool masked) {
  return raw_text("one", masked) + raw_frame(0x02, "tw", masked) + raw_frame(0x80, "o", masked);
}

class tls_truncation : public tls_test, public ::testing::WithParamInterface<int> {
 protected:
  /// `whole`: all of the frames had come, without a Close.
  static void judge(const life& l, std::size_t n, bool whole) {
    const close_event& e = l.event;
    EXPECT_FALSE(e.was_clean) << n << ": " << explain(e);
    EXPECT_EQ(e.cause, cause::tls_truncated) << n << ": " << explain(e);
    EXPECT_EQ(e.code, 1006) << n;
    EXPECT_EQ(e.initiator, initiator::none) << n;
    EXPECT_EQ(e.phase, phase::open) << n;
    EXPECT_FALSE(e.sent || e.received) << n;
    if (whole) {
      EXPECT_EQ(l.messages.size(), 2u) << n;
    }
  }
};

TEST_P(tls_truncation, server_after_every_byte_of_the_frames) {
  serve_tls({.connection = in_a_hurry(2000ms)});
  play([&]() -> awaitable<void> {
    std::size_t n = 0;
    for (std::size_t total = 1; n <= total; ++n) {
      raw_peer peer           = co_await raw_client(GetParam());
      const std::string bytes = peer.tls->seal(frames_of(true), 7);
      total                   = bytes.size();
      co_await peer.send_raw(bytes.substr(0, n));
      peer.cut();
      co_await peer.read_to_end();
      const std::string who = "server " + std::to_string(n + 1);
      while (lives(who).closed == 0) co_await pass(1ms);
      judge(lives(who), n, n == total);
    }
    EXPECT_GT(n, 100u);
  });
}

TEST_P(tls_truncation, client_after_every_byte_of_the_answer_and_the_frames) {
  tcp::acceptor acceptor = listen_here(*io);
  play([&]() -> awaitable<void> {
    std::size_t opened = 0;
    for (std::size_t n = 0, total = 1; n <= total; ++n) {
      const std::string who = "client " + std::to_string(n);
      websocket ws(*io, wss(acceptor), {.connection = in_a_hurry(2000ms)}, client_handlers(who));
      raw_peer peer            = co_await answer(acceptor, raw_server_context(GetParam()));
      const std::string head   = peer.tls->seal(raw_peer::answer(co_await peer.read_head()));
      const std::string frames = peer.tls->seal(frames_of(false), 7);
      total                    = head.size() + frames.size();
      co_await peer.send_raw((head + frames).substr(0, n));
      peer.cut();
      co_await ws.async_closed(asio::use_awaitable);
      if (n < head.size()) {
        EXPECT_EQ(lives(who).event.cause, cause::tls_truncated) << n;
        EXPECT_EQ(lives(who).event.phase, phase::opening) << n;
        EXPECT_EQ(lives(who).event.code, 1006) << n;
      } else {
        ++opened;
        judge(lives(who), n, n == total);
      }
    }
    EXPECT_GT(opened, 50u);
    acceptor.close();
  });
}

TEST_P(tls_truncation, an_announced_end_without_close_is_a_peer_that_vanished) {
  serve_tls({.connection = in_a_hurry(2000ms)});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client(GetParam());
    co_await peer.send_raw(peer.tls->seal(frames_of(true)) + peer.tls->close_notify());
    while (lives("server 1").closed == 0) co_await pass(1ms);  // although TCP goes on
  });
  EXPECT_EQ(server_event().cause, cause::peer_vanished);
  EXPECT_EQ(lives("server 1").messages.size(), 2u);
}

TEST_P(tls_truncation, behind_our_close_instead_of_an_answer) {
  serve_tls({.connection = in_a_hurry(2000ms)}, {.on_open = [](websocket& ws) { ws.close(); }});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client(GetParam());
    EXPECT_EQ((co_await peer.read_frames(1)).last_close(), 1000);
    peer.cut();
    co_await peer.read_to_end();
  });
  EXPECT_EQ(server_event().cause, cause::tls_truncated);
  EXPECT_EQ(server_event().phase, phase::awaiting_close);
  EXPECT_EQ(server_event().initiator, initiator::local);
  EXPECT_FALSE(server_event().was_clean);
}

TEST_P(tls_truncation, behind_both_closes_is_only_a_note) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, wss(acceptor), client_handlers("client"));
  serve_tls();
  play([&]() -> awaitable<void> {
    raw_peer server = co_await answer(acceptor, raw_server_context(GetParam()));
    co_await server.let_open(raw_close(4001, "bye", false));
    EXPECT_EQ((co_await server.read_frames(1)).last_close(), 4001);
    server.cut();
    co_await server.read_to_end();
    raw_peer client = co_await raw_client(GetParam());
    co_await client.send(raw_close(4001, "bye", true));
    client.cut();
    const sighting saw = co_await client.read_to_end();
    EXPECT_EQ(saw.last_close(), 4001);
    EXPECT_EQ(saw.end, stream_end::fin);
    acceptor.close();
  });
  for (const char* who : {"client", "server 1"}) {
    const close_event& e = lives(who).event;
    EXPECT_TRUE(e.was_clean) << explain(e);
    EXPECT_EQ(e.cause, cause::completed) << who;
    EXPECT_EQ(e.code, 4001) << who;
    EXPECT_EQ(e.note, "TLS ended without close_notify") << who;
    EXPECT_FALSE(e.error) << who;
  }
}

// --- the handshake cut off ---

TEST_P(tls_truncation, server_in_a_client_hello) {
  std::vector<refusal> refused;
  serve_tls({.connection = in_a_hurry(2000ms)},
            {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  play([&]() -> awaitable<void> {
    for (std::size_t n = 1; n < 60; n += 3) {
      raw_peer peer = co_await knock(GetParam());
      peer.tls->handshake();
      co_await peer.send_raw(peer.tls->to_send().substr(0, n));
      peer.cut();
      co_await peer.read_to_end();
    }
    while (refused.size() < 20) co_await pass(1ms);
  });
  for (const refusal& r : refused) {
    EXPECT_EQ(r.cause, cause::tls_failed);
    EXPECT_EQ(r.why, "the stream ended in the TLS handshake");
    EXPECT_EQ(r.error.message(), "unexpected eof while reading");
  }
}

TEST_P(tls_truncation, client_in_the_servers_part_by_fin_and_by_rst) {
  tcp::acceptor acceptor = listen_here(*io);
  play([&]() -> awaitable<void> {
    for (std::size_t n = 0; n < 900; n += 23) {
      for (const bool by_reset : {false, true}) {
        const std::string who = "client " + std::to_string(n) + (by_reset ? " RST" : " FIN");
        websocket ws(*io, wss(acceptor), {.connection = in_a_hurry(2000ms)}, client_handlers(who));
        raw_peer peer = co_await answer_tcp(acceptor, raw_server_context(GetParam()));
        char hello[4096];
        const std::size_t size =
            co_await peer.socket.async_read_some(asio::buffer(hello), asio::use_awaitable);
        peer.tls->received({hello, size});
        peer.tls->handshake();
        const std::string part = peer.tls->to_send();
        EXPECT_GT(part.size(), 500u);
        co_await peer.send_raw(part.substr(0, std::min(n, part.size() - 1)));
        by_reset ? peer.reset() : peer.cut();
        co_await ws.async_closed(asio::use_awaitable);
        const close_event& e = lives(who).event;
        EXPECT_EQ(e.cause, cause::tls_failed) << who << explain(e);
        EXPECT_EQ(e.code, 1015) << who;
        EXPECT_EQ(e.phase, phase::tls) << who;
        EXPECT_TRUE(e.error) << who;
      }
    }
    acceptor.close();
  });
}

INSTANTIATE_TEST_SUITE_P(tls_1, tls_truncation, ::testing::Values(12, 13));

}  // namespace
}  // namespace adieu::tests
