// TLS as it goes over the wire: records in any size, updates of the keys in mid frame, all of the
// end in one segment, resumption, alerts, and whoever speaks another language.
#include "tls_peers.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <openssl/ssl.h>

namespace adieu::tests {
namespace {

using asio::awaitable;

class tls : public tls_test, public ::testing::WithParamInterface<int> {};

TEST_P(tls, data_and_close_and_close_notify_and_fin_in_one_segment_all_count) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, wss(acceptor), client_handlers("client"));
  serve_tls();
  play([&]() -> awaitable<void> {
    raw_peer server = co_await answer(acceptor, raw_server_context(GetParam()));
    co_await server.let_open();
    co_await server.send_raw(server.tls->seal(raw_text("last", false)) +
                             server.tls->seal(raw_close(4001, "bye", false)) +
                             server.tls->close_notify());
    server.cut();
    sighting saw = co_await server.read_to_end();
    EXPECT_EQ(saw.last_close(), 4001);
    EXPECT_EQ(saw.end, stream_end::fin);
    raw_peer client = co_await raw_client(GetParam());
    co_await client.send_raw(client.tls->seal(raw_text("last", true)) +
                             client.tls->seal(raw_close(4001, "bye", true)) +
                             client.tls->close_notify());
    client.cut();
    saw = co_await client.read_to_end();
    EXPECT_EQ(saw.last_close(), 4001);
    EXPECT_EQ(saw.end, stream_end::fin);
    acceptor.close();
  });
  for (const char* who : {"client", "server 1"}) {
    EXPECT_EQ(lives(who).messages.size(), 1u) << who;
    EXPECT_TRUE(lives(who).event.was_clean) << who;
    EXPECT_EQ(lives(who).event.note, "") << who;
  }
}

TEST_P(tls, both_ends_of_ours_send_close_notify) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, wss(acceptor),
               client_handlers("client", {.on_open = [](websocket& w) { w.close(); }}));
  serve_tls({}, {.on_open = [](websocket& w) { w.close(); }});
  play([&]() -> awaitable<void> {
    raw_peer server = co_await answer(acceptor, raw_server_context(GetParam()));
    co_await server.let_open();
    co_await server.read_frames(1);
    co_await server.send(raw_close(1000, "", false));
    // The client says so before the server ends anything.
    while (!server.tls->notified()) EXPECT_EQ(co_await server.read_some(), "");
    EXPECT_EQ(ws.closed(), nullptr) << "it waits for the server's end";
    server.end_sending();
    EXPECT_EQ((co_await server.read_to_end()).end, stream_end::fin);
    raw_peer client = co_await raw_client(GetParam());
    co_await client.read_frames(1);
    co_await client.send(raw_close(1000, "", true));
    EXPECT_EQ((co_await client.read_to_end()).end, stream_end::fin);
    acceptor.close();
  });
}

TEST_P(tls, records_of_one_byte) {
  std::string big;
  for (int i = 0; i < 3000; ++i) big += static_cast<char>('a' + i % 26);
  serve_tls({}, {.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client(GetParam());
    co_await peer.send_raw(peer.tls->seal(raw_text(big, true) + raw_close(4002, "small", true), 1));
    const sighting saw = co_await peer.read_to_end();
    EXPECT_EQ(saw.frames.size(), 2u);
    if (saw.frames.size() == 2) {
      EXPECT_TRUE(saw.frames[0].payload == big);
    }
    EXPECT_EQ(saw.last_close(), 4002);
  });
  EXPECT_TRUE(server_event().was_clean);
}

TEST_P(tls, ciphertext_byte_by_byte) {
  serve_tls();
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_client(GetParam());
    for (char c : peer.tls->seal(raw_text("slow", true) + raw_close(4003, "", true), 5))
      co_await peer.send_raw(std::string(1, c));
    EXPECT_EQ((co_await peer.read_to_end()).last_close(), 4003);
  });
  EXPECT_EQ(lives("server 1").messages.size(), 1u);
  EXPECT_TRUE(server_event().was_clean);
}

INSTANTIATE_TEST_SUITE_P(version_1, tls, ::testing::Values(12, 13));

class tls_13 : public tls_test {};

