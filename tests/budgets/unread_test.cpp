// Messages that wait for an application that does not receive: however small they are, they wait
// within `max_unread`, and the rest in the kernel.
#include "budgets/costs.hpp"
#include "ledger.hpp"
#include "raw_peer.hpp"

namespace adieu::tests {
namespace {

using asio::awaitable;

class unread_messages : public connection_test, public ::testing::WithParamInterface<std::size_t> {
 protected:
  static constexpr std::size_t count = 1'000'000;
  static connection_options options() { return {.max_unread = 64 * 1024}; }
  static std::string many(bool masked) {
    std::string all, one = raw_frame(0x82, std::string(GetParam(), 'm'), masked);
    all.reserve(count * one.size());
    for (std::size_t i = 0; i < count; ++i) all += one;
    return all;
  }

  /// What runs until nothing more is read has to stay within what may wait: 64 KiB and 2176
  /// messages, a read, and what the test itself sends.
  void expect_few_wait(std::size_t sent_by_test) {
    io->restart();
    while (io->run_one_for(200ms) != 0) scale_.held();
    EXPECT_LE(scale_.most(), static_cast<std::int64_t>(6 * sent_by_test + (2 << 20)));
  }

  scale scale_;
};
INSTANTIATE_TEST_SUITE_P(of, unread_messages, ::testing::Values(0u, 1u),
                         ::testing::PrintToStringParamName());

TEST_P(unread_messages, client_without_a_handler_holds_a_few) {
  const auto on          = scale::weighing();
  tcp::acceptor acceptor = listen_here(*io);
  const auto ws          = std::make_unique<websocket>(*io, url_of(acceptor),
                                              websocket_options{.connection = options()});
  std::optional<raw_peer> peer;
  spawn([&]() -> awaitable<void> {
    peer.emplace(co_await raw_peer::accept(acceptor));
    co_await peer->let_open();
    co_await peer->send(many(false));
  });
  expect_few_wait(count * 3);
  // What waits is given, and then what the kernel has.
  std::size_t received = 0;
  spawn([&]() -> awaitable<void> {
    while (received < 10'000 && co_await ws->async_receive(asio::use_awaitable)) ++received;
  });
  run_until([&] { return received == 10'000; });
  ws->terminate();
  run_until([&] { return ws->closed() != nullptr; });
  acceptor.close();
  peer.reset();
  run();
}

TEST_P(unread_messages, server_connection_without_a_handler_holds_a_few) {
  const auto on = scale::weighing();
  server_       = std::make_unique<server>(
      *io,
      server_options{.tls = over_tls() ? &test_server_context() : nullptr, .connection = options()},
      server_handlers{});
  std::optional<raw_peer> peer;
  spawn([&]() -> awaitable<void> {
    peer.emplace(co_await raw_peer::connect(server_->port()));
    co_await peer->ask_to_open();
    co_await peer->send(many(true));
  });
  expect_few_wait(count * 7);
  server_->for_each([](websocket& ws) { ws.terminate(); });
  run_until([&] { return server_->connections() == 0; });
  peer.reset();
  stop_server();
  run();
}

TEST_P(unread_messages, reconnecting_client_without_a_handler_holds_a_few) {
  const auto on          = scale::weighing();
  tcp::acceptor acceptor = listen_here(*io);
  bool ended             = false;
  reconnecting_websocket ws(*io, url_of(acceptor), {.websocket = {.connection = options()}},
                            {.on_close = [&](auto&, auto&, auto&) { ended = true; }});
  std::optional<raw_peer> peer;
  spawn([&]() -> awaitable<void> {
    peer.emplace(co_await raw_peer::accept(acceptor));
    co_await peer->let_open();
    co_await peer->send(many(false));
  });
  expect_few_wait(count * 3);
  ws.terminate();
  run_until([&] { return ended; });
  acceptor.close();
  peer.reset();
  run();
}

}  // namespace
}  // namespace adieu::tests
