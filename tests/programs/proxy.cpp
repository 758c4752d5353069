// Between clients and a server behind it: for each client a connection of its own, opened before
// the client's is accepted. Whoever reads slowly slows the other down, and nothing is kept but what
// fits in the queues.
//
//     proxy --port 9001 --behind ws://127.0.0.1:9002
#include "report.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <memory>
#include <set>

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::uint64_t enough = 256 << 10;

// Both ends of what is relayed; it lives until both have ended.
struct relay {
  std::string target;
  adieu::endpoint client;
  adieu::websocket behind;
  adieu::websocket* front = nullptr;  // while it is open
  report::counts to_front, to_behind;
  bool front_is_over = true;
};

// Sends, and stops reading from where it came until there is room again.
void pass_on(adieu::websocket& from, adieu::websocket& to, report::counts& mine,
             adieu::message_view message) {
  mine.send(to, message);
  if (to.buffered_amount() > enough) from.pause_reading();
}

// A code that this end may not send is not passed on: a client has no 10xx but 1000.
void end_like(adieu::websocket& ws, adieu::role ours, const adieu::close_event& other) {
  if (adieu::may_send(other.code, ours))
    ws.close(other.code, other.reason);
  else
    ws.close(adieu::close_code(ours == adieu::role::server ? 1014 : 4014),
             "the other end was lost");
}

class proxy {
 public:
  proxy(asio::io_context& io, const report::arguments& given)
      : io_(io),
        url_(given.value("--behind")),
        server_(io, {.port = given.port(), .connection = limits()}, handlers()) {}

  adieu::server& server() { return server_; }

 private:
  static adieu::connection_options limits() {
    return {.deadlines = report::deadlines(), .max_buffered = 1 << 20, .low_water = 64 << 10};
  }

  adieu::server_handlers handlers() {
    return {
        .on_opening =
            [this](const adieu::opening_request& request, adieu::opening_reply reply) {
              auto& of = reply.data<std::shared_ptr<relay>>(std::make_shared<relay>());
              relays_.insert(of);
              of->target = request.target;
              of->client = request.remote_endpoint;
              connect(*of, std::make_shared<adieu::opening_reply>(std::move(reply)));
            },
        .on_refused =
            [this](const adieu::refusal& how) {  // perhaps the client has gone
              report::refused(how);
              for (const auto& each : relays_)
                if (each->client == how.remote_endpoint && each->front_is_over)
                  each->behind.close();
            },
        .on_open =
            [](adieu::websocket& ws) {
              relay& of = relay_of(ws);
              report::open(ws, of.to_front);
              of.front         = &ws;
              of.front_is_over = false;
              of.behind.resume_reading();
              if (const auto* over = of.behind.closed()) end_like(ws, adieu::role::server, *over);
            },
        .on_message =
            [](adieu::websocket& ws, adieu::message_view message) {
              relay& of = relay_of(ws);
              ++of.to_front.received;
              pass_on(ws, of.behind, of.to_behind, message);
            },
        .on_drain = [](adieu::websocket& ws) { relay_of(ws).behind.resume_reading(); },
        .on_close =
            [this](adieu::websocket& ws, const adieu::close_event& event) {
              const auto of = ws.data<std::shared_ptr<relay>>();
              report::closed(ws, event, of->to_front);
              of->front         = nullptr;
              of->front_is_over = true;
              end_like(of->behind, adieu::role::client, event);
              if (of->behind.closed()) relays_.erase(of);
            },
    };
  }

  void connect(relay& of, std::shared_ptr<adieu::opening_reply> reply) {
    of.behind = adieu::websocket(
        io_, url_ + of.target, {.connection = limits()},
        {
            .on_open =
                [&of, reply](adieu::websocket& ws) {
                  ws.pause_reading();  // until the client's is open, too
                  report::line({{"event", "open_behind"}, {"target", of.target}});
                  reply->accept();
                },
            .on_message =
                [&of](adieu::websocket& ws, adieu::message_view message) {
                  ++of.to_behind.received;
                  if (of.front) pass_on(ws, *of.front, of.to_front, message);
                },
            .on_drain =
                [&of](adieu::websocket&) {
                  if (of.front) of.front->resume_reading();
                },
            .on_close =
                [this, &of, reply](adieu::websocket&, const adieu::close_event& event) {
                  reply->refuse({.status = 502});  // nothing, if it was accepted
                  report::closed(event, of.to_behind, of.target, "closed_behind");
                  if (of.front) end_like(*of.front, adieu::role::server, event);
                  if (of.front_is_over)
                    std::erase_if(relays_, [&](const auto& each) { return each.get() == &of; });
                },
        });
  }

  static relay& relay_of(adieu::websocket& ws) { return *ws.data<std::shared_ptr<relay>>(); }

  asio::io_context& io_;
  std::string url_;
  std::set<std::shared_ptr<relay>> relays_;
  adieu::server server_;
};

int main(int argc, char** argv) {
  asio::io_context io;
  proxy between(io, report::arguments(argc, argv));
  report::listening(between.server().port());

  int exit_code = 1;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code, int) {
    between.server().async_shutdown({.within = 2s},
                                    [&](adieu::error_code, const adieu::shutdown_report& how) {
                                      exit_code = report::over(how);
                                    });
  });
  io.run();
  return exit_code;
}
