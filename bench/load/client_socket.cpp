// See client_socket.hpp.
#include "client_socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "fail.hpp"

namespace load {
namespace {

void read_opening_response(const client_socket& from, bool deflate) {
  std::string response;
  std::array<char, 4096> buffer;
  do {
    const ssize_t n = from.await(buffer.data(), buffer.size());
    if (n < 0) fail_with_errno("no answer to an opening");
    if (n == 0) fail("the server ended a connection in its opening");
    response.append(buffer.data(), static_cast<std::size_t>(n));
  } while (!opened_by(response, deflate));
}

// As a result of send() or recv().
ssize_t in_words_of_sockets(const SSL* tls, int result) {
  switch (SSL_get_error(tls, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
    case SSL_ERROR_ZERO_RETURN: return 0;
    default: fail("TLS failed");
  }
}

}  // namespace

void client_socket::freed::operator()(SSL* owned) const { SSL_free(owned); }

client_socket::client_socket(std::uint16_t port, bool tls)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (fd_ < 0) fail_with_errno("socket");
  sockaddr_in address{};
  address.sin_family      = AF_INET;
  address.sin_port        = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // So that a server that does not answer ends the run and does not hang it.
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  const int on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail_with_errno("connect");
  }
  if (tls) shake_hands();
}

void client_socket::shake_hands() {
  static SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  tls_.reset(SSL_new(context));
  SSL_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_fd(tls_.get(), fd_);
  if (SSL_connect(tls_.get()) != 1) fail("no TLS handshake");
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
}

ssize_t client_socket::send(const char* data, std::size_t size) const {
  if (!tls_) return ::send(fd_, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  const int n = SSL_write(tls_.get(), data, static_cast<int>(size));
  return n > 0 ? n : in_words_of_sockets(tls_.get(), n);
}

ssize_t client_socket::receive(char* to, std::size_t size) const {
  if (!tls_) return ::recv(fd_, to, size, MSG_DONTWAIT);
  std::size_t got = 0;
  while (got < size) {
    const int n = SSL_read(tls_.get(), to + got, static_cast<int>(size - got));
    if (n <= 0 && got == 0) return in_words_of_sockets(tls_.get(), n);
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  return static_cast<ssize_t>(got);
}

ssize_t client_socket::await(char* to, std::size_t size) const {
  for (;;) {
    const ssize_t n = receive(to, size);
    if (n >= 0 || errno != EAGAIN) return n;
    pollfd wanted{fd_, POLLIN, 0};
    if (::poll(&wanted, 1, 10'000) == 0) fail("the server has fallen silent");
  }
}

client_socket::~client_socket() {
  if (fd_ >= 0) ::close(fd_);
}

void client_socket::send_all(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = tls_ ? send(bytes.data(), bytes.size())
                           : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) fail_with_errno("send");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string opening_request(bool deflate) {
  std::string request =
      "GET / HTTP/1.1\r\n"
      "Host: 127.0.0.1\r\n"
      "Upgrade: websocket\r\n"
      "Connection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Version: 13\r\n";
  if (deflate)
    request +=
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
        "client_no_context_takeover\r\n";
  return request + "\r\n";
}

bool opened_by(std::string_view response, bool deflate) {
  const std::size_t end = response.find("\r\n\r\n");
  if (end == std::string_view::npos) return false;
  if (!response.starts_with("HTTP/1.1 101 ") ||
      response.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == std::string_view::npos) {
    fail("the server did not open a WebSocket: " +
         std::string(response.substr(0, response.find('\r'))));
  }
  if (deflate && (response.find("permessage-deflate") == std::string_view::npos ||
                  response.find("server_no_context_takeover") == std::string_view::npos)) {
    fail("the server did not agree to compression without context takeover");
  }
  if (end + 4 != response.size()) fail("the server spoke first");
  return true;
}

std::vector<client_socket> open_connections(const options& o, std::size_t count) {
  constexpr std::size_t batch = 100;
  std::vector<client_socket> sockets;
  sockets.reserve(count);
  while (sockets.size() < count) {
    const std::size_t first = sockets.size();
    const std::size_t last  = std::min(count, first + batch);
    while (sockets.size() < last) {
      sockets.emplace_back(o.port, o.tls);
      if (!o.raw) sockets.back().send_all(opening_request(o.deflate));
    }
    if (o.raw) continue;
    for (std::size_t i = first; i < last; ++i) read_opening_response(sockets[i], o.deflate);
  }
  return sockets;
}

}  // namespace load
