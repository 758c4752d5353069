// Who is at the other end of a stream, in as few bytes as it takes: a connection that has ended
// cannot be asked any more.
#pragma once

#include <adieu/endpoint.hpp>

#include <array>
#include <cstdint>

struct sockaddr;

namespace adieu::inline v1::net {

class peer_address {
 public:
  peer_address() = default;
  explicit peer_address(const sockaddr& from) noexcept;

  /// Empty if none is known.
  endpoint in_words() const;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::uint16_t port_   = 0;
  std::uint16_t family_ = 0;
};

}  // namespace adieu::inline v1::net
