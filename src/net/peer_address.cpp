// getpeername(2) in words.
#include "net/peer_address.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <sys/socket.h>

namespace adieu::inline v1::net {

endpoint peer_of(const stream& connected) {
  boost::asio::ip::tcp::endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  if (!connected || ::getpeername(connected.descriptor(), peer.data(), &size) != 0) return {};
  return {peer.address().to_string(), peer.port()};
}

}  // namespace adieu::inline v1::net
