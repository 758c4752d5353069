// A client that comes back: with a fresh token when the old one was refused, and with what it had to
// say. Its server is here too: it refuses the first token, and closes with 1012 once.
#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <iostream>
#include <optional>
#include <string>

using namespace std::chrono_literals;
using client = adieu::reconnecting_websocket;

int main() {
  boost::asio::io_context io;
  std::optional<adieu::server> server(std::in_place, io, adieu::server_options(), adieu::server_handlers{
      .on_opening = [](const adieu::opening_request& asked, adieu::opening_reply reply) {
        if (asked.header("Authorization") == "Bearer 1") return reply.refuse({.status = 401});
        reply.accept();
      },
      .on_message = [n = 0](adieu::websocket& ws, adieu::message_view message) mutable {
        ws.send("thanks for '" + std::string(message.text()) + "'");
        if (++n == 2) ws.close(1012, "restart");
      },
  });

  boost::asio::steady_timer token_service(io);
  int token = 0, seen = 0;
  client ours(io, "ws://127.0.0.1:" + std::to_string(server->port()), {.max_queued_messages = 100}, {
      .on_attempt = [&](client&, adieu::attempt_reply reply) {
        const auto connect = [&token](adieu::attempt_reply& now) {
          now.connect({.headers = {{"Authorization", "Bearer " + std::to_string(token)}}});
        };
        if (token != 0 && !reply.needs_credentials()) return connect(reply);
        token_service.expires_after(50ms);  // the reply waits until the new token has come
        token_service.async_wait([&, connect, kept = std::move(reply)](adieu::error_code) mutable {
          ++token;
          connect(kept);
        });
      },
      .on_open = [&](client& c) { c.send("resume after " + std::to_string(seen)); },
      .on_message = [&](client& c, adieu::message_view message) {
        std::cout << message.text() << '\n';
        if (++seen == 4) c.close();
      },
      .on_down = [](client& c, const adieu::close_event& event, const adieu::decision& next) {
        std::cout << explain(event) << "; back in " << next.delay.count() << " ms\n";
        if (event.code == 1012) c.send("a second order");  // waits for the next connection
      },
      .on_close = [&](client& c, const adieu::close_event&, const adieu::decision& last) {
        std::cout << last.why << ", " << c.take_unsent().size() << " unsent\n";
        server.reset();
      },
  });
  ours.send("an order");  // waits too, and leaves behind "resume after 0"
  io.run();
}
