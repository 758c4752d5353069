// How a server ends all its connections, and that the io_context comes to rest when it has.
#include "ledger.hpp"
#include "raw_peer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <algorithm>

namespace adieu::tests {
namespace {

using asio::awaitable;

class shutdown : public connection_test {
 protected:
  std::vector<std::unique_ptr<websocket>> connect(int n) {
    std::vector<std::unique_ptr<websocket>> all;
    for (int i = 0; i < n; ++i) all.push_back(client("client " + std::to_string(i)));
    run_until([&] { return server_->connections() == static_cast<std::size_t>(n); });
    run_until([&] {
      return std::all_of(all.begin(), all.end(),
                         [](const auto& ws) { return ws->state() == ready_state::open; });
    });
    return all;
  }
  std::optional<shutdown_report> report_;
  std::function<void(error_code, shutdown_report)> note = [this](error_code ec, shutdown_report r) {
    EXPECT_FALSE(ec);
    report_ = r;
  };
};

TEST_F(shutdown, closes_all_with_its_code_and_run_returns) {
  serve();
  auto all = connect(20);
  server_->async_shutdown({.code = 1012, .reason = "new version"}, note);
  run();
  ASSERT_TRUE(report_);
  EXPECT_EQ(report_->clean, 20u);
  EXPECT_EQ(report_->terminated, 0u);
  EXPECT_EQ(lives("client 7").event.code, 1012);
  EXPECT_EQ(lives("client 7").event.reason, "new version");
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(shutdown, of_a_server_without_connections_is_over_at_once_and_lets_run_return) {
  serve();
  server_->async_shutdown({}, note);
  EXPECT_FALSE(report_);
  const auto began = std::chrono::steady_clock::now();
  run(10s);
  EXPECT_TRUE(report_);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST_F(shutdown, refuses_a_bad_code_or_reason_with_nothing_changed) {
  serve();
  auto all = connect(1);
  std::vector<error_code> told;
  const auto tell = [&](error_code ec, shutdown_report) { told.push_back(ec); };
  server_->async_shutdown({.code = close_code::abnormal}, tell);
  server_->async_shutdown({.reason = std::string_view("\xff")}, tell);
  server_->async_shutdown({.reason = std::string(124, 'x')}, tell);
  run_until([&] { return told.size() == 3; });
  EXPECT_EQ(told[0], error::bad_close_code);
  EXPECT_EQ(told[1], error::invalid_utf8);
  EXPECT_EQ(told[2], error::reason_too_long);
  EXPECT_EQ(all[0]->state(), ready_state::open);
  auto more = client("more");
  run_until([&] { return more->state() == ready_state::open; });
  server_->async_shutdown({}, note);
  run();
}

TEST_F(shutdown, a_second_call_joins_the_first_and_one_afterwards_is_told_the_same) {
  serve();
  auto all        = connect(3);
  int told        = 0;
  const auto tell = [&](error_code ec, shutdown_report r) {
    EXPECT_FALSE(ec);
    EXPECT_EQ(r.clean, 3u);
    ++told;
  };
  server_->async_shutdown({}, tell);
  server_->async_shutdown({.code = 1013}, tell);
  run();
  EXPECT_EQ(told, 2);
  EXPECT_EQ(lives("client 0").event.code, 1001);
  server_->async_shutdown({}, tell);
  run();
  EXPECT_EQ(told, 3);
}

TEST_F(shutdown, a_second_call_with_less_time_hurries_the_first) {
  serve();
  std::optional<raw_peer> peer;  // that answers no Close
  spawn([&]() -> awaitable<void> {
    peer.emplace(co_await raw_peer::connect(server_->port()));
    co_await peer->ask_to_open();
  });
  run_until([&] { return server_->connections() == 1; });
  int told        = 0;
  const auto tell = [&](error_code ec, shutdown_report r) {
    EXPECT_FALSE(ec);
    EXPECT_EQ(r.terminated, 1u);
    ++told;
  };
  server_->async_shutdown({.within = 1h}, tell);
  server_->async_shutdown({.within = 2h}, tell);
  server_->async_shutdown({.within = 0ms}, tell);
  const auto begun = std::chrono::steady_clock::now();
  run_until([&] { return told == 3; });
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
  EXPECT_EQ(lives("server 1").event.cause, cause::terminated);
  peer.reset();
  run();
}

TEST_F(shutdown, without_any_time_terminates_at_once) {
  serve();
  std::optional<raw_peer> peer;  // that answers no Close
  spawn([&]() -> awaitable<void> {
    peer.emplace(co_await raw_peer::connect(server_->port()));
    co_await peer->ask_to_open();
  });
  run_until([&] { return server_->connections() == 1; });
  std::optional<shutdown_report> told;
  server_->async_shutdown({.within = std::chrono::milliseconds::min()},
                          [&](error_code ec, shutdown_report r) {
                            EXPECT_FALSE(ec);
                            told = r;
                          });
  run_until([&] { return told.has_value(); }, 3s);  // not the closing handshake's deadline
  EXPECT_TRUE(told && told->terminated == 1);
  EXPECT_EQ(lives("server 1").event.cause, cause::terminated);
  peer.reset();
  run();
}

TEST_F(shutdown, terminates_what_is_stuck_when_time_is_over_and_reports_the_loss) {
  serve();
  auto all   = connect(2);
  bool stuck = false;
  std::optional<raw_peer> peer;
  spawn([&]() -> awaitable<void> {
    peer.emplace(co_await raw_peer::connect(server_->port(), 4096));
    co_await peer->ask_to_open();
    stuck = true;
  });
  run_until([&] { return stuck && server_->connections() == 3; });
  server_->for_each([n = 0](websocket& ws) mutable {
    if (ws.data<std::shared_ptr<life>>()->who == "server 3") {
      ws.send(std::string(8'000'000, 'x'));
      ws.send("and one more");
    }
  });
  const auto began = std::chrono::steady_clock::now();
  server_->async_shutdown({.within = 300ms}, note);
  run_until([&] { return report_.has_value(); });
  EXPECT_GE(std::chrono::steady_clock::now() - began, 250ms);
  EXPECT_EQ(report_->clean, 2u);
  EXPECT_EQ(report_->terminated, 1u);
  EXPECT_EQ(report_->unsent_messages, 2u);
  EXPECT_GT(report_->unsent_bytes, 1'000'000u);
  peer->close();
  run();
}

TEST_F(shutdown, refuses_openings_under_way_with_503) {
  std::optional<opening_reply> kept;
  std::vector<refusal> refused;
  serve({},
        {.on_opening = [&](const opening_request&, opening_reply r) { kept.emplace(std::move(r)); },
         .on_refused = [&](const refusal& r) { refused.push_back(r); }});
  auto ws = client("client");
  std::string half_answer;
  spawn([&]() -> awaitable<void> {
    raw_peer peer = co_await raw_peer::connect(server_->port());
    co_await peer.send("GET / HT");
    while (!kept) co_await pass(1ms);
    co_await pass(20ms);
    server_->async_shutdown({}, note);
    half_answer = co_await peer.read_head();
    EXPECT_TRUE((co_await peer.read_to_end()).end == stream_end::fin);
  });
  run_until([&] { return report_ && ws->closed(); });
  run();
  EXPECT_EQ(lives("client").event.http_status, 503);
  EXPECT_EQ(half_answer.substr(0, 12), "HTTP/1.1 503");
  EXPECT_EQ(refused.size(), 2u);
  EXPECT_EQ(report_->clean + report_->terminated, 0u);
}

TEST_F(shutdown, closes_connections_that_were_taken_over) {
  std::vector<websocket> taken;
  serve({}, {.on_open = [&](websocket& ws) { taken.push_back(std::move(ws)); }});
  auto all = connect(2);
  EXPECT_EQ(server_->connections(), 2u);
  server_->async_shutdown({}, note);
  run();
  ASSERT_TRUE(report_);
  EXPECT_EQ(report_->clean, 2u);
  EXPECT_EQ(lives("client 0").event.code, 1001);
}

TEST_F(shutdown, cancelling_the_wait_does_not_stop_it) {
  serve();
  auto all = connect(2);
  asio::cancellation_signal signal;
  error_code told;
  server_->async_shutdown(
      {}, asio::bind_cancellation_slot(signal.slot(),
                                       [&](error_code ec, shutdown_report) { told = ec; }));
  signal.emit(asio::cancellation_type::terminal);
  run();
  EXPECT_EQ(told, asio::error::operation_aborted);
  EXPECT_TRUE(lives("client 0").event.was_clean);
}

TEST_F(shutdown, destroying_the_server_closes_with_1001_and_calls_no_handler_again) {
  serve();
  auto all = connect(5);
  for (int i = 1; i <= 5; ++i) lives("server " + std::to_string(i)).silenced = true;
  drop_server();
  run();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(lives("client " + std::to_string(i)).event.code, 1001);
}

TEST_F(shutdown, destroying_the_server_aborts_a_shutdown_that_waits) {
  std::vector<closing_reply> kept;
  serve();
  auto ws = client(
      "client", {.on_closing = [&](websocket&, closing_reply r) { kept.push_back(std::move(r)); }});
  run_until([&] { return server_->connections() == 1; });
  error_code told;
  server_->async_shutdown({}, [&](error_code ec, shutdown_report) { told = ec; });
  run_until([&] { return kept.size() == 1; });
  lives("server 1").silenced = true;
  drop_server();
  run_until([&] { return told == asio::error::operation_aborted; });
  kept.clear();
  run();
}

TEST_F(shutdown, a_coroutine_may_wait_for_it_and_destroy_the_server_afterwards) {
  serve();
  auto all = connect(2);
  spawn([&]() -> awaitable<void> {
    const shutdown_report report = co_await server_->async_shutdown();
    EXPECT_EQ(report.clean, 2u);
    server_.reset();
  });
  run();
}

TEST_F(shutdown, an_io_context_destroyed_at_every_stage_of_a_life_leaks_nothing) {
  // A whole life takes so many turns; each round stops one later. The sanitizer looks for leaks.
  for (int turns = 0; turns < 60; ++turns) {
    auto context = std::make_unique<asio::io_context>();
    server s(*context, {},
             {.on_message = [](websocket& ws, message_view m) { ws.send(m); },
              .on_closing = [](websocket&, closing_reply r) { r.send("bye"); }});
    websocket ws(*context, "ws://localhost:" + std::to_string(s.port()),
                 {.on_open    = [](websocket& w) { w.send(std::string(300'000, 'x')); },
                  .on_message = [](websocket& w, message_view) { w.close(4000, "enough"); }});
    ws.async_closed([](error_code, close_event) {});
    for (int i = 0; i < turns; ++i) context->run_one_for(2ms);
    if (turns % 3 == 1) s.async_shutdown({}, [](error_code, shutdown_report) {});
    if (turns % 3 == 2) ws.terminate();
    context.reset();
    EXPECT_EQ(ws.state(), ready_state::closed);
  }
}

// --- where a server listens ---

class listening : public connection_test {};

TEST_F(listening, two_servers_share_a_port_with_reuse_port) {
  server first(*io, {.reuse_port = true});
  server second(*io, {.port = first.port(), .reuse_port = true});
  EXPECT_EQ(first.port(), second.port());
  EXPECT_THROW(server(*io, {.port = first.port()}), system_error);
  std::vector<websocket> all;
  for (int i = 0; i < 16; ++i)
    all.emplace_back(*io, "ws://127.0.0.1:" + std::to_string(first.port()));
  run_until([&] { return first.connections() + second.connections() == 16; });
}

TEST_F(listening, on_ipv6) {
  server six(*io, {.address = "::1"});
  websocket ws(*io, "ws://[::1]:" + std::to_string(six.port()) + "/");
  run_until([&] { return ws.state() == ready_state::open; });
  EXPECT_EQ(ws.remote_endpoint(), (endpoint{"::1", six.port()}));
  ws.close();
  run_until([&] { return ws.closed() != nullptr; });
  EXPECT_TRUE(ws.closed()->was_clean);
}

TEST_F(listening, a_name_with_two_addresses_is_tried_until_one_answers) {
  server four(*io, {.address = "127.0.0.1"});
  websocket ws(*io, "ws://localhost:" + std::to_string(four.port()) + "/");
  run_until([&] { return ws.state() != ready_state::connecting; });
  EXPECT_EQ(ws.state(), ready_state::open);
}

TEST_F(listening, a_name_that_is_not_found_is_unreachable) {
  websocket ws(*io, "ws://no-such-name.invalid/", client_handlers("client"));
  run_until([&] { return ws.closed() != nullptr; });
  EXPECT_EQ(ws.closed()->cause, cause::unreachable);
  EXPECT_TRUE(ws.closed()->error);
  run();
}

TEST_F(listening, fails_with_the_systems_error_and_the_address_in_words) {
  try {
    server(*io, {.address = "192.0.2.1"});
    ADD_FAILURE() << "listens on an address that is not ours";
  } catch (const system_error& e) {
    EXPECT_NE(std::string(e.what()).find("192.0.2.1"), std::string::npos) << e.what();
  }
  EXPECT_THROW(server(*io, {.address = "localhost"}), system_error);
  run();
}

TEST_F(listening, a_server_may_be_moved) {
  server first(*io);
  server second(std::move(first));
  websocket ws(*io, "ws://127.0.0.1:" + std::to_string(second.port()));
  run_until([&] { return ws.state() == ready_state::open; });
  second = server(*io);
  run_until([&] { return ws.closed() != nullptr; });
  EXPECT_EQ(ws.closed()->code, 1001);
}

}  // namespace
}  // namespace adieu::tests
