// A name with several addresses, tried one after the other.
#include "ledger.hpp"
#include "raw_peer.hpp"

#include <thread>

namespace adieu::tests {
namespace {

class several_addresses : public connection_test {};

// The first address refuses while this process is busy, for so long that the time for it is over as
// well: both are told in one turn. What is over then is not meant for the second address.
TEST_F(several_addresses, time_that_is_over_for_one_address_does_not_end_the_next) {
  if (over_tls()) GTEST_SKIP() << "it is a matter of TCP";
  tcp::acceptor acceptor = listen_here(*io);
  const auto port        = std::to_string(acceptor.local_endpoint().port());
  websocket ws(*io, "ws://two.test:" + port + "/", {.connection = {.deadlines = {.opening = 2s}}},
               client_handlers("client", {.on_open = [](websocket& w) { w.close(); }}));
  // The first attempt has begun as soon as there is an address.
  while (ws.remote_endpoint().port == 0 && ws.state() == ready_state::connecting) io->run_one();
  ASSERT_EQ(ws.remote_endpoint().address, "127.0.0.2");
  std::this_thread::sleep_for(1100ms);  // its half of the deadline
  bool over = false;
  spawn([&]() -> asio::awaitable<void> {
    raw_peer server = co_await raw_peer::accept(acceptor);
    co_await server.let_open();
    co_await server.read_frames(1);
    co_await server.send(raw_close(1000, "", false));
    server.end_sending();
    co_await server.read_to_end();
    over = true;
  });
  run_until([&] { return over || ws.closed(); });
  acceptor.close();
  run_until([&] { return ws.closed() != nullptr; });
  run();
  EXPECT_TRUE(lives("client").event.was_clean) << explain(lives("client").event);
}

// The name was found, and before that is told the application has had enough.
TEST_F(several_addresses, none_is_tried_for_who_has_closed_before_they_were_told) {
  tcp::acceptor acceptor = listen_here(*io);
  websocket ws(*io, "ws://localhost:" + std::to_string(acceptor.local_endpoint().port()) + "/",
               client_handlers("client"));
  io->poll();
  std::this_thread::sleep_for(100ms);  // another thread looks it up
  ws.close();
  run_until([&] { return ws.closed() != nullptr; });
  EXPECT_EQ(lives("client").event.cause, cause::abandoned);
  EXPECT_EQ(lives("client").event.phase, phase::resolving);
  boost::system::error_code ec;
  acceptor.non_blocking(true);
  const tcp::socket came = acceptor.accept(ec);
  EXPECT_EQ(ec, asio::error::would_block);
}

}  // namespace
}  // namespace adieu::tests
