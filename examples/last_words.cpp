// Last words: between the peer's Close and ours the application may still send. Here the server
// asks itself for 50 ms what is left to say. Both ends in one program.
//
//     last_words
#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>

using namespace std::chrono_literals;

int main() {
  boost::asio::io_context io;
  boost::asio::steady_timer thinking(io, 50ms);
  std::optional<adieu::closing_reply> kept;

  std::optional<adieu::server> server;
  server.emplace(io, adieu::server_options{}, adieu::server_handlers{
      .on_closing = [&](adieu::websocket&, adieu::closing_reply reply) {
        std::cout << "server: the client says " << reply.code() << " " << reply.reason() << '\n';
        reply.send("your order is saved");
        kept.emplace(std::move(reply));  // our Close waits for it, `deadlines::last_words` at most
        thinking.async_wait([&](boost::system::error_code) {
          kept->send("come back soon");
          kept.reset();  // now our Close goes out
        });
      },
      .on_close = [&](adieu::websocket&, const adieu::close_event& event) {
        std::cout << "server: " << explain(event) << '\n';
        server.reset();  // stops listening: nothing is left to wait for
      },
  });

  adieu::websocket client(io, "ws://127.0.0.1:" + std::to_string(server->port()), {
      .on_open    = [](adieu::websocket& ws) { ws.close(1000, "I have to go"); },
      .on_message = [](adieu::websocket&, adieu::message_view message) {
        std::cout << "client: " << message.text() << '\n';
      },
      .on_close = [](adieu::websocket&, const adieu::close_event& event) {
        std::cout << "client: " << explain(event) << '\n';
      },
  });

  io.run();
}
