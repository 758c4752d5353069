// Addresses in the system's form.
#include "net/socket_address.hpp"

#include <arpa/inet.h>
#include <cstring>

namespace adieu::inline v1::net {

socket_address::socket_address(const sockaddr& from) noexcept {
  if (from.sa_family == AF_INET)
    std::memcpy(&address_.v4, &from, sizeof address_.v4);
  else if (from.sa_family == AF_INET6)
    std::memcpy(&address_.v6, &from, sizeof address_.v6);
}

std::optional<socket_address> socket_address::numeric(const std::string& host) noexcept {
  socket_address made;
  if (::inet_pton(AF_INET, host.c_str(), &made.address_.v4.sin_addr) == 1) {
    made.address_.any.sa_family = AF_INET;
    return made;
  }
  made = {};
  if (::inet_pton(AF_INET6, host.c_str(), &made.address_.v6.sin6_addr) != 1) return {};
  made.address_.any.sa_family = AF_INET6;
  return made;
}

socket_address socket_address::loopback(int family) noexcept {
  socket_address made;
  made.address_.any.sa_family = static_cast<sa_family_t>(family);
  if (family == AF_INET)
    made.address_.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else
    made.address_.v6.sin6_addr = in6addr_loopback;
  return made;
}

socket_address socket_address::local_end_of(int descriptor) noexcept {
  socket_address made;
  socklen_t size = sizeof made.address_;
  return ::getsockname(descriptor, &made.address_.any, &size) == 0 ? made : socket_address();
}

socket_address socket_address::remote_end_of(int descriptor) noexcept {
  socket_address made;
  socklen_t size = sizeof made.address_;
  return ::getpeername(descriptor, &made.address_.any, &size) == 0 ? made : socket_address();
}

std::uint16_t socket_address::port() const noexcept {
  return ntohs(family() == AF_INET ? address_.v4.sin_port : address_.v6.sin6_port);
}

void socket_address::set_port(std::uint16_t port) noexcept {
  (family() == AF_INET ? address_.v4.sin_port : address_.v6.sin6_port) = htons(port);
}

socklen_t socket_address::size() const noexcept {
  return family() == AF_INET ? sizeof address_.v4 : sizeof address_.v6;
}

bool operator==(const socket_address& a, const socket_address& b) noexcept {
  if (a.family() != b.family() || a.port() != b.port()) return false;
  if (a.family() == AF_INET) return a.address_.v4.sin_addr.s_addr == b.address_.v4.sin_addr.s_addr;
  return a.address_.v6.sin6_scope_id == b.address_.v6.sin6_scope_id &&
         std::memcmp(&a.address_.v6.sin6_addr, &b.address_.v6.sin6_addr,
                     sizeof a.address_.v6.sin6_addr) == 0;
}

}  // namespace adieu::inline v1::net
