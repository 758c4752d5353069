// The two replies that may be kept: answered at once, kept, dropped, late, outliving all else.
#include "ledger.hpp"
#include "raw_peer.hpp"

namespace adieu::tests {
namespace {

using asio::awaitable;

class closing_replies : public connection_test {
 protected:
  /// A client that closes with 4005 as soon as it is open, and hears what the server still says.
  std::unique_ptr<websocket> closing_client() {
    return client("client", {.on_open = [](websocket& w) { w.close(4005, "going"); }});
  }
};

TEST_F(closing_replies, last_words_are_sent_before_our_close) {
  serve({}, {.on_closing = [](websocket& ws, closing_reply reply) {
          EXPECT_EQ(reply.code(), 4005);
          EXPECT_EQ(reply.reason(), "going");
          EXPECT_EQ(ws.state(), ready_state::closing);
          EXPECT_FALSE(ws.close());
          EXPECT_EQ(ws.send("not this way"), error::not_open);
          reply.send("last");
          reply.send("words");
          EXPECT_EQ(reply.send("\xff"), error::invalid_utf8);
        }});
  auto ws = closing_client();
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  ASSERT_EQ(lives("client").messages.size(), 2u);
  EXPECT_EQ(lives("client").messages[1].text(), "words");
  EXPECT_EQ(lives("client").event.code, 4005);
  EXPECT_EQ(lives("client").event.reason, "");
  EXPECT_TRUE(lives("client").event.was_clean);
  stop_server();
  run();
}

TEST_F(closing_replies, a_kept_reply_answers_later) {
  std::optional<closing_reply> kept;
  serve({},
        {.on_closing = [&](websocket&, closing_reply reply) { kept.emplace(std::move(reply)); }});
  auto ws = closing_client();
  run_until([&] { return kept.has_value(); });
  spawn([&]() -> awaitable<void> {
    co_await pass(50ms);
    EXPECT_EQ(ws->state(), ready_state::closing);
    kept->send("later");
    kept->finish();
    const error_code ec = kept->send("too late");
    EXPECT_EQ(ec, error::not_open);
  });
  run_until([&] { return ws->closed() != nullptr; });
  EXPECT_EQ(lives("client").messages.size(), 1u);
  stop_server();
  run();
}

TEST_F(closing_replies, what_comes_while_a_server_closes_it_may_take_one_by_one) {
  std::optional<closing_reply> kept;
  std::size_t taken = 0;
  websocket* ours   = nullptr;
  serve({}, {.on_open =
                 [&](websocket& ws) {
                   ours = &ws;
                   ws.pause_reading();
                   ws.close(4005, "going");
                 },
             .on_message =
                 [&](websocket& ws, message_view) {
                   ++taken;
                   ws.pause_reading();
                 }});
  auto ws = client("client", {.on_closing = [&](websocket&, closing_reply reply) {
                     for (int i = 0; i < 5; ++i) reply.send("last words");
                     kept.emplace(std::move(reply));
                   }});
  run_until([&] { return kept.has_value(); });
  for (std::size_t n = 1; n <= 3; ++n) {
    ours->resume_reading();
    run_until([&] { return taken >= n; });
    for (int i = 0; i < 20; ++i) io->poll();  // all that is to be done now
    EXPECT_EQ(taken, n);
  }
  kept.reset();
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(taken, 5u);  // the rest comes before the event
  stop_server();
  run();
}

TEST_F(closing_replies, a_reply_that_is_dropped_answers) {
  std::optional<closing_reply> kept;
  serve({},
        {.on_closing = [&](websocket&, closing_reply reply) { kept.emplace(std::move(reply)); }});
  auto ws = closing_client();
  run_until([&] { return kept.has_value(); });
  EXPECT_EQ(ws->closed(), nullptr);
  kept.reset();
  run_until([&] { return ws->closed() != nullptr; });
  EXPECT_TRUE(lives("client").event.was_clean);
  stop_server();
  run();
}

TEST_F(closing_replies, a_reply_that_is_late_is_answered_for_with_what_it_had_sent) {
  std::optional<closing_reply> kept;
  connection_options hurried = in_a_hurry();
  serve({.connection = hurried}, {.on_closing = [&](websocket&, closing_reply reply) {
          reply.send("in time");
          kept.emplace(std::move(reply));
        }});
  auto ws = closing_client();
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(lives("client").messages.size(), 1u);
  EXPECT_TRUE(lives("server 1").event.was_clean);
  EXPECT_EQ(lives("server 1").event.cause, cause::completed);
  const error_code ec = kept->send("late");
  EXPECT_EQ(ec, error::not_open);
  EXPECT_EQ(kept->code(), 4005);
  EXPECT_EQ(kept->reason(), "going");
  stop_server();
  run();
  kept->finish();
}

TEST_F(closing_replies, a_reply_outlives_the_websocket_the_server_and_the_io_context) {
  std::vector<closing_reply> kept;
  serve({},
        {.on_closing = [&](websocket&, closing_reply reply) { kept.push_back(std::move(reply)); }});
  auto ws = closing_client();
  run_until([&] { return kept.size() == 1; });
  lives("server 1").silenced = lives("client").silenced = true;
  drop_server();
  kept[0].send("nobody owns it any more, but it is still closing");
  io.reset();
  EXPECT_EQ(kept[0].send("nowhere"), error::not_open);
  kept[0].finish();
  EXPECT_EQ(kept[0].code(), 1005);
}

TEST_F(closing_replies, a_reply_moved_over_another_finishes_that_one) {
  std::vector<closing_reply> kept;
  serve({},
        {.on_closing = [&](websocket&, closing_reply reply) { kept.push_back(std::move(reply)); }});
  auto a = client("a", {.on_open = [](websocket& w) { w.close(); }});
  auto b = client("b", {.on_open = [](websocket& w) { w.close(); }});
  run_until([&] { return kept.size() == 2; });
  kept[0] = std::move(kept[1]);
  run_until([&] { return (a->closed() != nullptr) != (b->closed() != nullptr); });
  kept.clear();
  run_until([&] { return a->closed() && b->closed(); });
  stop_server();
  run();
}

// --- openings ---

class opening_replies : public connection_test {
 protected:
  std::vector<refusal> refused_;
  std::function<void(const refusal&)> note = [this](const refusal& r) { refused_.push_back(r); };
};

TEST_F(opening_replies, an_acceptance_that_was_refused_leaves_no_subprotocol) {
  std::string agreed = "?";
  serve({}, {.on_opening =
                 [](const opening_request&, opening_reply reply) {
                   EXPECT_THROW(reply.accept({.subprotocol = "not offered"}), system_error);
                   reply.accept();
                 },
             .on_open = [&](websocket& ws) { agreed = ws.subprotocol(); }});
  auto ws = client("client", {.on_open = [](websocket& w) { w.close(); }});
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(agreed, "");
  stop_server();
  run();
}

TEST_F(opening_replies, accept_chooses_a_subprotocol_and_gives_data) {
  serve({}, {.on_opening =
                 [](const opening_request& request, opening_reply reply) {
                   EXPECT_EQ(request.target, "/chat?room=1");
                   EXPECT_EQ(request.path(), "/chat");
                   EXPECT_EQ(request.query(), "room=1");
                   EXPECT_EQ(request.header("x-token"), "abc");
                   EXPECT_EQ(request.header("none"), "");
                   EXPECT_EQ(request.remote_endpoint.address, "127.0.0.1");
                   EXPECT_EQ(request.subprotocols, (std::vector<std::string>{"a", "b"}));
                   EXPECT_THROW(reply.accept({.subprotocol = "c"}), system_error);
                   EXPECT_THROW(reply.accept({.headers = {{"x", "a\r\nb"}}}), system_error);
                   EXPECT_THROW(reply.refuse({.status = 101}), system_error);
                   reply.accept({.subprotocol = "b", .headers = {{"x-y", "z"}}});
                   reply.accept();
                   reply.refuse();
                 },
             .on_open =
                 [](websocket& ws) {
                   EXPECT_EQ(ws.subprotocol(), "b");
                   ws.close();
                 }});
  websocket ws(*io, url("/chat?room=1"),
               {.headers = {{"X-Token", "abc"}}, .subprotocols = {"a", "b"}},
               client_handlers("client",
                               {.on_open = [](websocket& w) { EXPECT_EQ(w.subprotocol(), "b"); }}));
  run_until([&] { return ws.closed() != nullptr; });
  EXPECT_EQ(ws.subprotocol(), "b");
  stop_server();
  run();
}

TEST_F(opening_replies, refuse_tells_both_sides) {
  serve({}, {.on_opening =
                 [](const opening_request&, opening_reply reply) {
                   reply.refuse({.status = 429, .headers = {{"Retry-After", "7"}}, .body = "slow"});
                 },
             .on_refused = note});
  auto ws = client("client");
  run_until([&] { return ws->closed() && refused_.size() == 1; });
  EXPECT_EQ(lives("client").event.http_status, 429);
  EXPECT_EQ(lives("client").event.retry_after, 7s);
  EXPECT_EQ(lives("client").event.cause, cause::refused);
  EXPECT_EQ(refused_[0].status, 429);
  EXPECT_EQ(refused_[0].target, "/");
  EXPECT_EQ(refused_[0].remote_endpoint.address, "127.0.0.1");
  stop_server();
  run();
}

TEST_F(opening_replies, an_origin_that_is_not_allowed_gets_403_before_the_application_is_asked) {
  int asked = 0, clients = 0;
  serve({.origins = {"https://good.example", "https://other.example"}},
        {.on_opening =
             [&](const opening_request&, opening_reply r) {
               ++asked;
               r.accept();
             },
         .on_refused = note});
  const auto status_for = [&](websocket_options options) {
    websocket ws(*io, url("/"), std::move(options),
                 client_handlers("client " + std::to_string(++clients),
                                 {.on_open = [](websocket& w) { w.close(); }}));
    run_until([&] { return ws.closed() != nullptr; });
    return ws.closed()->http_status;
  };
  EXPECT_EQ(status_for({.origin = "https://good.example"}), 0);
  EXPECT_EQ(status_for({.origin = "https://other.example"}), 0);
  EXPECT_EQ(status_for({}), 0) << "no browser's page";
  EXPECT_EQ(asked, 3);
  for (const char* origin :
       {"https://evil.example", "http://good.example", "https://good.example:8443",
        "https://good.example.evil.example", "null", "*"})
    EXPECT_EQ(status_for({.origin = origin}), 403) << origin;
  EXPECT_EQ(status_for({.headers = {{"Origin", "https://evil.example"}},
                        .origin  = "https://good.example"}),
            403);
  EXPECT_EQ(asked, 3);
  stop_server();
  run();
}

// What a browser sends of itself: a page of a stranger's must not ride on a user's cookies.
TEST_F(opening_replies, without_a_list_only_the_pages_of_the_same_host_may_connect) {
  int clients = 0;
  std::vector<std::string> logged;
  set_log_hook([&](const log_entry& e) { logged.emplace_back(e.text); });
  serve({});
  const auto answer_to = [&](websocket_options options) {
    websocket ws(*io, url("/"), std::move(options),
                 client_handlers("client " + std::to_string(++clients),
                                 {.on_open = [](websocket& w) { w.close(); }}));
    run_until([&] { return ws.closed() != nullptr; });
    return *ws.closed();
  };
  const std::string here = "127.0.0.1:" + std::to_string(server_->port());
  EXPECT_TRUE(answer_to({}).was_clean);
  EXPECT_TRUE(answer_to({.origin = "http://" + here}).was_clean);
  EXPECT_TRUE(answer_to({.origin = "https://" + here}).was_clean) << "TLS may end at a proxy";
  for (const std::string& page :
       {std::string("http://127.0.0.1"), std::string("http://127.0.0.1:1"), "http://evil." + here,
        std::string("null"), "http://" + here + "/"}) {
    const close_event refused = answer_to({.origin = page});
    EXPECT_EQ(refused.http_status, 403) << page;
    ASSERT_TRUE(refused.response) << page;
    EXPECT_NE(refused.response->body.find(page), std::string::npos) << refused.response->body;
    EXPECT_TRUE(refused.response->body.ends_with("\n"));
  }
  ASSERT_EQ(logged.size(), 1u) << "once, for nobody is told of refusals";
  EXPECT_NE(logged[0].find("add \"http://127.0.0.1\" to"), std::string::npos) << logged[0];
  set_log_hook(log_to_stderr);
  stop_server();
  run();
}

TEST_F(opening_replies, who_is_told_of_refusals_is_told_the_origin_and_what_to_do) {
  std::vector<std::string> logged;
  set_log_hook([&](const log_entry& e) { logged.emplace_back(e.text); });
  serve({.origins = {"https://good.example"}}, {.on_refused = note});
  websocket ws(*io, url("/"), {.origin = "https://Other.example:443"}, client_handlers("client"));
  run_until([&] { return ws.closed() && !refused_.empty(); });
  EXPECT_EQ(refused_[0].status, 403);
  EXPECT_EQ(refused_[0].why + "\n", ws.closed()->response->body);
  EXPECT_NE(
      refused_[0].why.find("the origin https://other.example is not allowed: for its pages to "
                           "connect, add \"https://other.example\" to"),
      std::string::npos)
      << refused_[0].why;
  EXPECT_TRUE(logged.empty());
  set_log_hook(log_to_stderr);
  stop_server();
  run();
}

TEST_F(opening_replies, an_origin_that_can_never_match_is_no_option) {
  for (const auto& [entry, words] : std::vector<std::pair<std::string, std::string>>{
           {"https://a/", "write \"https://a\""}, {"a.com", "\"https://a.com\""}, {"", "\"*\""}}) {
    try {
      server refused(*io, {.origins = {"https://fine.example", entry}});
      ADD_FAILURE() << entry;
    } catch (const system_error& e) {
      EXPECT_EQ(e.code(), make_error_code(error::bad_option));
      EXPECT_NE(std::string(e.what()).find(words), std::string::npos) << e.what();
    }
  }
  for (const char* entry : {"*", "same host", "null", "https://*.example.com", "file://"})
    server taken(*io, {.origins = {entry}});
}

TEST_F(opening_replies, a_kept_reply_accepts_later_and_a_dropped_one_is_503) {
  std::vector<opening_reply> kept;
  serve({}, {.on_opening = [&](const opening_request&,
                               opening_reply r) { kept.push_back(std::move(r)); },
             .on_refused = note});
  auto a = client("a", {.on_open = [](websocket& w) { w.close(); }});
  run_until([&] { return kept.size() == 1; });
  auto b = client("b");
  run_until([&] { return kept.size() == 2; });
  kept[0].accept();
  kept.clear();
  run_until([&] { return a->closed() && b->closed() && refused_.size() == 1; });
  EXPECT_TRUE(lives("a").event.was_clean);
  EXPECT_EQ(lives("b").event.http_status, 503);
  stop_server();
  run();
}

TEST_F(opening_replies, a_reply_that_is_late_finds_its_opening_refused_with_503) {
  std::optional<opening_reply> kept;
  serve({.connection = in_a_hurry()},
        {.on_opening = [&](const opening_request&, opening_reply r) { kept.emplace(std::move(r)); },
         .on_refused = note});
  auto ws = client("client");
  run_until([&] { return ws->closed() && refused_.size() == 1; });
  EXPECT_EQ(lives("client").event.http_status, 503);
  kept->accept();
  stop_server();
  run();
}

TEST_F(opening_replies, a_client_that_has_gone_meanwhile_makes_the_reply_do_nothing) {
  std::optional<opening_reply> kept;
  serve({},
        {.on_opening = [&](const opening_request&, opening_reply r) { kept.emplace(std::move(r)); },
         .on_refused = note});
  spawn([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_peer::connect(server_->port());
    co_await peer.send(raw_peer::request());
    while (!kept) co_await pass(1ms);
    peer.reset();
  });
  run_until([&] { return refused_.size() == 1; });
  EXPECT_EQ(refused_[0].cause, cause::reset);
  EXPECT_EQ(refused_[0].status, 0);
  kept->accept();
  EXPECT_EQ(server_->connections(), 0u);
  stop_server();
  run();
}

TEST_F(opening_replies, a_reply_outlives_the_server_and_the_io_context) {
  std::vector<opening_reply> kept;
  serve({}, {.on_opening = [&](const opening_request&, opening_reply r) {
          kept.push_back(std::move(r));
        }});
  auto a = client("a");
  auto b = client("b");
  run_until([&] { return kept.size() == 2; });
  drop_server();
  kept[0].accept();
  run_until([&] { return a->closed() && b->closed(); });
  run();
  io.reset();
  kept[1].data<int>() = 1;
  kept[1].accept();
  kept.clear();
}

}  // namespace
}  // namespace adieu::tests
