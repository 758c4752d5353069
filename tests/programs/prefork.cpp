// Several processes that share a port. The first one holds the port, starts a worker in the place
// of each that dies, and on SIGTERM tells all to end.
//
//     prefork --port 9001 [--workers N] [--notify-fork]
//
// With --notify-fork the workers share one listener that was there before the fork; else each makes
// its own loop and server, with SO_REUSEPORT.
#include "report.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <set>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

adieu::server_options options(std::uint16_t port, bool shared) {
  return {.port       = port,
          .reuse_port = shared,
          .connection = {
              .deadlines = report::deadlines(), .max_message = 1 << 20, .max_buffered = 1 << 20}};
}

adieu::server_handlers echoing() {
  return {
      .on_refused = report::refused,
      .on_open    = [](adieu::websocket& ws) { report::open(ws, ws.data<report::counts>()); },
      .on_message =
          [](adieu::websocket& ws, adieu::message_view message) {
            auto& mine = ws.data<report::counts>();
            ++mine.received;
            mine.send(ws, message);
          },
      .on_close =
          [](adieu::websocket& ws, const adieu::close_event& event) {
            report::closed(ws, event, ws.data<report::counts>());
          },
  };
}

// A SIGTERM waits meanwhile, so that none kills a worker that does not listen for it yet.
void hold_back_sigterm(int how) {
  sigset_t held;
  ::sigemptyset(&held);
  ::sigaddset(&held, SIGTERM);
  ::sigprocmask(how, &held, nullptr);
}

// What a worker does, whichever loop it has.
int work(asio::io_context& io, adieu::server& server) {
  int exit_code = 1;
  asio::signal_set signals(io, SIGTERM);
  hold_back_sigterm(SIG_UNBLOCK);
  report::line({{"event", "worker"}});
  signals.async_wait([&](adieu::error_code, int) {
    server.async_shutdown({.within = 2s},
                          [&](adieu::error_code, const adieu::shutdown_report& how) {
                            exit_code = report::over(how);
                          });
  });
  io.run();
  return exit_code;
}

class parent {
 public:
  parent(asio::io_context& workers_io, std::function<int()> work)
      : workers_io_(workers_io), work_(std::move(work)), signals_(io_, SIGTERM, SIGINT, SIGCHLD) {
    listen_for_signals();
  }

  void start() {
    notify(asio::io_context::fork_prepare);
    hold_back_sigterm(SIG_BLOCK);
    const pid_t child = ::fork();
    if (child == 0) {
      notify(asio::io_context::fork_child);
      signals_.clear();
      std::exit(work_());
    }
    hold_back_sigterm(SIG_UNBLOCK);
    notify(asio::io_context::fork_parent);
    workers_.insert(child);
  }

  int run() {
    io_.run();
    return exit_code_;
  }

 private:
  void notify(asio::io_context::fork_event what) {
    io_.notify_fork(what);
    workers_io_.notify_fork(what);
  }

  void listen_for_signals() {
    signals_.async_wait([this](adieu::error_code, int signal) {
      if (signal == SIGCHLD) {
        reap();
      } else {
        is_ending_ = true;
        for (const pid_t each : workers_) ::kill(each, SIGTERM);
      }
      if (!is_ending_ || !workers_.empty()) listen_for_signals();
    });
  }

  void reap() {
    int status = 0;
    for (pid_t gone = 0; (gone = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      workers_.erase(gone);
      const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      report::line({{"event", "worker_over"}, {"worker", gone}, {"code", code}});
      exit_code_ = std::max(exit_code_, code);
      if (!is_ending_) start();
    }
  }

  asio::io_context io_;  // the parent's own, for signals; that of the workers it never runs
  asio::io_context& workers_io_;
  std::function<int()> work_;
  asio::signal_set signals_;
  std::set<pid_t> workers_;
  bool is_ending_ = false;
  int exit_code_  = 0;
};

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  asio::io_context io;
  std::unique_ptr<adieu::server> shared;
  asio::ip::tcp::socket held(io);  // bound, not listening: the port is ours before the first worker
  std::function<int()> in_a_worker;
  if (given.has("--notify-fork")) {
    shared      = std::make_unique<adieu::server>(io, options(given.port(), false), echoing());
    in_a_worker = [&] { return work(io, *shared); };
    report::listening(shared->port());
  } else {
    held.open(asio::ip::tcp::v4());
    held.set_option(reuse_port(true));
    held.bind({asio::ip::address_v4::loopback(), given.port()});
    in_a_worker = [port = held.local_endpoint().port()] {
      asio::io_context own;
      adieu::server server(own, options(port, true), echoing());
      report::listening(port);  // each worker, for nobody listened before the first
      return work(own, server);
    };
  }
  parent all(io, std::move(in_a_worker));
  for (int n = given.number("--workers", 2); n > 0; --n) all.start();
  return all.run();
}
