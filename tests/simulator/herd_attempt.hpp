// One attempt of a client of the herd, and the connection that it may become: two real machines
// over a network of their own (end.hpp, link.hpp), and before them what TCP and TLS do. Decides
// nothing: the client (herd_client.hpp) and the server (herd_server.hpp) do.
#pragma once

#include "api/world.hpp"
#include "simulator/end.hpp"

#include <optional>

namespace simulator {

class herd_client;
class herd_server;

class herd_attempt {
 public:
  herd_attempt() : client_side_(*this), server_side_(*this) {}

  /// A client calls; whether anybody answers the server says when the call arrives.
  void begin(world& w, herd_server& of, herd_client& from, const connection_options& options,
             api::link::handlers told);

  // --- the client's side ---
  /// The client has dropped it: closes in the background, and nothing is told any more.
  void dropped();
  end& client() noexcept { return ends_[index(who::client)]; }
  const end& client() const noexcept { return ends_[index(who::client)]; }
  bool is_dropped() const noexcept { return dropped_; }

  // --- the server's side ---
  end& server() noexcept { return ends_[index(who::server)]; }
  const end& server() const noexcept { return ends_[index(who::server)]; }
  link& network() noexcept { return link_; }
  herd_client& whose() noexcept { return *whose_; }
  bool connected() const noexcept { return connected_; }
  bool asks() const noexcept { return asks_; }
  /// It asks, and nobody has answered.
  bool can_be_answered() const noexcept {
    return asks_ && server().is_opening() && server().machine().state() == ready_state::connecting;
  }
  /// TCP is connected: the opening begins.
  void connects();
  void cannot_connect(cause why, phase where, error_code system);
  void accepts();
  void refuses(unsigned status, const header_list& headers);
  void refuses_saying(std::string_view answer);
  /// The next thing that the server means to do with it.
  time server_acts_at = never;

  // --- time ---
  struct turn {
    time at                                                             = never;
    bool asks_poller                                                    = false;
    enum class of : std::uint8_t { client, server, network, acts } what = of::client;
  };
  /// What comes next of it; several at the same time are drawn from.
  turn next();
  void happens(const turn& now);

  /// Both ends have ended, and nobody looks at it any more.
  bool is_over() const noexcept {
    return dropped_ && client().ended() && (!connected_ || server().ended());
  }
  void over();

  const error_code& error() const noexcept { return error_; }
  /// What the server's answer told, as the server meant it.
  std::optional<std::chrono::seconds> retry_after_meant;
  std::optional<std::chrono::system_clock::time_point> retry_at_meant;
  std::size_t arrived = 0;  // of its client's messages those before have, or never will

 private:
  // What an end tells; exceptions of handlers are the end's to handle.
  class client_side final : public application_of_end {
   public:
    explicit client_side(herd_attempt& of) noexcept : of_(of) {}
    bool on_opened() override;
    bool on_message(message_view incoming) override;
    bool on_closing() override;
    bool on_pong(std::span<const std::byte>) override { return true; }
    bool on_drained() override;
    void on_ended() override;
    void on_request() override {}

   private:
    herd_attempt& of_;
  };
  class server_side final : public application_of_end {
   public:
    explicit server_side(herd_attempt& of) noexcept : of_(of) {}
    bool on_opened() override;
    bool on_message(message_view incoming) override;
    bool on_closing() override;
    bool on_pong(std::span<const std::byte>) override { return true; }
    bool on_drained() override { return true; }
    void on_ended() override {}
    void on_request() override;

   private:
    herd_attempt& of_;
  };

  world* world_       = nullptr;
  herd_server* of_    = nullptr;
  herd_client* whose_ = nullptr;
  link link_;
  end ends_[2];
  wire_watch watches_[2];
  client_side client_side_;
  server_side server_side_;
  api::link::handlers told_;
  error_code error_;
  bool connected_ = false;
  bool asks_      = false;
  bool dropped_   = false;
};

}  // namespace simulator
