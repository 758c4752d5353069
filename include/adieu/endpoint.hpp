// An address and a port, without Asio's headers.
#pragma once

#include <cstdint>
#include <string>

namespace adieu::inline v1 {

/// A numeric address ("127.0.0.1", "::1") and a port.
struct endpoint {
  std::string address = {};
  std::uint16_t port  = 0;

  bool operator==(const endpoint&) const = default;
};

/// "127.0.0.1:9001", "[::1]:9001"
inline std::string to_string(const endpoint& at) {
  const bool v6 = at.address.find(':') != std::string::npos;
  return (v6 ? '[' + at.address + ']' : at.address) + ':' + std::to_string(at.port);
}

}  // namespace adieu::inline v1
