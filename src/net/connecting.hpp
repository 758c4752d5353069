// The client's opening on a real stream: looks the name up, connects, sets up TLS, asks, and reads
// the answer. Rules of the last two: protocol/client_opening.
#pragma once

#include <adieu/opening_response.hpp>

#include "http/body_reader.hpp"
#include "net/dialing.hpp"
#include "net/driver.hpp"
#include "net/tls_tickets.hpp"
#include "protocol/client_opening.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace adieu::inline v1::net {

class connecting final : public opening, public dialing::audience {
 public:
  /// Who is told what was agreed.
  class audience {
   public:
    virtual void on_agreed(driver& on, std::string subprotocol) = 0;
    /// The 101, or what refused the opening: its body may grow until the connection has ended.
    virtual void on_response(driver& on, std::shared_ptr<const opening_response> response) = 0;
    /// The stream is given up for another one, over which the server is asked once more: why.
    virtual void on_asking_again(driver& on, std::string_view why) = 0;

   protected:
    ~audience() = default;
  };

  /// `tls`: for wss only.
  connecting(driver& d, audience& told, http::url to, websocket_options options, tls_context tls);
  /// Apart from the constructor, for all may fail already here.
  void start();

  void ready(readiness how) override;
  interest wants() const noexcept override;
  bool timed_out() override;

 private:
  void on_dialing() override;
  void dial();
  void connected();
  void secure();
  void forget_session();
  void ask();
  void received(std::span<std::byte> bytes);
  void ask_again();
  void keep_response();
  void refuse(std::string_view body);
  void read_body();
  void received_body(std::string_view bytes);

  driver& driver_;
  audience& audience_;
  http::url url_;
  websocket_options options_;
  tls_tickets::key server_;                          // as TLS knows it; no context: plain TCP
  std::unique_ptr<dialing> dialing_;                 // until TCP is connected
  std::optional<protocol::client_opening> opening_;  // the request is sent, or about to be
  std::shared_ptr<opening_response> response_;       // has come whole, but for a refusal's body
  std::optional<http::body_reader> body_;            // of a refusal
};

}  // namespace adieu::inline v1::net
