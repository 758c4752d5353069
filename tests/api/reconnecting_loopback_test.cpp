// A client that comes back, over real sockets on loopback: the real world beneath it, which the
// tests in virtual time replace.
#include "ledger.hpp"
#include "raw_peer.hpp"

#include <adieu/reconnecting_websocket.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>

namespace adieu::tests {
namespace {

using asio::awaitable;
using lines = std::vector<std::string>;

/// So short that a test may wait for them.
backoff quick() {
  backoff made;
  made.floor = 1ms, made.window = 20ms, made.cap = 20ms;
  made.slow_floor = 1ms, made.slow_window = 20ms, made.slow_cap = 20ms;
  made.restart_floor = 1ms, made.restart_window = 20ms;
  return made;
}

class reconnecting_loopback : public connection_test {
 protected:
  /// Handlers that keep a log, and the ledger: at most one on_close, and nothing behind it.
  reconnecting_handlers heard(reconnecting_handlers also = {}) {
    auto h      = std::make_shared<reconnecting_handlers>(std::move(also));
    auto closed = std::make_shared<int>(0);
    reconnecting_handlers made;
    if (h->on_attempt) made.on_attempt = std::move(h->on_attempt);
    made.on_open = [this, h, closed](reconnecting_websocket& c) {
      EXPECT_EQ(*closed, 0);
      log.push_back("open");
      if (h->on_open) h->on_open(c);
    };
    made.on_message = [this, h, closed](reconnecting_websocket& c, message_view m) {
      EXPECT_EQ(*closed, 0);
      log.emplace_back(m.text());
      if (h->on_message) h->on_message(c, m);
    };
    made.on_down = [this, h, closed](reconnecting_websocket& c, const close_event& e,
                                     const decision& d) {
      EXPECT_EQ(*closed, 0);
      log.push_back("down " + std::to_string(e.http_status != 0 ? e.http_status : e.code));
      if (h->on_down) h->on_down(c, e, d);
    };
    made.on_close = [this, closed](reconnecting_websocket&, const close_event& e,
                                   const decision& d) {
      EXPECT_EQ(++*closed, 1);
      log.push_back("close " + std::to_string(e.code));
      event = e;
      why   = d.why;
    };
    return made;
  }
  bool said(std::string_view line) const {
    return std::find(log.begin(), log.end(), line) != log.end();
  }

