// What must hold in every test of connections, so that no test has to say it: an io_context that
// comes to rest, exactly one close event for each connection begun, nothing after it, and no
// descriptor left over (ledger.cpp counts them around each test). Knows no rule of the protocol.
// With ADIEU_TESTS=tls in the environment every connection is one over TLS.
#pragma once

#include "tls_filter.hpp"

#include <adieu/adieu.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace adieu::tests {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Descriptors that this process has open.
std::size_t open_descriptors();
/// CPU time that this process has used.
std::chrono::microseconds cpu_time();

/// Deadlines so short that a test may let them pass; the opening has more time, so that a slow
/// machine comes so far.
connection_options in_a_hurry(std::chrono::milliseconds each = 200ms);
/// The opening has as little.
connection_options in_a_hurry_to_open();

/// The life of one connection as its handlers saw it.
struct life {
  std::string who               = {};
  int opened                    = 0;
  int closed                    = 0;
  bool silenced                 = false;  // destroyed by the test: no event may come
  std::vector<message> messages = {};
  close_event event             = {};
};

/// One io_context, and the lives of all connections on it.
class connection_test : public ::testing::Test {
 public:
  connection_test() : io(std::make_unique<asio::io_context>()) { trust_test_authority(); }

 protected:
  void TearDown() override;

  /// Handlers that keep the ledger and then call `also`. The life is found again by its name.
  websocket_handlers client_handlers(std::string who, websocket_handlers also = {});
  /// The same for all connections of a server: each makes a life of its own, "server 1", ….
  server_handlers served(server_handlers also = {});
  life& lives(const std::string& who) { return *lives_.at(who); }
  /// A server connection's life.
  life& life_of(websocket& ws) { return *ws.data<std::shared_ptr<life>>(); }

  server& serve(server_options options = {}, server_handlers also = {});
  std::string url(const std::string& target = "/") const {
    return (over_tls() ? "wss://127.0.0.1:" : "ws://127.0.0.1:") + std::to_string(server_->port()) +
           target;
  }
  std::unique_ptr<websocket> client(std::string who, websocket_handlers also = {},
                                    websocket_options options = {});

  /// Runs until there is nothing left to do; a test that does not come to rest fails.
  void run(std::chrono::milliseconds at_most = 20s);
  /// Runs until `done` says so.
  template <typename Done>
  void run_until(Done done, std::chrono::milliseconds at_most = 20s) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    io->restart();
    while (!done() && std::chrono::steady_clock::now() < until)
      if (io->run_one_for(50ms) == 0 && io->stopped()) io->restart();
    EXPECT_TRUE(done()) << "did not come to that";
  }
  /// Waits for the end of the server's connections and lets go of it, so that run() comes to rest.
  void stop_server();
  /// Destroys it as it is.
  void drop_server() { server_.reset(); }

  template <typename Coroutine>
  void spawn(Coroutine coroutine) {
    asio::co_spawn(*io, std::move(coroutine), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }

  std::unique_ptr<asio::io_context> io;
  std::unique_ptr<server> server_;

 private:
  std::map<std::string, std::shared_ptr<life>> lives_;
  int served_ = 0;
};

/// Waits without sleeping the thread.
inline asio::awaitable<void> pass(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace adieu::tests
