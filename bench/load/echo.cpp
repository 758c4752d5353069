// Echo: every connection sends its batch, waits for all replies, sends the next. First for the
// warm-up, then, with everything in and the server at rest between the two, for the figure.
#include <cerrno>
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

class echo_run {
 public:
  explicit echo_run(const options& o)
      : traffic_(make_traffic(o)), in_flight_(o.in_flight), buffer_(256 * 1024) {
    for (auto& socket : open_connections(o, o.connections)) {
      polling_.add(socket.fd(), connections_.size());
      connections_.push_back({.socket = std::move(socket), .replies = {}});
    }
  }

  /// Returns how many replies came.
  std::uint64_t run_for(std::chrono::nanoseconds duration) {
    replies_          = 0;
    sending_          = true;
    busy_connections_ = connections_.size();
    const auto end    = polling::clock::now() + duration;
    for (auto& c : connections_) begin_batch(c);
    while (busy_connections_ > 0) {
      for (const auto& event : polling_.poll()) serve(connections_[event.data.u64]);
      if (polling_.now() >= end) sending_ = false;
    }
    return replies_;
  }

  const polling& clock() const { return polling_; }

 private:
  struct connection {
    client_socket socket;
    reply_counter replies;
    std::size_t unsent  = 0;
    std::size_t awaited = 0;
  };

  void begin_batch(connection& c) {
    c.unsent  = traffic_.outgoing.size();
    c.awaited = in_flight_;
    send_rest(c);
  }

  void send_rest(connection& c) {
    while (c.unsent > 0) {
      const char* rest = traffic_.outgoing.data() + traffic_.outgoing.size() - c.unsent;
      const ssize_t n  = c.socket.send(rest, c.unsent);
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0) fail_with_errno("send");
      c.unsent -= static_cast<std::size_t>(n);
    }
  }

  void serve(connection& c) {
    send_rest(c);
    // Edge-triggered: a read that fills the buffer may have left something behind.
    for (ssize_t n = static_cast<ssize_t>(buffer_.size());
         n == static_cast<ssize_t>(buffer_.size());) {
      n = c.socket.receive(buffer_.data(), buffer_.size());
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0) fail_with_errno("recv");
      if (n == 0) fail("the server ended a connection");
      take(c, {buffer_.data(), static_cast<std::size_t>(n)});
    }
  }

  void take(connection& c, std::string_view bytes) {
    const std::size_t completed = c.replies.count(bytes, traffic_);
    if (completed > c.awaited) fail("more replies than messages");
    replies_ += completed;
    c.awaited -= completed;
    if (completed == 0 || c.awaited > 0) return;
    if (sending_) {
      begin_batch(c);
    } else {
      --busy_connections_;
    }
  }

  traffic traffic_;
  std::size_t in_flight_;
  polling polling_;
  std::vector<char> buffer_;
  std::vector<connection> connections_;
  std::uint64_t replies_        = 0;
  std::size_t busy_connections_ = 0;
  bool sending_                 = false;
};

}  // namespace

report run_echo(const options& o) {
  const server_process server(o.server);
  echo_run run(o);
  run.run_for(o.warm_up);
  report report;
  const stopwatch stopwatch(server, run.clock());
  const std::uint64_t replies = run.run_for(o.duration);
  stopwatch.add_to(report, replies);
  return report;
}

}  // namespace load
