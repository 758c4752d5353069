// TCP to the server on 127.0.0.1, through TLS if so wished, and the opening over it. Knows no load:
// only how one connection begins.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "options.hpp"

struct ssl_st;

namespace load {

/// A connected socket; owns its descriptor.
class client_socket {
 public:
  client_socket(std::uint16_t port, bool tls);
  client_socket(client_socket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), tls_(std::move(other.tls_)) {}
  client_socket& operator=(client_socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(tls_, other.tls_);
    return *this;
  }
  ~client_socket();

  int fd() const { return fd_; }
  /// As send() and recv() with MSG_DONTWAIT: -1 and EAGAIN if it would have to wait. receive()
  /// brings all that is there, up to `size`.
  ssize_t send(const char* data, std::size_t size) const;
  ssize_t receive(char* to, std::size_t size) const;
  /// The same, waiting for something.
  ssize_t await(char* to, std::size_t size) const;
  /// Sends all of it, waiting if need be.
  void send_all(std::string_view bytes) const;

 private:
  struct freed {
    void operator()(ssl_st* owned) const;
  };
  void shake_hands();

  int fd_;
  std::unique_ptr<ssl_st, freed> tls_;
};

/// The opening request, the same for all: with RFC 6455's own sample key [1.3].
std::string opening_request(bool deflate = false);

/// Whether the response is complete. Fails if it is one that does not open a WebSocket, or not with
/// the compression that was asked for, or if something follows it.
bool opened_by(std::string_view response, bool deflate = false);

/// Opens so many connections, a batch at a time. Raw: TCP only.
std::vector<client_socket> open_connections(const options& o, std::size_t count);

}  // namespace load
