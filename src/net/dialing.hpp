// From a host and a port to a TCP stream: looks the name up, if it is one, and lets its addresses
// race. [RFC 8305] Which of them begins when: net/attempt_order. Knows no protocol above TCP and
// ends no connection; its deadline is whoever destroys it.
#pragma once

#include "net/attempt_order.hpp"
#include "net/loop.hpp"
#include "net/resolver.hpp"
#include "net/stream.hpp"

#include <adieu/error_code.hpp>

#include <array>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace adieu::inline v1::net {

class dialing final : public deadline_wheel::entry, private lookup::audience {
 public:
  class audience {
   public:
    /// Something has happened, or its time has come: within a turn of the loop. It may destroy
    /// this.
    virtual void on_dialing() = 0;

   protected:
    ~audience() = default;
  };

  dialing(loop& home, audience& told) noexcept;
  dialing(const dialing&)            = delete;
  dialing& operator=(const dialing&) = delete;
  ~dialing();

  /// Once. An address and localhost need no lookup.
  void begin(const std::string& host, std::uint16_t port);

  enum class outcome { under_way, connected, failed };
  /// Does what can be done now. After begin(), and whenever on_dialing() is called.
  outcome carry_on();
  /// An attempt has begun: the name is looked up.
  bool has_begun() const noexcept { return order_.has_begun(); }

  // --- connected: what else was under way ends with this ---
  stream take_stream() noexcept { return std::move(won_); }
  const socket_address& peer() const noexcept { return *peer_; }

  // --- failed, or so far ---
  /// Every attempt so far has failed; only a lookup is under way.
  bool has_only_failed() const noexcept { return has_begun() && !order_.has_attempts(); }
  /// The last attempt's; the resolver's if there was no address.
  error_code why() const noexcept { return attempt_failed_ ? attempt_failed_ : lookup_failed_; }

 private:
  class attempt;

  void found(attempt_order::family of, std::vector<socket_address> addresses);
  void take_answers();
  bool judge_attempts();
  void begin_attempts();
  void failed(unsigned attempt, int error) noexcept;
  void due(protocol::time now) override;
  void on_answer() override;

  loop& loop_;
  audience& audience_;
  std::uint16_t port_ = 0;
  attempt_order order_;
  std::array<std::optional<lookup>, 2> lookups_;  // by attempt_order::family
  std::list<attempt> attempts_;
  error_code lookup_failed_, attempt_failed_;
  stream won_;
  std::optional<socket_address> peer_;
};

}  // namespace adieu::inline v1::net
