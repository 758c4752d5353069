// The client's opening on a real stream: looks the name up, connects, sets up TLS, asks, and reads
// the answer. Rules of the last two: protocol/client_opening.
#pragma once

#include "net/asio.hpp"
#include "net/driver.hpp"
#include "net/tls_tickets.hpp"
#include "protocol/client_opening.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <string>
#include <vector>

namespace adieu::inline v1::net {

class connecting final : public opening {
 public:
  /// Who is told what was agreed.
  class audience {
   public:
    virtual void on_agreed(driver& on, std::string subprotocol) = 0;

   protected:
    ~audience() = default;
  };

  /// `tls`: for wss only.
  connecting(driver& d, audience& told, http::url to, websocket_options options, tls_context tls);
  /// Apart from the constructor, for all may fail already here.
  void start();

  void ready(readiness how) override;
  interest wants() const noexcept override;

 private:
  void try_next();
  void give_up(error_code why);
  void attempt_over(error_code why);
  void connected();
  void secure();
  void forget_session();
  void ask();
  void received(std::span<std::byte> bytes);

  driver& driver_;
  audience& audience_;
  http::url url_;
  websocket_options options_;
  tls_tickets::key server_;  // as TLS knows it; no context: plain TCP
  asio::ip::tcp::resolver resolver_;
  asio::steady_timer attempt_;  // so that an address that does not answer leaves time for the next
  std::vector<asio::ip::tcp::endpoint> addresses_;
  std::size_t next_address_ = 0;
  bool connected_           = false;
  std::optional<protocol::client_opening> opening_;  // the request is sent, or about to be
};

}  // namespace adieu::inline v1::net
