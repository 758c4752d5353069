// What openings may cost over real streams: bytes that come too early, hundreds of clients that are
// slow on purpose, requests with a body; and that who is open already does not notice.
#include "api/door.hpp"
#include "ledger.hpp"
#include "raw_peer.hpp"

namespace adieu::tests {
namespace {

using asio::awaitable;

class net_openings : public connection_test {
 protected:
  template <typename Script>
  void play(Script script) {
    bool over = false;
    spawn([&]() -> awaitable<void> {
      co_await script();
      over = true;
    });
    run_until([&] { return over; }, 60s);
  }
};

// While the application decides, what a client has sent too early stays with the kernel.
TEST_F(net_openings, server_holds_little_of_what_comes_before_its_answer) {
  std::optional<opening_reply> kept;
  std::size_t came = 0;
  std::string last;
  serve({},
        {.on_opening = [&](const opening_request&, opening_reply r) { kept.emplace(std::move(r)); },
         .on_message =
             [&](websocket&, message_view m) {
               ++came;
               last = m.text();
             }});
  std::string early;
  std::size_t count = 0;
  for (; early.size() < 400'000; ++count)
    early += raw_text("message " + std::to_string(count), true);
  std::optional<raw_peer> peer;
  const auto knock = [&] {
    bool sent = false;
    spawn([&]() -> awaitable<void> {
      peer.emplace(co_await raw_peer::connect(server_->port()));
      co_await peer->send(raw_peer::request() + early);
      sent = true;
    });
    run_until([&] { return kept && sent; });
  };
  knock();
  const auto taken = api::take_over(std::move(*kept), {});
  ASSERT_TRUE(taken);
  EXPECT_GT(taken->glued.size(), 0u);
  EXPECT_LE(taken->glued.size(), 16u * 1024);
  kept.reset();
  // And all of it counts.
  knock();
  kept->accept();
  kept.reset();
  run_until([&] { return came == count; });
  EXPECT_EQ(last, "message " + std::to_string(count - 1));
  peer->close();
  run_until([&] { return server_->connections() == 0; });
  stop_server();
  run();
}

// The bytes of a request's body, or what follows a request that was refused, are no frames, and no
// request either.
TEST_F(net_openings, server_parses_nothing_behind_a_request_that_it_refuses) {
  int opened = 0;
  serve({}, {.on_open = [&](websocket&) { ++opened; }});
  const std::string right = raw_peer::request();
  const std::string behind =
      raw_text("text", true) + raw_close(1000, "", true) + raw_peer::request("/smuggled");
  const std::vector<std::pair<std::string, const char*>> refused = {
      {raw_peer::request("/", "Content-Length: 5\r\n") + "hello", "400"},
      {raw_peer::request("/", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n", "400"},
      {raw_peer::request("/", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "400"},
      {"POST" + right.substr(3), "405"},
      {"GET / HTTP/1.0\r\n" + right.substr(right.find("\r\n") + 2), "400"},
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "426"},
  };
  for (const auto& [request, status] : refused)
    play([&]() -> awaitable<void> {
      raw_peer peer = co_await raw_peer::connect(server_->port());
      co_await peer.send(request + behind);
      const std::string head = co_await peer.read_head();
      EXPECT_EQ(head.substr(9, 3), status) << request;
      std::string rest;
      for (std::string some; !(some = co_await peer.read_some()).empty();) rest += some;
      EXPECT_EQ(rest.find("HTTP/1.1 4"), std::string::npos) << "one answer: " << rest;
    });
  EXPECT_EQ(opened, 0);
  stop_server();
  run();
}

// [RFC 6455 4.2.1] Hundreds that never get done, and one connection that is in use meanwhile.
TEST_F(net_openings, server_drops_slow_ones_at_its_deadline_and_others_do_not_notice) {
  constexpr int slow = 300;
  connection_options options;
  options.deadlines.opening = 600ms;
  std::vector<refusal> refused;
  serve({.connection = options}, {.on_refused = [&](const refusal& r) { refused.push_back(r); },
                                  .on_message =
                                      [](websocket& ws, message_view m) {
                                        if (ws.state() == ready_state::open) ws.send(m);
                                      }});
  int echoed = 0;
  auto ws    = client("client", {.on_open = [](websocket& ws) { ws.send("round"); },
                                 .on_message =
                                     [&](websocket& ws, message_view m) {
                                    ++echoed;
                                    if (ws.state() == ready_state::open) ws.send(m);
                                  }});
  run_until([&] { return echoed > 0; });
  const auto began = std::chrono::steady_clock::now();
  // The request, or a ClientHello of 512 bytes.
  const std::string sluggish =
      over_tls()
          ? std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11) + std::string(100, 'r')
          : raw_peer::request();
  int dropped = 0;
  int closed  = 0;
  for (int i = 0; i < slow; ++i)
    spawn([&]() -> awaitable<void> {
      tcp::socket socket(*io);
      co_await socket.async_connect({asio::ip::address_v4::loopback(), server_->port()},
                                    asio::use_awaitable);
      // Whatever the server answers or not, the end comes, and no write makes it come later.
      bool over = false;
      socket.async_wait(tcp::socket::wait_read, [&](const boost::system::error_code&) {
        over = true;
        ++dropped;
      });
      for (std::size_t at = 0; !over; at = (at + 1) % 40) {
        boost::system::error_code gone;
        socket.write_some(asio::buffer(&sluggish[at], 1), gone);
        if (gone && gone != asio::error::would_block) break;
        co_await pass(20ms);
      }
      ++closed;
    });
  run_until([&] { return closed == slow && refused.size() == slow; }, 60s);
  EXPECT_EQ(dropped, slow);
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, 550ms);
  for (const refusal& r : refused)
    EXPECT_TRUE(over_tls() || r.status == 408 || r.status == 0) << r.status << ' ' << r.why;
  const int before = echoed;
  EXPECT_GT(before, 20) << "the one that is open has gone on";
  run_until([&] { return echoed > before + 20; });
  ws->close();
  run_until([&] { return ws->closed() != nullptr; });
  EXPECT_TRUE(ws->closed()->was_clean);
  stop_server();
  run();
}

}  // namespace
}  // namespace adieu::tests
