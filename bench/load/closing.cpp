// Closing: all connections send their Close at once; the figure is complete when each has seen the
// server's Close and the end of TCP, which a server ends first [RFC 6455 7.1.1], and has ended too.
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "client_socket.hpp"
#include "fail.hpp"
#include "polling.hpp"
#include "replies.hpp"
#include "runs.hpp"
#include "server_process.hpp"
#include "stopwatch.hpp"
#include "traffic.hpp"

namespace load {
namespace {

struct closing_connection {
  std::optional<client_socket> socket;
  close_reader reply;
};

// True once TCP has ended, after a whole Close.
bool read_to_the_end(closing_connection& c) {
  std::array<char, 64> buffer;
  for (;;) {
    const ssize_t n = ::recv(c.socket->fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return false;
    if (n < 0) fail_with_errno("recv");
    if (n == 0) {
      if (!c.reply.complete()) fail("a connection ended without a Close");
      return true;
    }
    c.reply.read({buffer.data(), static_cast<std::size_t>(n)});
  }
}

void close_all_at_once(const options& o, const server_process& server, report& sum) {
  const std::string close = client_close();
  polling polling;
  std::vector<closing_connection> connections;
  for (auto& socket : open_connections(o, o.connections)) {
    polling.add(socket.fd(), connections.size());
    connections.push_back({.socket = std::move(socket), .reply = {}});
  }

  const stopwatch stopwatch(server, polling);
  for (const auto& c : connections) c.socket->send_all(close);
  for (std::size_t open = connections.size(); open > 0;) {
    for (const auto& event : polling.poll()) {
      auto& c = connections[event.data.u64];
      if (!c.socket || !read_to_the_end(c)) continue;
      c.socket.reset();
      --open;
    }
  }
  stopwatch.add_to(sum, connections.size());
}

}  // namespace

report run_closing(const options& o) {
  const server_process server(o.server);
  report sum;
  for (std::size_t i = 0; i < o.repeat; ++i) close_all_at_once(o, server, sum);
  return sum;
}

}  // namespace load
