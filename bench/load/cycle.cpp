// Cycle: connections that come, open, close and go, a fixed number of them at a time.
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>

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

class cycle_run {
 public:
  explicit cycle_run(const options& o) : port_(o.port), slots_(o.connections) {}

  std::uint64_t run_for(std::chrono::nanoseconds duration, std::size_t max_cycles) {
    cycles_        = 0;
    live_          = 0;
    wanted_        = max_cycles;
    const auto end = polling::clock::now() + duration;
    for (auto& slot : slots_) begin(slot);
    while (live_ > 0) {
      for (const auto& event : polling_.poll()) serve(slots_[event.data.u64]);
      if (polling_.now() >= end) wanted_ = 0;
    }
    return cycles_;
  }

  const polling& clock() const { return polling_; }

 private:
  struct slot {
    std::optional<client_socket> socket;
    std::string response;
    bool open = false;
    close_reader reply;
  };

  void begin(slot& s) {
    if (cycles_ + live_ >= wanted_) return;
    ++live_;
    s.response.clear();
    s.open  = false;
    s.reply = {};
    s.socket.emplace(port_, false);
    s.socket->send_all(opening_request());
    polling_.add(s.socket->fd(), static_cast<std::uint64_t>(&s - slots_.data()));
  }

  void serve(slot& s) {
    std::array<char, 4096> buffer;
    while (s.socket) {
      const ssize_t n = ::recv(s.socket->fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0) fail_with_errno("recv");
      if (n == 0) {
        end(s);
      } else {
        take(s, {buffer.data(), static_cast<std::size_t>(n)});
      }
    }
  }

  void take(slot& s, std::string_view bytes) {
    if (s.open) return s.reply.read(bytes);
    s.response += bytes;
    s.open = opened_by(s.response);
    if (s.open) s.socket->send_all(close_);
  }

  void end(slot& s) {
    if (!s.reply.complete()) fail("a connection ended without a Close");
    s.socket.reset();
    --live_;
    ++cycles_;
    begin(s);
  }

  std::uint16_t port_;
  std::vector<slot> slots_;
  polling polling_;
  const std::string close_ = client_close();
  std::size_t cycles_      = 0;
  std::size_t live_        = 0;
  std::size_t wanted_      = 0;
};

}  // namespace

report run_cycle(const options& o) {
  const server_process server(o.server);
  cycle_run run(o);
  run.run_for(o.warm_up, o.max_cycles / 4);
  report report;
  const stopwatch stopwatch(server, run.clock());
  const std::uint64_t cycles = run.run_for(o.duration, o.max_cycles);
  stopwatch.add_to(report, cycles);
  return report;
}

}  // namespace load
