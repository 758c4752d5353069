// In which order the addresses of a host are tried, and when each attempt begins: Happy Eyeballs.
// [RFC 8305] Time is an argument. Knows no clock, no socket, no resolver.
#pragma once

#include "net/socket_address.hpp"
#include "protocol/time.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace adieu::inline v1::net {

class attempt_order {
 public:
  using time = protocol::time;

  /// How long IPv4's addresses wait for the answer about IPv6's. [RFC 8305 3]
  static constexpr std::chrono::milliseconds resolution_delay{50};
  /// From the beginning of one attempt to that of the next. [RFC 8305 5]
  static constexpr std::chrono::milliseconds attempt_delay{250};
  /// Of one family; what a name has beyond that is not tried.
  static constexpr std::size_t most_addresses = 32;

  /// In this order they are tried: one of each in turn. [RFC 8305 4]
  enum family : std::size_t { ipv6, ipv4 };

  /// What was found for that family, in the resolver's order; empty if nothing. Once for each.
  void found(family of, std::vector<socket_address> addresses, time now) noexcept;

  struct attempt {
    unsigned number;  // from 1
    socket_address to;
  };
  /// The attempt that has to begin now. Ask again until there is none.
  std::optional<attempt> next(time now) noexcept;
  void failed(unsigned number) noexcept;
  /// When next() has to be asked again if nothing else happens; `never` if that would not help.
  time due() const noexcept;

  bool has_begun() const noexcept { return last_ != 0; }
  bool has_attempts() const noexcept { return under_way_ != 0; }
  /// Nothing is under way, nothing left to try, and nothing to come.
  bool is_over() const noexcept;

 private:
  struct addresses {
    std::vector<socket_address> all;
    std::size_t tried = 0;
    bool known        = false;
    bool are_left() const noexcept { return tried != all.size(); }
  };

  std::array<addresses, 2> of_;
  family next_family_    = ipv6;
  unsigned last_         = 0;            // number of the newest attempt
  std::size_t under_way_ = 0;            // attempts
  time not_before_       = time::min();  // the next one
};

}  // namespace adieu::inline v1::net
