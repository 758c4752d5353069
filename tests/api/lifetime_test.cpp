// Who owns a connection, and what may be destroyed when: every line of the API's lifetime rules.
#include "api/session.hpp"
#include "ledger.hpp"

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <functional>

namespace adieu::tests {
namespace {

using asio::awaitable;
using asio::use_awaitable;

class lifetime : public connection_test {};

// 248 bytes and malloc's 8 are what an idle connection with handlers costs.
static_assert(sizeof(void*) != 8 || sizeof(api::session) <= 248);

TEST_F(lifetime, a_websocket_destroyed_in_its_own_handler_keeps_the_captures_until_it_returns) {
  serve();
  auto owner   = std::make_shared<std::unique_ptr<websocket>>();
  auto capture = std::make_shared<std::string>("still here");
  std::weak_ptr<std::string> watched(capture);
  bool ran                 = false;
  *owner                   = client("client", {.on_open = [owner, capture, &ran](websocket&) {
                    owner->reset();
                    ran = *capture == "still here";
                  }});
  lives("client").silenced = true;
  capture.reset();
  owner.reset();
  run_until([&] { return ran && watched.expired(); });
  stop_server();
  run();
  EXPECT_EQ(lives("server 1").event.code, 1001);
}

TEST_F(lifetime, a_handler_that_owns_its_websocket_is_freed_at_the_end) {
  serve({}, {.on_open = [](websocket& ws) { ws.close(); }});
  auto shared = std::make_shared<std::unique_ptr<websocket>>();
  std::weak_ptr<std::unique_ptr<websocket>> watched(shared);
  *shared = client("client", {.on_message = [shared](websocket&, message_view) {}});
  shared.reset();
  run_until([&] { return watched.expired(); });
  stop_server();
  run();
}

TEST_F(lifetime, a_websocket_moved_in_on_open_is_what_later_handlers_get) {
  serve({}, {.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  websocket taken;
  websocket* told = nullptr;
  auto ws         = client("client", {.on_open =
                                          [&](websocket& opened) {
                                    taken = std::move(opened);
                                    taken.send("echo");
                                  },
                                      .on_message =
                                          [&](websocket& at, message_view) {
                                    told = &at;
                                    at.close();
                                  }});
  run_until([&] { return taken.closed() != nullptr; });
  EXPECT_EQ(told, &taken);
  EXPECT_EQ(ws->state(), ready_state::closed);
  stop_server();
  run();
}

TEST_F(lifetime, moving_a_websocket_out_of_a_servers_handler_takes_the_connection_over) {
  std::vector<websocket> taken;
  serve({}, {.on_open = [&](websocket& ws) { taken.push_back(std::move(ws)); },
             .on_message =
                 [&](websocket& ws, message_view m) {
                   EXPECT_EQ(&ws, &taken.back());
                   ws.send(m);
                 }});
  auto ws = client("client", {.on_open    = [](websocket& w) { w.send("x"); },
                              .on_message = [](websocket& w, message_view) { w.close(); }});
  run_until([&] { return ws->closed() && !taken.empty() && taken.back().closed(); });
  EXPECT_EQ(lives("client").messages.size(), 1u);
  EXPECT_EQ(server_->connections(), 0u);
  stop_server();
  run();
}

TEST_F(lifetime, a_moved_from_websocket_is_closed_and_keeps_its_executor) {
  serve();
  auto a = client("client", {.on_open = [](websocket& w) { w.close(); }});
  websocket b(std::move(*a));
  EXPECT_EQ(a->state(), ready_state::closed);
  EXPECT_EQ(a->closed(), nullptr);
  EXPECT_EQ(a->buffered_amount(), 0u);
  EXPECT_EQ(a->subprotocol(), "");
  EXPECT_EQ(a->remote_endpoint(), endpoint());
  EXPECT_FALSE(a->close());
  a->terminate();
  a->pause_reading();
  a->resume_reading();
  const error_code ec = a->send("x");
  EXPECT_EQ(ec, error::not_open);
  EXPECT_TRUE(a->ref() == websocket_ref());
  EXPECT_TRUE(a->get_executor() == b.get_executor());
  EXPECT_EQ(b.state(), ready_state::connecting);
  a.reset();
  EXPECT_EQ(b.state(), ready_state::connecting);
  run_until([&] { return b.closed() != nullptr; });
  stop_server();
  run();
}

TEST_F(lifetime, what_is_awaited_on_a_moved_from_websocket_does_not_touch_the_connection) {
  serve({}, {.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  websocket a(*io, url());
  websocket b(std::move(a));
  std::string said;
  b.async_opened([&](error_code ec) {
    EXPECT_FALSE(ec);
    b.send("to b");
    a.async_receive([&](error_code, std::optional<message> m) {
      EXPECT_FALSE(m) << "it stole a message";
      said += "receive ";
    });
    a.async_send("x", [&](error_code e) { said += e == error::not_open ? "send " : "?"; });
    a.async_ping([&](error_code e, auto) { said += e == error::not_open ? "ping " : "?"; });
    a.async_close(1000, "", [&](error_code e, close_event) { said += e ? "close " : "?"; });
    b.async_receive([&](error_code, std::optional<message> m) {
      EXPECT_TRUE(m);
      EXPECT_EQ(b.state(), ready_state::open);
      said += "b";
    });
  });
  run_until([&] { return said.ends_with('b'); });
  EXPECT_EQ(said, "receive send ping close b");
  b.close();
  run_until([&] { return b.closed() != nullptr; });
  stop_server();
  run();
}

TEST_F(lifetime, a_default_constructed_websocket_is_closed_and_does_nothing) {
  websocket ws;
  EXPECT_EQ(ws.state(), ready_state::closed);
  EXPECT_EQ(ws.closed(), nullptr);
  EXPECT_FALSE(ws.close());
  EXPECT_FALSE(ws.close(4000, "bye"));
  ws.terminate();
  ws.pause_reading();
  ws.resume_reading();
  EXPECT_EQ(ws.send("x"), error::not_open);
  EXPECT_TRUE(ws.ref() == websocket_ref());
  websocket other(std::move(ws));
  ws = std::move(other);
  websocket_ref().close();
  websocket_ref().terminate();
  websocket_ref().send("x");
  run();
}

awaitable<void> echo_once(websocket ws, bool& done) {
  auto m = co_await ws.async_receive();
  EXPECT_TRUE(m);
  if (m) co_await ws.async_send(std::move(*m));
  const close_event end = co_await ws.async_closed();
  EXPECT_TRUE(end.was_clean);
  done = true;
}

TEST_F(lifetime, a_websocket_may_be_moved_in_the_call_that_takes_its_executor) {
  bool done = false;
  server_   = std::make_unique<server>(
      *io, server_options{.tls = over_tls() ? &test_server_context() : nullptr},
      server_handlers{.on_open = [&](websocket& ws) {
        asio::co_spawn(ws.get_executor(), echo_once(std::move(ws), done), asio::detached);
      }});
  auto ws = client("client", {.on_open    = [](websocket& w) { w.send("x"); },
                              .on_message = [](websocket& w, message_view) { w.close(); }});
  run_until([&] { return done && ws->closed(); });
  stop_server();
  run();
}

TEST_F(lifetime, destroying_an_open_websocket_closes_with_1001_in_the_background) {
  serve();
  auto ws = client("client");
  run_until([&] { return ws->state() == ready_state::open; });
  lives("client").silenced = true;
  ws.reset();
  run_until([&] { return server_->connections() == 0; });
  EXPECT_EQ(lives("server 1").event.code, 1001);
  EXPECT_TRUE(lives("server 1").event.was_clean);
  stop_server();
  run();
}

TEST_F(lifetime, what_was_queued_leaves_before_the_1001_of_a_destroyed_websocket) {
  serve();
  auto ws = client("client");
  run_until([&] { return ws->state() == ready_state::open; });
  lives("client").silenced = true;
  ws->send(std::string(3'000'000, 'x'));
  ws->send("last");
  ws.reset();
  run_until([&] { return server_->connections() == 0; });
  ASSERT_EQ(lives("server 1").messages.size(), 2u);
  EXPECT_EQ(lives("server 1").messages[1].text(), "last");
  EXPECT_TRUE(lives("server 1").event.was_clean);
  stop_server();
  run();
}

TEST_F(lifetime, destroying_a_connecting_websocket_abandons_it_without_a_word) {
  serve();
  auto ws                  = client("client");
  lives("client").silenced = true;
  ws.reset();
  stop_server();
  run();
}

TEST_F(lifetime, assigning_a_new_connection_in_on_close_is_how_one_reconnects_by_hand) {
  serve({}, {.on_open = [](websocket& ws) { ws.close(4001, "again"); }});
  int rounds = 0;
  std::function<websocket_handlers()> handlers;
  websocket ws;
  handlers = [&] {
    return client_handlers("client " + std::to_string(++rounds),
                           {.on_close = [&](websocket& w, const close_event&) {
                             EXPECT_EQ(&w, &ws);
                             if (rounds < 5) w = websocket(*io, url(), handlers());
                           }});
  };
  ws = websocket(*io, url(), handlers());
  run_until([&] { return rounds == 5 && ws.closed(); });
  stop_server();
  run();
}

TEST_F(lifetime, assigning_another_connection_to_a_servers_websocket_ends_the_first) {
  serve({}, {.on_message = [&](websocket& ws, message_view) {
          life_of(ws).silenced = true;
          ws = websocket(*io, "ws://127.0.0.1:" + std::to_string(server_->port()) + "/");
        }});
  auto ws = client("client", {.on_open = [](websocket& w) { w.send("go"); }});
  run_until([&] { return ws->closed() != nullptr; });
  EXPECT_EQ(lives("client").event.code, 1001);
  // What was put in its place has no owner any more once the connection has ended.
  run_until([&] { return server_->connections() == 0; });
  stop_server();
  run();
}

TEST_F(lifetime, a_ref_kept_in_a_connections_own_data_does_not_keep_it_alive) {
  struct noted {
    websocket_ref self;
    std::shared_ptr<int> alive;
  };
  serve({}, {.on_open = [](websocket& ws) { ws.close(); }});
  auto alive = std::make_shared<int>();
  std::weak_ptr<int> watched(alive);
  auto ws                 = client("client");
  ws->data<noted>().self  = ws->ref();
  ws->data<noted>().alive = std::move(alive);
  run_until([&] { return ws->closed() != nullptr; });
  EXPECT_FALSE(watched.expired());
  ws.reset();
  EXPECT_TRUE(watched.expired());
  stop_server();
  run();
}

TEST_F(lifetime, data_is_made_once_and_is_the_same_wherever_the_websocket_goes) {
  struct no_default {
    explicit no_default(int n) : value(n) {}
    int value;
  };
  serve();
  auto ws = client("client", {.on_open = [](websocket& w) {
                     EXPECT_EQ(w.data<no_default>().value, 7);
                     w.close();
                   }});
  EXPECT_THROW(ws->data<no_default>(), std::bad_cast);
  EXPECT_EQ(ws->data<no_default>(7).value, 7);
  EXPECT_EQ(ws->data<no_default>(8).value, 7);
  EXPECT_THROW(ws->data<int>(), std::bad_cast);
  run_until([&] { return ws->closed() != nullptr; });
  stop_server();
  run();
}

TEST_F(lifetime, every_handler_of_many_connections_may_turn_the_loop) {
  const auto turn = [this] {
    for (int n = 0; n < 5; ++n) io->poll();
  };
  serve({}, {.on_open = [&](websocket&) { turn(); },
             .on_message =
                 [&](websocket& ws, message_view m) {
                   ws.send(m);
                   turn();
                 },
             .on_close = [&](websocket&, const close_event&) { turn(); }});
  std::vector<std::unique_ptr<websocket>> all;
  for (int n = 0; n < 10; ++n)
    all.push_back(client("client " + std::to_string(n),
                         {.on_open =
                              [&](websocket& w) {
                                w.send("hi");
                                turn();
                              },
                          .on_message =
                              [&](websocket& w, message_view) {
                                turn();
                                w.close();
                              },
                          .on_close = [&](websocket&, const close_event&) { turn(); }}));
  run_until([&] {
    return std::all_of(all.begin(), all.end(), [](const auto& w) { return w->closed(); });
  });
  stop_server();
  run();
}

}  // namespace
}  // namespace adieu::tests
