// An address taken from the system's form, and written in words.
#include "net/peer_address.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace adieu::inline v1::net {

peer_address::peer_address(const sockaddr& from) noexcept {
  if (from.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    std::memcpy(bytes_.data(), &v4.sin_addr, sizeof v4.sin_addr);
    port_ = ntohs(v4.sin_port);
  } else if (from.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
    std::memcpy(bytes_.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    port_ = ntohs(v6.sin6_port);
  } else {
    return;
  }
  family_ = from.sa_family;
}

endpoint peer_address::in_words() const {
  char text[INET6_ADDRSTRLEN];
  if (family_ == 0 || !::inet_ntop(family_, bytes_.data(), text, sizeof text)) return {};
  return {text, port_};
}

}  // namespace adieu::inline v1::net
