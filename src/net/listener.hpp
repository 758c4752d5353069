// Listens and accepts. Out of descriptors or memory it pauses and goes on when there are some: no
// spin, no crash. Knows nothing of WebSocket.
#pragma once

#include "net/deadline_wheel.hpp"
#include "net/loop.hpp"
#include "net/peer_address.hpp"
#include "net/poller.hpp"
#include "net/stream.hpp"

#include <functional>
#include <string>

namespace adieu::inline v1::net {

class listener final : public pollable, public deadline_wheel::entry {
 public:
  using taker = std::function<void(stream, peer_address)>;

  /// Throws boost::system::system_error: the system's, with the address in words.
  listener(loop& where, const std::string& address, std::uint16_t port, int backlog,
           bool reuse_port, taker accepted);
  ~listener();

  std::uint16_t port() const noexcept { return port_; }
  /// Of the connections that will be accepted, as set_user_timeout() has it.
  void set_user_timeout(unsigned milliseconds) noexcept;
  void stop() noexcept;
  /// In a child after fork(): goes on beside the parent. Where the poller cannot have it, it is
  /// tried again.
  void begin_in_child();

 private:
  bool ready(readiness how) override;
  void due(protocol::time now) override;
  void pause();
  void tell(int error) noexcept;
  int watch();

  loop& loop_;
  stream socket_;
  bool in_poller_     = false;
  bool is_paused_     = false;
  std::uint16_t port_ = 0;
  taker accepted_;
  bool is_told_ = false;  // that it cannot accept
};

}  // namespace adieu::inline v1::net