TEST_F(tls_13, keys_are_updated_in_mid_frame_on_both_roles) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(
      *io, wss(acceptor),
      client_handlers("client", {.on_message = [](websocket& w, message_view m) { w.send(m); }}));
  serve_tls({}, {.on_message = [](websocket& w, message_view m) { w.send(m); }});
  const auto talk = [](raw_peer& peer, bool masked) -> awaitable<void> {
    const std::string frame = raw_text(std::string(1000, 'k'), masked);
    for (int i = 0; i < 3; ++i) {
      std::string bytes = peer.tls->seal(frame.substr(0, 500));
      bytes += peer.tls->key_update();
      bytes += peer.tls->seal(frame.substr(500));
      co_await peer.send_raw(bytes);
      const sighting saw = co_await peer.read_frames(1);
      EXPECT_EQ(saw.frames.size(), 1u);
      EXPECT_EQ(peer.tls->failed(), "");
    }
    co_await peer.send(raw_close(4004, "", masked));
    EXPECT_EQ((co_await peer.read_frames(1)).last_close(), 4004);
    peer.end_sending();
    EXPECT_EQ((co_await peer.read_to_end()).end, stream_end::fin);
  };
  play([&]() -> awaitable<void> {
    raw_peer server = co_await answer(acceptor, raw_server_context());
    co_await server.let_open();
    co_await talk(server, false);
    raw_peer client = co_await raw_client();
    co_await talk(client, true);
    acceptor.close();
  });
  EXPECT_TRUE(lives("client").event.was_clean);
  EXPECT_TRUE(server_event().was_clean);
}

TEST_F(tls_13, a_peer_that_sends_nothing_but_key_updates_is_cut_off) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, wss(acceptor), client_handlers("client"));
  serve_tls();
  const auto flood = [](raw_peer& peer, bool masked) -> awaitable<void> {
    std::string bytes;
    for (int i = 0; i < 50; ++i) bytes += peer.tls->key_update();
    bytes += peer.tls->seal(raw_text("alive", masked));
    for (int i = 0; i < 100; ++i) bytes += peer.tls->key_update();
    bytes += peer.tls->seal(raw_text("too late", masked));
    co_await peer.send_raw(bytes);
    co_await peer.read_to_end();
  };
  play([&]() -> awaitable<void> {
    raw_peer server = co_await answer(acceptor, raw_server_context());
    co_await server.let_open();
    co_await flood(server, false);
    raw_peer client = co_await raw_client();
    co_await flood(client, true);
    acceptor.close();
  });
  for (const char* who : {"client", "server 1"}) {
    EXPECT_EQ(lives(who).messages.size(), 1u) << who;
    EXPECT_EQ(lives(who).event.cause, cause::reset) << who;
    EXPECT_EQ(lives(who).event.error.message(), "unexpected message") << who;
    EXPECT_FALSE(lives(who).event.was_clean) << who;
  }
}

TEST_P(tls, client_resumes_its_session_at_the_same_server_only) {
  const auto with   = server_context(tool::certificate(
        {.subject = "raw", .names = {"localhost"}, .addresses = {"127.0.0.1"}}, test_authority()));
  const int version = GetParam() == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;
  SSL_CTX_set_max_proto_version(with->native_handle(), version);
  tcp::acceptor acceptor = listen_here(*io);
  std::vector<bool> resumed;
  play([&]() -> awaitable<void> {
    int n = 0;
    for (const char* host : {"127.0.0.1", "127.0.0.1", "localhost", "127.0.0.1", "localhost"}) {
      websocket ws(*io, wss(acceptor, host), client_handlers("client " + std::to_string(n++)));
      raw_peer peer = co_await answer(acceptor, *with);
      resumed.push_back(peer.tls->resumed());
      co_await peer.let_open(raw_close(1000, "", false));
      co_await peer.read_frames(1);
      peer.end_sending();
      co_await ws.async_closed(asio::use_awaitable);
    }
    acceptor.close();
  });
  EXPECT_EQ(resumed, (std::vector<bool>{false, true, false, true, true}));
}

TEST_F(tls_13, client_does_not_resume_with_a_certificate_that_has_expired) {
  const auto with = server_context(
      tool::certificate({.subject = "old", .addresses = {"127.0.0.1"}, .begins = -48h, .ends = -1h},
                        test_authority()));
  tcp::acceptor acceptor = listen_here(*io);
  play([&]() -> awaitable<void> {
    for (const char* name : {"first", "second"}) {
      websocket ws(*io, wss(acceptor), {.verify_peer = false}, client_handlers(name));
      raw_peer peer = co_await answer(acceptor, *with);
      EXPECT_FALSE(peer.tls->resumed()) << name;
      co_await peer.let_open(raw_close(1000, "", false));
      co_await peer.read_frames(1);
      peer.end_sending();
      co_await ws.async_closed(asio::use_awaitable);
    }
    acceptor.close();
  });
}

