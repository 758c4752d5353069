// TCP to the server on 127.0.0.1, and the opening over it. Knows no load: only how one connection
// begins.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "options.hpp"

namespace load {

/// A connected TCP socket; owns its descriptor. Blocking: the hot paths ask for MSG_DONTWAIT.
class client_socket {
 public:
  explicit client_socket(std::uint16_t port);
  client_socket(client_socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  client_socket& operator=(client_socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~client_socket();

  int fd() const { return fd_; }
  /// Sends all of it, waiting if need be.
  void send_all(std::string_view bytes) const;

 private:
  int fd_;
};

/// The opening request, the same for all: with RFC 6455's own sample key [1.3].
std::string_view opening_request(bool deflate = false);

/// Whether the response is complete. Fails if it is one that does not open a WebSocket, or not with
/// the compression that was asked for, or if something follows it.
bool opened_by(std::string_view response, bool deflate = false);

/// Opens so many connections, a batch at a time. Raw: TCP only.
std::vector<client_socket> open_connections(const options& o, std::size_t count);

}  // namespace load
