// The address of a TCP socket as a value: IPv4 or IPv6, with its port. Knows no names.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <sys/socket.h>

namespace adieu::inline v1::net {

class socket_address {
 public:
  /// Of a system call. An address of another family becomes one of family 0.
  explicit socket_address(const sockaddr& from) noexcept;
  /// An address written in numbers, as a URL has it (IPv6 without brackets); none if it is a name.
  static std::optional<socket_address> numeric(const std::string& host) noexcept;
  static socket_address loopback(int family) noexcept;
  /// Of one end of the socket; family 0 if that is not known.
  static socket_address local_end_of(int descriptor) noexcept;
  static socket_address remote_end_of(int descriptor) noexcept;

  int family() const noexcept { return address_.any.sa_family; }
  std::uint16_t port() const noexcept;
  void set_port(std::uint16_t port) noexcept;
  const sockaddr* data() const noexcept { return &address_.any; }
  socklen_t size() const noexcept;

  friend bool operator==(const socket_address& a, const socket_address& b) noexcept;

 private:
  socket_address() noexcept = default;

  union either {
    sockaddr_in6 v6{};
    sockaddr_in v4;
    sockaddr any;
  } address_;
};

}  // namespace adieu::inline v1::net
