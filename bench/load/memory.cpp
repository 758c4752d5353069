// Memory: how much the server grows for each connection that has echoed one message and then says
// nothing more. Counted from a server that has already seen some connections, so that what it sets
// up once is not divided among them.
#include <array>

#include "client_socket.hpp"
#include "fail.hpp"
#include "replies.hpp"
#include "runs.hpp"
#include "server_process.hpp"
#include "traffic.hpp"

namespace load {
namespace {

// One connection at a time, so that what the server keeps is what it keeps for idle ones.
void echo_once(const client_socket& socket, const traffic& traffic) {
  reply_counter replies;
  std::vector<char> buffer(256 * 1024);
  std::string_view unsent = traffic.outgoing;
  for (std::size_t completed = 0; completed == 0;) {
    if (!unsent.empty()) {
      const ssize_t sent = socket.send(unsent.data(), unsent.size());
      if (sent > 0) unsent.remove_prefix(static_cast<std::size_t>(sent));
    }
    // Nothing comes of some servers before they have it all; of others it must be taken meanwhile.
    const ssize_t n = unsent.empty() ? socket.await(buffer.data(), buffer.size())
                                     : socket.receive(buffer.data(), buffer.size());
    if (n == 0) fail("the server ended a connection");
    if (n < 0 && unsent.empty()) fail_with_errno("no reply");
    if (n > 0) completed = replies.count({buffer.data(), static_cast<std::size_t>(n)}, traffic);
  }
}

std::vector<client_socket> open_idle(const options& o, const traffic& traffic, std::size_t count) {
  auto sockets = open_connections(o, count);
  for (const auto& socket : sockets) echo_once(socket, traffic);
  return sockets;
}

}  // namespace

report run_memory(const options& o) {
  constexpr std::size_t first_ones = 100;
  const server_process server(o.server);
  const traffic traffic = make_traffic(o);

  const auto first = open_idle(o, traffic, first_ones);
  server.settle();
  const std::uint64_t before = server.private_dirty();
  const auto idle            = open_idle(o, traffic, o.connections);
  server.settle();
  const std::uint64_t after = server.private_dirty();
  return {.count        = o.connections,
          .server_total = static_cast<double>(after) - static_cast<double>(before)};
}

}  // namespace load