TEST_F(tls_13, server_resumes_the_sessions_of_its_clients) {
  serve_tls();
  play([&]() -> awaitable<void> {
    raw_peer first = co_await raw_client();
    co_await first.send(raw_close(1000, "", true));
    co_await first.read_to_end();
    SSL_SESSION* const session = SSL_get1_session(first.tls->handle());
    raw_peer second            = co_await knock();
    SSL_set_session(second.tls->handle(), session);
    SSL_SESSION_free(session);
    co_await second.handshake();
    EXPECT_TRUE(second.tls->resumed());
    co_await second.ask_to_open();
    co_await second.send(raw_close(1000, "", true));
    co_await second.read_to_end();
  });
}

// --- alerts, and noise ---

TEST_P(tls, an_alert_or_noise_while_open_is_a_reset_with_openssls_words) {
  serve_tls();
  play([&]() -> awaitable<void> {
    raw_peer peer     = co_await raw_client(GetParam());
    std::string frame = peer.tls->seal(raw_text("x", true));
    frame.back()      = static_cast<char>(frame.back() ^ 1);
    co_await peer.send_raw(frame);
    co_await peer.read_to_end();
    EXPECT_NE(peer.tls->failed().find("bad record mac"), std::string::npos) << peer.tls->failed();
  });
  EXPECT_EQ(server_event().cause, cause::reset);
  EXPECT_EQ(server_event().code, 1006);
  EXPECT_NE(server_event().error.message().find("bad record mac"), std::string::npos)
      << explain(server_event());
}