  lines log;
  close_event event;
  std::string why;
};

TEST_F(reconnecting_loopback, client_comes_back_to_a_server_that_restarts) {
  serve({}, {.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  const std::string to = url();
  const auto port      = server_->port();
  reconnecting_websocket client(*io, to, {.backoff = quick(), .max_queued_messages = 10},
                                heard({.on_message = [](reconnecting_websocket& c, message_view m) {
                                  if (m.text() == "again") c.close();
                                }}));
  client.send("first");
  run_until([&] { return said("first"); });
  bool ended = false;
  server_->async_shutdown({.code = 1012, .within = 5s},
                          [&](error_code, shutdown_report) { ended = true; });
  run_until([&] { return ended && std::count(log.begin(), log.end(), "down 1006") >= 2; });
  client.send("again");
  drop_server();
  serve({.port = port}, {.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  run_until([&] { return client.state() == reconnect_state::stopped && said("close 1000"); });
  EXPECT_EQ((lines{log[0], log[1], log[2]}), (lines{"open", "first", "down 1012"}));
  EXPECT_EQ(client.openings(), 2u);
  EXPECT_EQ(why, "closed by the application");
  stop_server();
  run();
}

TEST_F(reconnecting_loopback, client_fetches_a_token_while_its_reply_is_kept) {
  serve({}, {.on_opening = [](const opening_request& asked, opening_reply reply) {
          if (asked.header("Authorization") == "Bearer 2") return reply.accept();
          reply.refuse({.status = 401});
        }});
  int token = 0;
  reconnecting_websocket client(
      *io, url(), {.backoff = quick()},
      heard({.on_attempt =
                 [&](reconnecting_websocket&, attempt_reply reply) {
                   EXPECT_EQ(reply.needs_credentials(), token == 1);
                   // Fetched somewhere else; the reply waits for it.
                   spawn([&token, reply = std::move(reply)]() mutable -> awaitable<void> {
                     co_await pass(10ms);
                     reply.connect(
                         {.headers = {{"Authorization", "Bearer " + std::to_string(++token)}}});
                   });
                 },
             .on_open = [](reconnecting_websocket& c) { c.close(); }}));
  run_until([&] { return said("close 1000"); });
  EXPECT_EQ(log, (lines{"down 401", "open", "close 1000"}));
  stop_server();
  run();
}

TEST_F(reconnecting_loopback, client_with_several_endpoints_finds_the_one_that_is_there) {
  serve({}, {});
  auto closed       = listen_here(*io);
  const auto nobody = url_of(closed);
  closed.close();
  reconnecting_websocket client(*io, nobody, {.backoff = quick(), .endpoints = {nobody, url()}},
                                heard({.on_open = [](reconnecting_websocket& c) { c.close(); }}));
  run_until([&] { return said("close 1000"); });
  EXPECT_EQ(log, (lines{"down 1006", "down 1006", "open", "close 1000"}));
  stop_server();
  run();
}

TEST_F(reconnecting_loopback, client_is_handed_back_what_never_left) {
  // A peer that does not read; then one that reads all.
  auto acceptor = listen_here(*io);
  std::vector<std::string> got;
  std::uint64_t unsent = 0;
  std::size_t taken    = 0;
  spawn([&]() -> awaitable<void> {
    {
      raw_peer deaf = co_await raw_peer::accept(acceptor);
      co_await deaf.let_open();
      co_await pass(50ms);
      deaf.reset();
    }
    raw_peer good = co_await raw_peer::accept(acceptor);
    acceptor.close();
    co_await good.let_open();
    const sighting seen = co_await good.read_frames(unsent + 1);  // the last is its Close
    for (const auto& frame : seen.frames)
      if (frame.opcode == 2) got.push_back(frame.payload.substr(0, 3));
    co_await good.send(raw_close(1000, "", false));
    good.close();
  });
  constexpr int messages = 100;
  reconnecting_websocket client(
      *io, url_of(acceptor),
      {.backoff   = quick(),
       .websocket = {.connection = {.deadlines    = in_a_hurry(20s).deadlines,
                                    .max_buffered = 64 << 20}}},
      heard({.on_open =
                 [&](reconnecting_websocket& c) {
                   if (c.openings() == 2) {
                     const auto rest = c.take_unsent();
                     taken           = rest.size();
                     for (const message& m : rest) c.send(m);
                     c.close();
                     return;
                   }
                   for (int i = 0; i < messages; ++i) {
                     std::string text = std::to_string(100 + i) + std::string(200'000, 'x');
                     c.send(message(message_type::binary, std::move(text)));
                   }
                 },
             .on_down = [&](reconnecting_websocket&, const close_event& e,
                            const decision&) { unsent = e.unsent_messages; }}));
  run_until([&] { return client.state() == reconnect_state::stopped && !got.empty(); });
  EXPECT_GT(unsent, 0u);
  EXPECT_LT(unsent, static_cast<unsigned>(messages));
  EXPECT_EQ(taken, unsent);
  ASSERT_EQ(got.size(), unsent);
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_EQ(got[i],
              std::to_string(100 + messages - static_cast<int>(unsent) + static_cast<int>(i)));
  run();
}

TEST_F(reconnecting_loopback, client_gives_a_connection_up_with_4000_when_told_to_reconnect) {
  std::vector<int> codes;
  serve({},
        {.on_closing = [&](websocket&, closing_reply reply) { codes.push_back(reply.code()); }});
  reconnecting_websocket client(
      *io, url(), {.backoff = quick()}, heard({.on_open = [](reconnecting_websocket& c) {
        c.openings() == 1 ? c.reconnect_now() : static_cast<void>(c.close(4321));
      }}));
  run_until([&] { return said("close 4321"); });
  EXPECT_EQ(log, (lines{"open", "down 4000", "open", "close 4321"}));
  EXPECT_EQ(codes, (std::vector<int>{4000, 4321}));
  stop_server();
  run();
}

TEST_F(reconnecting_loopback, client_closed_in_any_phase_tells_one_event_and_leaves_nothing) {
  auto silent = listen_here(*io);  // takes connections, answers nothing
  for (const std::string& to :
       {url_of(silent), std::string("ws://127.0.0.1:1/"), std::string("ws://name.invalid/")})
    for (const auto after : {0ms, 1ms, 30ms}) {
      log.clear();
      reconnecting_websocket client(*io, to, {.backoff = quick()}, heard());
      if (after != 0ms) io->run_for(after);
      EXPECT_FALSE(client.close());
      io->restart();
      run();  // comes to rest: nothing is left that could wake it
      EXPECT_EQ(client.state(), reconnect_state::stopped);
      EXPECT_EQ(std::count_if(log.begin(), log.end(),
                              [](const std::string& l) { return l.starts_with("close"); }),
                1)
          << to;
      io->restart();
    }
}

TEST_F(reconnecting_loopback,
       a_server_that_never_ends_tcp_delays_the_next_attempt_and_makes_no_second) {
  auto acceptor = listen_here(*io);
  int accepted  = 0;
  std::vector<raw_peer> kept;
  spawn([&]() -> awaitable<void> {
    for (; accepted < 3; ++accepted) {
      raw_peer peer = co_await raw_peer::accept(acceptor);
      co_await peer.let_open(raw_close(1001, "", false));
      kept.push_back(std::move(peer));  // answers nothing more, ends nothing
    }
    acceptor.close();
    kept.clear();
  });
  connection_options hurried = in_a_hurry(50ms);
  hurried.deadlines.opening  = 20s;  // the machine may be busy
  reconnecting_websocket client(
      *io, url_of(acceptor), {.backoff = quick(), .websocket = {.connection = hurried}},
      heard({.on_down = [&](reconnecting_websocket& c, const close_event&, const decision&) {
        if (accepted == 3) c.close();
      }}));
  run_until([&] { return client.state() == reconnect_state::stopped; });
  run();
  EXPECT_EQ(std::count(log.begin(), log.end(), "open"), 3);
  EXPECT_EQ(std::count(log.begin(), log.end(), "down 1001"), 3);
}

TEST_F(reconnecting_loopback, destroying_the_client_closes_with_1001_in_the_background) {
  std::uint16_t code = 0;
  serve({}, {.on_close = [&](websocket&, const close_event& e) { code = e.code; }});
  auto client = std::make_unique<reconnecting_websocket>(*io, url(), heard());
  run_until([&] { return said("open"); });
  client.reset();
  run_until([&] { return code != 0; });
  EXPECT_EQ(code, 1001);
  EXPECT_EQ(log, (lines{"open"}));
  stop_server();
  run();
}

TEST_F(reconnecting_loopback, the_io_context_may_be_destroyed_before_the_client) {
  for (const bool opens : {true, false}) {
    auto context = std::make_unique<asio::io_context>();
    server here(*context);
    const std::string to =
        opens ? "ws://127.0.0.1:" + std::to_string(here.port()) : std::string("ws://127.0.0.1:1/");
    reconnecting_websocket client(*context, to, heard());
    client.async_receive([](error_code, std::optional<message>) { ADD_FAILURE(); });
    context->run_for(50ms);
    context.reset();
    EXPECT_EQ(client.state(), reconnect_state::stopped);
    EXPECT_FALSE(client.close());
    client.reconnect_now();
    client.pause();
    client.resume();
    client.terminate();
  }
}

// Their deadlines lie side by side with those of connections that are cut off after them.
TEST_F(reconnecting_loopback, clients_that_their_handlers_own_die_with_the_io_context) {
  auto context           = std::make_unique<asio::io_context>();
  tcp::acceptor acceptor = listen_here(*io);  // that never answers
  const std::string to = "ws://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/";
  const auto opening   = connection_options().deadlines.opening;
  std::vector<websocket> others;
  std::vector<attempt_reply> kept;
  std::vector<std::weak_ptr<std::unique_ptr<reconnecting_websocket>>> owned;
  for (int i = 0; i < 16; ++i) {
    auto self = std::make_shared<std::unique_ptr<reconnecting_websocket>>();
    owned.push_back(self);
    *self = std::make_unique<reconnecting_websocket>(
        *context, to, reconnecting_options{.answer_within = opening},
        reconnecting_handlers{
            .on_attempt = [&kept, self](auto&, auto reply) { kept.push_back(std::move(reply)); }});
    others.emplace_back(*context, to);
  }
  while (kept.size() < owned.size()) context->run_one();
  context->run_for(20ms);
  context.reset();
  for (const auto& o : owned) EXPECT_TRUE(o.expired());
  for (const auto& ws : others) EXPECT_EQ(ws.state(), ready_state::closed);
}

TEST_F(reconnecting_loopback, what_is_thrown_while_a_connection_closes_is_told_to_on_exception) {
  serve({}, {.on_open = [](websocket& ws) {
          for (int i = 0; i < 5; ++i) ws.send("x");
        }});
  int told           = 0;
  auto given         = heard({.on_message = [](reconnecting_websocket&, message_view) { throw 42; },
                              .on_down    = [](reconnecting_websocket& c, const close_event&,
                                    const decision&) { c.close(); }});
  given.on_exception = [&](std::exception_ptr) { ++told; };
  reconnecting_websocket client(*io, url(), {.backoff = quick()}, std::move(given));
  run_until([&] { return said("down 1011") && client.state() == reconnect_state::stopped; });
  EXPECT_EQ(std::count(log.begin(), log.end(), "x"), 5);
  EXPECT_EQ(told, 4);  // the first has ended the connection
  stop_server();
  run();
}

TEST_F(reconnecting_loopback, a_coroutine_receives_across_connections) {
  serve({}, {.on_open = [n = 0](websocket& ws) mutable {
          ws.send(std::to_string(++n));
          if (n < 3) ws.close(1012);
        }});
  lines got;
  spawn([&]() -> awaitable<void> {
    reconnecting_websocket client(*io, url(), {.backoff = quick()});
    while (auto m = co_await client.async_receive()) {
      got.emplace_back(m->text());
      if (got.size() == 3) client.close();
    }
    EXPECT_EQ(client.openings(), 3u);
  });
  run_until([&] { return got.size() == 3; });
  stop_server();
  run();
  EXPECT_EQ(got, (lines{"1", "2", "3"}));
}

TEST_F(reconnecting_loopback, close_in_the_tls_handshake_of_a_new_attempt_abandons_it) {
  tcp::acceptor acceptor = listen_here(*io);
  reconnecting_websocket client(
      *io, "wss://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/",
      {.backoff = quick()}, heard());
  bool over = false;
  spawn([&]() -> awaitable<void> {
    {
      tcp::socket first = co_await acceptor.async_accept(asio::use_awaitable);
      raw_peer server(std::move(first), std::make_unique<tls_filter>(test_server_context(),
                                                                     tls_filter::role::server));
      co_await server.handshake();
      co_await server.let_open();
      while (!said("open")) co_await pass(1ms);
    }
    tcp::socket second = co_await acceptor.async_accept(asio::use_awaitable);
    char hello[2000];  // no answer
    co_await second.async_read_some(asio::buffer(hello), asio::use_awaitable);
    EXPECT_EQ(client.state(), reconnect_state::connecting);
    EXPECT_FALSE(client.close());
    error_code ended;
    co_await second.async_read_some(asio::buffer(hello),
                                    asio::redirect_error(asio::use_awaitable, ended));
    EXPECT_TRUE(ended);
    over = true;
  });
  run_until([&] { return over && client.state() == reconnect_state::stopped; });
  acceptor.close();
  run();
  EXPECT_EQ(log, (lines{"open", "down 1006", "close 1006"}));
  EXPECT_EQ(event.cause, cause::abandoned);
  EXPECT_EQ(event.phase, phase::tls);
  EXPECT_EQ(event.initiator, initiator::local);
}

}  // namespace
}  // namespace adieu::tests
