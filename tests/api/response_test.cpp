// What a client is told of the HTTP response to its opening: the 101, or what refused it.
#include "ledger.hpp"
#include "raw_peer.hpp"

namespace adieu::tests {
namespace {

using asio::awaitable;

class responses : public connection_test {
 protected:
  /// A server that reads the request and then does that; the close event of its client.
  template <typename Conduct>
  close_event refused_by(Conduct conduct, websocket_options options = {}) {
    tcp::acceptor acceptor = listen_here(*io);
    bool over              = false;
    spawn([&]() -> awaitable<void> {
      raw_peer server = co_await raw_peer::accept(acceptor);
      co_await server.read_head();
      co_await conduct(server);
      co_await server.read_to_end();
      server.close();
      over = true;
    });
    const std::string who = "refused " + std::to_string(++refused_);
    options.verify_peer   = false;
    websocket ws(*io, url_of(acceptor), std::move(options), client_handlers(who));
    run_until([&] { return ws.closed() && over; });
    EXPECT_EQ(ws.response(), nullptr);
    acceptor.close();
    run();
    return lives(who).event;
  }

  close_event refused_with(std::string answer) {
    return refused_by([&](raw_peer& server) -> awaitable<void> { co_await server.send(answer); });
  }
  int refused_ = 0;
};

TEST_F(responses, an_open_websocket_has_the_servers_101) {
  serve({}, {.on_opening = [](const opening_request&, opening_reply reply) {
          reply.accept({.headers = {{"X-Session", "s1"}, {"X-Session", "s2"}}});
        }});
  std::string session;
  std::uint16_t status = 0;
  auto ws              = client("client", {.on_open = [&](websocket& w) {
                     ASSERT_NE(w.response(), nullptr);
                     session = w.response()->header("x-session");
                     status  = w.response()->status;
                     EXPECT_EQ(w.response()->header("X-Nothing"), "");
                     EXPECT_EQ(w.response()->body, "");
                     w.close();
                   }});
  EXPECT_EQ(ws->response(), nullptr);
  run_until([&] { return ws->closed() != nullptr; });
  EXPECT_EQ(session, "s1");
  EXPECT_EQ(status, 101);
  EXPECT_NE(ws->response(), nullptr);
  EXPECT_EQ(lives("client").event.response, nullptr);
  stop_server();
  run();
}

TEST_F(responses, a_servers_websocket_has_none) {
  bool none = false;
  serve({}, {.on_open = [&](websocket& w) { none = w.response() == nullptr; }});
  auto ws = client("client", {.on_open = [](websocket& w) { w.close(); }});
  run_until([&] { return ws->closed() != nullptr; });
  stop_server();
  run();
  EXPECT_TRUE(none);
}

TEST_F(responses, the_close_event_has_status_headers_and_body) {
  const close_event e = refused_with(
      "HTTP/1.1 302 Found\r\nLocation: /login\r\nX: 1\r\nX: 2\r\nContent-Length: 5\r\n\r\nlog in");
  EXPECT_EQ(e.cause, cause::refused);
  EXPECT_EQ(e.http_status, 302);
  ASSERT_TRUE(e.response);
  EXPECT_EQ(e.response->status, 302);
  EXPECT_EQ(e.response->header("location"), "/login");
  const header_list want = {
      {"Location", "/login"}, {"X", "1"}, {"X", "2"}, {"Content-Length", "5"}};
  EXPECT_EQ(e.response->headers, want);
  EXPECT_EQ(e.response->body, "log i");
}

TEST_F(responses, explain_has_location_or_challenge_but_not_the_body) {
  const std::string moved = explain(
      refused_with("HTTP/1.1 301 x\r\nLocation: wss://a/b?c\r\nContent-Length: 6\r\n\r\nmarker"));
  EXPECT_NE(moved.find("Location: wss://a/b?c"), std::string::npos) << moved;
  EXPECT_EQ(moved.find("marker"), std::string::npos) << moved;
  const std::string asked = explain(refused_with(
      "HTTP/1.1 401 x\r\nWWW-Authenticate: Bearer realm=\"a\"\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_NE(asked.find("WWW-Authenticate: Bearer realm=\"a\""), std::string::npos) << asked;
}

TEST_F(responses, nothing_of_the_servers_forges_a_line_or_drives_a_terminal) {
  const std::string line =
      explain(refused_with("HTTP/1.1 401 x\r\nLocation: \xc2\x9b\xe2\x80\xa8" +
                           std::string(8000, 'x') + "\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_NE(line.find("Location: \\u009b\\u2028xxx"), std::string::npos) << line;
  EXPECT_NE(line.find("x…"), std::string::npos) << line;
  EXPECT_LT(line.size(), 500u);
}

TEST_F(responses, a_body_in_chunks_is_put_together) {
  const close_event e = refused_with(
      "HTTP/1.1 503 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbus\r\n1\r\ny\r\n0\r\n\r\n");
  ASSERT_TRUE(e.response);
  EXPECT_EQ(e.response->body, "busy");
}

TEST_F(responses, a_body_in_pieces_is_put_together_until_the_stream_ends) {
  const close_event e = refused_by([](raw_peer& server) -> awaitable<void> {
    co_await server.send_in_pieces("HTTP/1.1 403 x\r\n\r\nno entry", 1);
    server.end_sending();
  });
  ASSERT_TRUE(e.response);
  EXPECT_EQ(e.response->body, "no entry");
  EXPECT_EQ(e.cause, cause::refused);
  EXPECT_EQ(e.initiator, initiator::none);
}

TEST_F(responses, a_body_that_is_cut_off_is_told_as_far_as_it_came) {
  const close_event e = refused_by([](raw_peer& server) -> awaitable<void> {
    co_await server.send("HTTP/1.1 403 x\r\nContent-Length: 100\r\n\r\nno entry");
    co_await pass(20ms);
    server.cut();
  });
  EXPECT_EQ(e.cause, cause::refused);
  ASSERT_TRUE(e.response);
  EXPECT_EQ(e.response->body, "no entry");
}

TEST_F(responses, of_a_long_body_only_the_beginning_is_read) {
  const close_event e = refused_with("HTTP/1.1 403 x\r\n\r\n" + std::string(100'000, 'x'));
  ASSERT_TRUE(e.response);
  EXPECT_EQ(e.response->body, std::string(4096, 'x'));
}

// It goes on for longer than the client waits for it.
awaitable<void> trickle(raw_peer& server) {
  co_await server.send("HTTP/1.1 403 x\r\nContent-Length: 1000\r\n\r\n");
  try {
    for (int i = 0; i < 400; ++i) {
      co_await server.send("x");
      co_await pass(10ms);
    }
  } catch (const boost::system::system_error&) {
  }
}

TEST_F(responses, DISABLED_a_server_that_trickles_is_not_waited_for) {
  const auto began    = std::chrono::steady_clock::now();
  const close_event e = refused_by(trickle);
  EXPECT_EQ(e.cause, cause::refused);
  EXPECT_EQ(e.phase, phase::opening);
  ASSERT_TRUE(e.response);
  EXPECT_GT(e.response->body.size(), 0u);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 8s);
}

TEST_F(responses, the_deadline_of_the_opening_ends_the_wait_for_a_body_as_refused) {
  const close_event e = refused_by(
      [](raw_peer& server) -> awaitable<void> { co_await server.send("HTTP/1.1 403 x\r\n\r\n"); },
      {.connection = {.deadlines = {.opening = 500ms}}});
  EXPECT_EQ(e.cause, cause::refused);
  EXPECT_EQ(e.http_status, 403);
}

TEST_F(responses, a_response_that_breaks_the_rules_of_101_is_told) {
  const close_event e = refused_with(
      "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX: y\r\n\r\n\x89\x01x");
  EXPECT_EQ(e.http_status, 101);
  ASSERT_TRUE(e.response);
  EXPECT_EQ(e.response->header("X"), "y");
  EXPECT_EQ(e.response->body, "");
}

TEST_F(responses, an_answer_that_is_not_http_is_none) {
  const close_event e = refused_with("SSH-2.0-OpenSSH_9\r\n");
  EXPECT_EQ(e.cause, cause::refused);
  EXPECT_EQ(e.response, nullptr);
}

TEST_F(responses, terminate_does_not_wait_for_a_body) {
  tcp::acceptor acceptor = listen_here(*io);
  std::optional<raw_peer> server;
  bool answered = false, over = false;
  websocket ws(*io, url_of(acceptor), {.verify_peer = false}, client_handlers("client"));
  spawn([&]() -> awaitable<void> {
    server.emplace(co_await raw_peer::accept(acceptor));
    co_await server->read_head();
    co_await server->send("HTTP/1.1 403 x\r\n\r\nno");
    answered = true;
    co_await server->read_to_end();
    over = true;
  });
  run_until([&] { return answered; });
  ws.terminate();
  run_until([&] { return ws.closed() && over; });
  EXPECT_FALSE(lives("client").event.was_clean);
  server.reset();
  acceptor.close();
  run();
}

}  // namespace
}  // namespace adieu::tests
