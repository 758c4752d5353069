// Linux. The kernel's own header: that of the C library knows fewer fields.
#include "net/transport_look.hpp"

#include <cstddef>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace adieu::inline v1::net {
namespace {

constexpr std::uint8_t tcp_close = 7;  // the state; its enumerator stands in the other header

// How many bytes of it the kernel has filled in: older ones know less. 0: this is not TCP.
std::size_t ask(int descriptor, tcp_info& info) noexcept {
  socklen_t size = sizeof info;
  return ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? size : 0;
}

bool covers(std::size_t filled, std::size_t offset, std::size_t size) noexcept {
  return filled >= offset + size;
}

std::uint64_t not_acknowledged(const tcp_info& info) noexcept {
  const std::uint64_t sent = info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
  const std::uint64_t way  = sent > info.tcpi_bytes_acked ? sent - info.tcpi_bytes_acked : 0;
  return way + info.tcpi_notsent_bytes;
}

}  // namespace

protocol::transport_look look_at_transport(int descriptor) noexcept {
  tcp_info info{};
  const std::size_t filled = ask(descriptor, info);
  protocol::transport_look seen;
  seen.tells_acknowledged =
      covers(filled, offsetof(tcp_info, tcpi_bytes_retrans), sizeof info.tcpi_bytes_retrans);
  if (!seen.tells_acknowledged) return seen;
  seen.acknowledged   = info.tcpi_bytes_acked;
  seen.unacknowledged = not_acknowledged(info);
  seen.tells_window   = covers(filled, offsetof(tcp_info, tcpi_snd_wnd), sizeof info.tcpi_snd_wnd);
  seen.window         = info.tcpi_snd_wnd;
  // No window can be announced that is larger. [RFC 7323 2.2]
  seen.most = std::uint64_t{65535} << info.tcpi_snd_wscale;
  return seen;
}

std::optional<std::uint64_t> unacknowledged_bytes(int descriptor) noexcept {
  tcp_info info{};
  const std::size_t filled = ask(descriptor, info);
  if (filled == 0) return {};
  // A socket that was reset has forgotten its queue, but not its counts.
  if (info.tcpi_state == tcp_close) {
    if (!covers(filled, offsetof(tcp_info, tcpi_bytes_retrans), sizeof info.tcpi_bytes_retrans))
      return {};
    return not_acknowledged(info);
  }
  int queued = 0;
  if (::ioctl(descriptor, SIOCOUTQ, &queued) != 0 || queued < 0) return {};
  return static_cast<std::uint64_t>(queued);
}

void set_user_timeout(int descriptor, unsigned milliseconds) noexcept {
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

}  // namespace adieu::inline v1::net
