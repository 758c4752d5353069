// The server's opening on a real stream: sets up TLS, if there is to be any, reads the request,
// waits for the application's word, and has the answer sent. Rules: protocol/server_opening.
// Decides nothing but when to stop reading.
#pragma once

#include "net/driver.hpp"
#include "net/tls_context.hpp"
#include "protocol/server_opening.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1::net {

class accepting final : public opening {
 public:
  /// Who decides.
  class judge {
   public:
    /// A request that keeps the rules: accept() or refuse(), now or later.
    virtual void on_request(driver& from, accepting& opening) = 0;
    /// An answer that refuses is on its way.
    virtual void on_refusal(driver& from, unsigned status, std::string why) = 0;

   protected:
    ~judge() = default;
  };

  /// `tls` must live as long; it may be none.
  accepting(driver& d, judge& by, const tls_context& tls) noexcept;

  const protocol::server_opening& request() const noexcept { return opening_; }
  /// False: with that header or subprotocol nothing can be sent.
  bool accept(std::string_view subprotocol, const header_list& headers);
  bool refuse(unsigned status, const header_list& headers, std::string_view body, std::string why);
  /// The client is told why.
  bool refuse(unsigned status, std::string why);
  /// What came behind the request.
  std::vector<std::byte>& glued() noexcept { return glued_; }

  void ready(readiness how) override;
  interest wants() const noexcept override;
  bool timed_out() override;

 private:
  void received(std::span<std::byte> bytes);
  bool secure();

  driver& driver_;
  judge& judge_;
  const tls_context& tls_;
  bool secured_;
  protocol::server_opening opening_;
  std::vector<std::byte> glued_;
  bool asked_ = false;  // the application is deciding; nothing is read meanwhile
};

}  // namespace adieu::inline v1::net
