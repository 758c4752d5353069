// What the caller can do wrong: each is refused with nothing changed. And every form in which a
// websocket can be told where to run.
#include "ledger.hpp"

#include <adieu/log.hpp>
#include <adieu/reconnecting_websocket.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>

namespace adieu::tests {
namespace {

class errors : public connection_test {
 protected:
  template <typename Call>
  static error_code thrown_by(Call call) {
    try {
      call();
    } catch (const system_error& e) {
      EXPECT_NE(std::string(e.what()).find("adieu"), std::string::npos) << e.what();
      return e.code();
    }
    return {};
  }
};

TEST_F(errors, a_close_that_is_refused_changes_nothing) {
  serve();
  auto ws = client("client");
  run_until([&] { return ws->state() == ready_state::open; });
  const std::string long_reason(124, 'x');
  const std::string bad_reason = "\xc3(";
  for (int n = 0; n <= 65535; ++n) {
    if (may_send(static_cast<std::uint16_t>(n), role::client)) continue;
    ASSERT_EQ(ws->close(close_code(n)), error::bad_close_code) << n;
  }
  EXPECT_EQ(ws->close(close_code(1006)), error::bad_close_code);
  EXPECT_EQ(ws->close(1001), error::bad_close_code) << "a server's code";
  EXPECT_EQ(ws->close(1000, long_reason), error::reason_too_long);
  EXPECT_EQ(ws->close(1000, bad_reason), error::invalid_utf8);
  EXPECT_EQ(ws->close(no_status, "reason"), error::reason_too_long);
  EXPECT_EQ(ws->state(), ready_state::open);
  EXPECT_EQ(ws->buffered_amount(), 0u);
  ws->send("still usable");
  EXPECT_FALSE(ws->close(no_status));
  EXPECT_FALSE(ws->close());
  EXPECT_FALSE(ws->close(close_code(1006))) << "closing already: never an error";
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(lives("server 1").messages.size(), 1u);
  EXPECT_EQ(lives("server 1").event.code, 1005);
  EXPECT_FALSE(ws->close());
  stop_server();
  run();
}

// A websocket_ref returns nothing, and who ignores a result waits for an end that does not come.
TEST_F(errors, a_close_that_is_refused_is_told_to_the_log) {
  serve();
  auto ws = client("client");
  reconnecting_websocket again(*io, url(), reconnecting_handlers{});
  run_until(
      [&] { return ws->state() == ready_state::open && again.state() == reconnect_state::open; });
  std::vector<std::string> told;
  set_log_hook([&](const log_entry& entry) { told.emplace_back(entry.text); });
  ws->close(1001);
  EXPECT_EQ(told.size(), 1u);
  ws->ref().close(1001);
  run_until([&] { return told.size() == 2; });
  again.close(1001);
  set_log_hook(log_to_stderr);
  ASSERT_EQ(told.size(), 3u);
  for (const std::string& line : told)
    EXPECT_NE(line.find("this end may not send that close code"), std::string::npos) << line;
  again.close();
  ws->close();
  run_until([&] { return ws->closed() && again.state() == reconnect_state::stopped; });
  stop_server();
  run();
}

TEST_F(errors, a_send_that_is_refused_changes_nothing) {
  serve({}, {.on_open = [](websocket& ws) { ws.pause_reading(); }});
  auto ws = client("client", {},
                   {.connection = {.max_buffered = 2'000'000,
                                   .on_overflow  = overflow::refuse,
                                   .deflate      = {.enabled = false}}});
  EXPECT_EQ(ws->send("early"), error::not_open);
  run_until([&] { return ws->state() == ready_state::open && server_->connections() == 1; });
  EXPECT_EQ(ws->send("\xff"), error::invalid_utf8);
  EXPECT_EQ(ws->buffered_amount(), 0u);
  ws->send(std::string(12'000'000, 'x'));  // below the limit one message of any size fits
  const std::uint64_t before = ws->buffered_amount();
  EXPECT_GT(before, 2'000'000u);
  EXPECT_EQ(ws->send("full"), error::send_queue_full);
  EXPECT_LE(ws->buffered_amount(), before) << "the kernel takes what it can before";
  EXPECT_EQ(ws->state(), ready_state::open);
  server_->for_each([](websocket& s) { s.resume_reading(); });
  run_until([&] { return ws->buffered_amount() == 0; });
  ws->send("again");
  ws->close();
  EXPECT_EQ(ws->send("late"), error::not_open);
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(ws->send("too late"), error::not_open);
  EXPECT_EQ(ws->closed()->rejected_messages, 4u) << "early, not text, full, late";
  EXPECT_EQ(ws->closed()->rejected_bytes, 5u + 1 + 4 + 4);
  EXPECT_EQ(lives("server 1").messages.size(), 2u);
  stop_server();
  run();
}

TEST_F(errors, a_queue_that_overflows_closes_with_1013) {
  serve({.connection = {.max_buffered = 2'000'000, .deflate = {.enabled = false}}},
        {.on_open = [](websocket& ws) {
          ws.send(std::string(9'000'000, 'x'));
          EXPECT_EQ(ws.send("over"), error::send_queue_full);
        }});
  auto ws = client("client");
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(lives("client").event.code, 1013);
  EXPECT_EQ(lives("client").messages.size(), 1u);
  EXPECT_EQ(lives("server 1").event.cause, cause::send_queue_overflow);
  EXPECT_TRUE(lives("server 1").event.was_clean);
  stop_server();
  run();
}

TEST_F(errors, constructors_throw_bad_url_and_bad_option_before_anything_begins) {
  for (const char* bad : {"", "ftp://x/", "ws://", "ws://x/#frag", "ws://u:p@x/", "ws://x:99999/",
                          "nonsense", "ws:/x", "wss//x"})
    EXPECT_EQ(thrown_by([&] { websocket(*io, bad); }), error::bad_url) << bad;
  const auto refuses = [&](websocket_options options) {
    EXPECT_EQ(thrown_by([&] { websocket(*io, "ws://127.0.0.1:1/", std::move(options)); }),
              error::bad_option);
  };
  refuses({.headers = {{"a", "b\r\nc"}}});
  refuses({.headers = {{"a:", "b"}}});
  refuses({.headers = {{"Upgrade", "h2c"}}});
  refuses({.subprotocols = {"a b"}});
  refuses({.subprotocols = {"a", "a"}});
  refuses({.connection = {.deadlines = {.opening = 0ms}}});
  refuses({.connection = {.deadlines = {.ping_after = -1ms}}});
  refuses({.connection = {.max_head = 511}});
  refuses({.connection = {.max_head = (1 << 20) + 1}});
  refuses({.connection = {.max_head_fields = 7}});
  refuses({.connection = {.max_head_fields = 65536}});
  refuses({.connection = {.max_buffered = 10, .low_water = 11}});
  EXPECT_EQ(thrown_by([&] { server(*io, {.connection = {.deadlines = {.closing = 0ms}}}); }),
            error::bad_option);
  EXPECT_EQ(thrown_by([&] { server(*io, {.connection = {.max_head = 0}}); }), error::bad_option);
  run();
}

TEST_F(errors, a_deadline_of_a_million_years_is_refused_and_such_a_shutdown_never_late) {
  constexpr auto forever = std::chrono::milliseconds::max();
  EXPECT_EQ(thrown_by([&] { server(*io, {.connection = {.deadlines = {.closing = forever}}}); }),
            error::bad_option);
  EXPECT_EQ(thrown_by([&] {
              websocket(*io, "ws://127.0.0.1:1/",
                        {.connection = {.deadlines = {.ping_after = forever}}});
            }),
            error::bad_option);
  serve();
  auto ws = client("client");
  run_until([&] { return ws->state() == ready_state::open && server_->connections() == 1; });
  server_->async_shutdown({.within = forever},
                          [](error_code, shutdown_report r) { EXPECT_EQ(r.clean, 1u); });
  run();
}

TEST_F(errors, an_error_has_a_category_a_sentence_and_compares_with_its_enumerator) {
  const error_code ec = error::not_open;
  EXPECT_STREQ(ec.category().name(), "adieu");
  EXPECT_FALSE(ec.message().empty());
  const error_code why = cause::peer_vanished;
  EXPECT_EQ(why.message(), "peer_vanished");
  EXPECT_FALSE(make_error_code(error::none));
}

TEST_F(errors, an_executor_may_be_given_in_every_form) {
  serve();
  const asio::any_io_executor any(io->get_executor());
  const asio::io_context::executor_type plain = io->get_executor();
  asio::ip::tcp::socket socket(*io);
  auto strand = asio::make_strand(*io);
  std::vector<websocket> all;
  all.emplace_back(*io, url());
  all.emplace_back(io->get_executor(), url());
  all.emplace_back(plain, url());
  all.emplace_back(any, url());
  all.emplace_back(socket, url());
  all.emplace_back(strand, url());
  all.emplace_back(all.front(), url());
  all.emplace_back(*server_, url());
  for (websocket& ws : all) EXPECT_TRUE(ws.get_executor());
  run_until([&] { return server_->connections() == all.size(); });
  for (websocket& ws : all) ws.close();
  run_until([&] { return server_->connections() == 0; });
  stop_server();
}

TEST_F(errors, close_and_terminate_are_legal_in_every_state_and_callback) {
  serve();
  const auto both = [](websocket& w) {
    EXPECT_FALSE(w.close());
    EXPECT_FALSE(w.close());
  };
  auto ws = client("client", {.on_open = both, .on_close = [&](websocket& w, const close_event&) {
                                EXPECT_FALSE(w.close());
                                w.terminate();
                              }});
  run_until([&] { return ws->closed() != nullptr; });
  auto early = client("early");
  EXPECT_FALSE(early->close());
  EXPECT_EQ(early->state(), ready_state::closed);
  EXPECT_EQ(early->closed(), nullptr);
  EXPECT_FALSE(early->close());
  early->terminate();
  run_until([&] { return early->closed() != nullptr; });
  EXPECT_EQ(early->closed()->cause, cause::abandoned);
  EXPECT_FALSE(early->closed()->was_clean);
  stop_server();
  run();
}

}  // namespace
}  // namespace adieu::tests
