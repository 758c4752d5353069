// Where one scenario of the demo is played: a client and a server of ours on one loop, or a peer
// that misbehaves in the server's place. Collects the close events. Knows no scenario and no
// output.
#pragma once

#include "misbehave.hpp"

#include <adieu/reconnecting_websocket.hpp>
#include <adieu/server.hpp>
#include <adieu/websocket.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace adieu::tool {

class stage {
 public:
  /// Handlers get at the other end, and at the time, through the stage.
  explicit stage(boost::asio::io_context& io);

  // To be set before raise(). on_close belongs to the stage.
  /// Without compression: much that is sent has to be much on the wire.
  websocket_options client_options = {.connection = {.deflate = {.enabled = false}}};
  websocket_handlers client_does   = {};
  /// In the client's place: one that comes back. Of the server no endings are collected then.
  std::optional<reconnecting_handlers> returner_does = {};
  reconnecting_options returner_options              = {};
  adieu::server_options server_options               = {};
  server_handlers server_does                        = {};
  /// In the server's place: takes every connection from it.
  std::optional<manners> raw_peer = {};
  /// In the place of our server's address.
  std::optional<std::string> url = {};
  /// Both ends speak TLS, with a certificate made for this. `believed`: the client trusts who
  /// signed it. `is_for`: the address in it.
  void speak_tls(bool believed = true, const std::string& is_for = "127.0.0.1");
  /// Sees the raw peer's bytes.
  std::function<void(raw_connection::direction, std::span<const std::byte>)> on_raw_bytes = {};
  /// Told of every connection of a client that comes back, before its first byte.
  std::function<void()> on_new_connection = {};

  /// An address where TCP connects, and nothing ever answers; or ends at once; or cannot connect.
  enum class address : std::uint8_t { silent, ends, refuses };
  std::string url_that(address is);

  /// The server listens, the client connects.
  void raise();

  websocket& client() noexcept { return client_; }
  /// Another one at the same place, with these handlers.
  void raise_server_again(server_handlers does);
  adieu::server& server() noexcept { return *server_; }
  void later(std::chrono::milliseconds after, std::function<void()> act);
  /// Destroys the client's websocket.
  void drop_client() { client_ = {}; }

  /// What both ends counted, for the scenario's own demands.
  std::uint64_t received_by_client = 0;
  std::uint64_t received_by_server = 0;
  /// Asked once all is over: what is missing, in words, or "".
  std::function<std::string()> demand = {};

  const std::vector<close_event>& client_events() const noexcept { return client_events_; }
  /// The ends that a client came back from: "1012", "2x1006", "401".
  std::string came_back_after() const;
  std::chrono::milliseconds longest_delay() const noexcept { return longest_delay_; }
  const std::vector<close_event>& server_events() const noexcept { return server_events_; }

 private:
  void open(opening_reply reply);
  reconnecting_handlers returner_handlers();

  boost::asio::io_context& io_;
  std::shared_ptr<boost::asio::ssl::context> server_tls_;
  std::shared_ptr<boost::asio::ssl::context> client_tls_;
  std::list<boost::asio::steady_timer> timers_;
  std::optional<boost::asio::ip::tcp::acceptor> acceptor_;
  std::optional<boost::asio::ip::tcp::socket> accepted_;
  std::array<char, 4096> request_{};
  std::vector<close_event> client_events_;
  std::vector<close_event> server_events_;
  raw_connections raw_;
  std::optional<adieu::server> server_;
  websocket client_;
  reconnecting_websocket returner_;
  std::vector<std::string> downs_;
  std::chrono::milliseconds longest_delay_ = {};
};

/// What a handler throws to show what becomes of it.
struct planned_failure : std::runtime_error {
  planned_failure() : std::runtime_error("a handler that throws on purpose") {}
};

}  // namespace adieu::tool