TEST_F(tls_13, server_that_wants_a_certificate_refuses_who_has_none_and_takes_who_has) {
  const auto wants = server_context(
      tool::certificate({.subject = "strict", .addresses = {"127.0.0.1"}}, test_authority()));
  const std::string authority = test_authority().pem();
  wants->add_certificate_authority(asio::buffer(authority));
  wants->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  std::vector<refusal> refused;
  serve_tls({.tls = &*wants}, {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  const auto close_at_once = [](websocket& w) { w.close(); };
  websocket without(*io, wss(), client_handlers("without", {.on_open = close_at_once}));

  asio::ssl::context mine(asio::ssl::context::tls_client);
  const tool::certificate shown({.subject = "a client"}, test_authority());
  const std::string pem = shown.pem(), key = shown.key_pem();
  mine.use_certificate_chain(asio::buffer(pem));
  mine.use_private_key(asio::buffer(key), asio::ssl::context::pem);
  mine.add_certificate_authority(asio::buffer(authority));
  websocket with(*io, wss(), {.tls = &mine}, client_handlers("with", {.on_open = close_at_once}));
  run_until([&] { return with.closed() && without.closed() && refused.size() == 1; });
  // And resumes: OpenSSL wants a session context for that.
  websocket again(*io, wss(), {.tls = &mine}, client_handlers("again", {.on_open = close_at_once}));
  run_until([&] { return again.closed() != nullptr; });
  stop_server();
  run();
  EXPECT_TRUE(lives("with").event.was_clean) << explain(lives("with").event);
  EXPECT_TRUE(lives("again").event.was_clean) << explain(lives("again").event);
  const close_event& e = lives("without").event;
  EXPECT_EQ(e.cause, cause::tls_failed) << explain(e);
  EXPECT_EQ(e.code, 1015);
  EXPECT_EQ(e.phase, phase::tls);
  EXPECT_NE(e.error.message().find("certificate required"), std::string::npos) << explain(e);
  EXPECT_EQ(refused[0].cause, cause::tls_failed);
  EXPECT_NE(refused[0].error.message().find("did not return a certificate"), std::string::npos)
      << refused[0].error.message();
}

// --- other languages ---

TEST_F(tls_13, plain_client_of_a_tls_server_is_told_so_in_plain_http) {
  std::vector<refusal> refused;
  serve_tls({}, {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  websocket ws(*io, "ws://127.0.0.1:" + std::to_string(server_->port()) + "/",
               client_handlers("plain"));
  run_until([&] { return ws.closed() && refused.size() == 1; });
  stop_server();
  run();
  EXPECT_EQ(lives("plain").event.cause, cause::refused);
  EXPECT_EQ(lives("plain").event.http_status, 400);
  EXPECT_EQ(refused[0].cause, cause::tls_failed);
  EXPECT_EQ(refused[0].why, "a client spoke HTTP without TLS: it has to use wss://");
}

TEST_F(tls_13, plain_client_gets_an_answer_with_a_date_and_to_head_without_a_body) {
  serve_tls();
  for (const std::string method : {"GET", "POST", "HEAD"})
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{1}}) {
      std::string answer;
      bool over = false;
      spawn([&]() -> awaitable<void> {
        tcp::socket socket(*io);
        co_await socket.async_connect({asio::ip::address_v4::loopback(), server_->port()},
                                      asio::use_awaitable);
        raw_peer peer(std::move(socket), nullptr);
        // No more than OpenSSL needs, so that nothing is left unread and resets the stream.
        co_await peer.send_in_pieces((method + " /").substr(0, 5), piece);
        for (std::string some = "-"; !some.empty(); answer += some)
          some = co_await peer.read_some();
        over = true;
      });
      run_until([&] { return over; });
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\nDate: ")) << answer;
      EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
      const std::size_t body = answer.find("\r\n\r\n") + 4;
      if (method == "HEAD") {
        EXPECT_EQ(answer.size(), body);
      } else if (piece != 1) {
        EXPECT_NE(answer.find("wss://", body), std::string::npos);
      }
    }
  stop_server();
  run();
}

TEST_F(tls_13, tls_client_of_a_plain_server_says_what_to_do_and_so_does_the_server) {
  std::vector<refusal> refused;
  server plain(*io, {}, {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  websocket ws(*io, "wss://127.0.0.1:" + std::to_string(plain.port()) + "/",
               client_handlers("secure"));
  run_until([&] { return ws.closed() && refused.size() == 1; });
  EXPECT_EQ(lives("secure").event.cause, cause::tls_failed);
  EXPECT_EQ(lives("secure").event.code, 1015);
  EXPECT_EQ(lives("secure").event.note, "what answered is not TLS: ws:// instead of wss://?");
  EXPECT_EQ(refused[0].why, "a client spoke TLS: this server does not, it has to use ws://");
}

TEST_F(tls_13, plain_client_is_told_by_an_alert_that_the_server_speaks_tls) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, "ws://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/",
               client_handlers("plain"));
  play([&]() -> awaitable<void> {
    raw_peer peer = co_await answer_tcp(acceptor, raw_server_context());
    co_await peer.send_raw({"\x15\x03\x01\x00\x02\x02\x46", 7});
    co_await ws.async_closed(asio::use_awaitable);
    acceptor.close();
  });
  EXPECT_EQ(lives("plain").event.note, "the server speaks TLS: use wss:// instead of ws://");
}

TEST_F(tls_13, client_that_closes_in_the_handshake_abandons_and_a_slow_one_is_timed_out) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket given_up(*io, wss(acceptor), client_handlers("given up"));
  websocket slow(*io, wss(acceptor), {.connection = in_a_hurry_to_open()}, client_handlers("slow"));
  std::vector<refusal> refused;
  serve_tls({.connection = in_a_hurry_to_open()},
            {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  play([&]() -> awaitable<void> {
    raw_peer one = co_await answer_tcp(acceptor, raw_server_context());
    raw_peer two = co_await answer_tcp(acceptor, raw_server_context());
    co_await pass(50ms);
    given_up.close();
    raw_peer silent = co_await knock();
    co_await slow.async_closed(asio::use_awaitable);
    co_await given_up.async_closed(asio::use_awaitable);
    while (refused.empty()) co_await pass(1ms);
    acceptor.close();
  });
  EXPECT_EQ(lives("given up").event.cause, cause::abandoned);
  EXPECT_EQ(lives("given up").event.phase, phase::tls);
  EXPECT_EQ(lives("slow").event.cause, cause::opening_timed_out);
  EXPECT_EQ(lives("slow").event.phase, phase::tls);
  EXPECT_EQ(lives("slow").event.code, 1006);
  EXPECT_EQ(refused[0].cause, cause::opening_timed_out);
}

TEST_F(tls_13, shutdown_of_a_server_does_not_wait_for_a_handshake) {
  std::vector<refusal> refused;
  serve_tls({}, {.on_refused = [&](const refusal& r) { refused.push_back(r); }});
  play([&]() -> awaitable<void> {
    raw_peer silent = co_await knock();
    co_await pass(30ms);
    const shutdown_report report = co_await server_->async_shutdown({}, asio::use_awaitable);
    EXPECT_EQ(report.clean + report.terminated, 0u);
    EXPECT_EQ((co_await silent.read_to_end()).rest, "");
  });
  EXPECT_EQ(refused.size(), 1u);
}

}  // namespace
}  // namespace adieu::tests
