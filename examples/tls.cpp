// A server with a certificate, and a client that trusts an authority of its own.
//
//     ./tls CERTIFICATE KEY AUTHORITY     (PEM files; the certificate is for "localhost")
#include <adieu/adieu.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include <iostream>
#include <optional>

namespace ssl = boost::asio::ssl;

int main(int argc, char** argv) {
  if (argc != 4) return std::cerr << "usage: tls CERTIFICATE KEY AUTHORITY\n", 2;
  boost::asio::io_context io;

  ssl::context shown(ssl::context::tls_server);
  shown.use_certificate_chain_file(argv[1]);
  shown.use_private_key_file(argv[2], ssl::context::pem);
  std::optional<adieu::server> server;
  server.emplace(io, adieu::server_options{.tls = &shown}, adieu::server_handlers{
      .on_refused = [](const adieu::refusal& r) { std::cout << "server: " << r.why << std::endl; },
      .on_message = [](adieu::websocket& ws, adieu::message_view message) { ws.send(message); },
  });
  const std::string port = std::to_string(server->port());

  // Peer and host name are verified; nothing has to be asked for.
  ssl::context trusting(ssl::context::tls_client);
  trusting.load_verify_file(argv[3]);
  bool was_clean = false;
  adieu::websocket client(io, "wss://localhost:" + port + "/", {.tls = &trusting}, {
      .on_open    = [](adieu::websocket& ws) { ws.send("hello"); },
      .on_message = [](adieu::websocket& ws, adieu::message_view) { ws.close(1000, "heard"); },
      .on_close = [&](adieu::websocket&, const adieu::close_event& event) {
        std::cout << "own authority: " << explain(event) << std::endl;
        was_clean = event.was_clean;
      },
  });

  // The system's authorities do not know this one.
  adieu::websocket stranger(io, "wss://localhost:" + port + "/", {
      .on_close = [&](adieu::websocket&, const adieu::close_event& event) {
        std::cout << "system's: " << event.code << ' ' << event.error.message() << std::endl;
      },
  });

  while (!client.closed() || !stranger.closed()) io.run_one();
  server.reset();
  io.run();
  return was_clean ? 0 : 1;
}
