// The echo server on this library, as its user would write it. Same settings as the peers: 16 MiB
// messages, nothing logged, no compression but with --deflate, and then the defaults.
#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <optional>

#include "command_line.hpp"

int main(int argc, char** argv) {
  boost::asio::io_context io(1);
  std::optional<boost::asio::ssl::context> tls;
  if (const char* certificate = bench::certificate_wanted(argc, argv)) {
    tls.emplace(boost::asio::ssl::context::tls_server);
    tls->use_certificate_chain_file(certificate);
    tls->use_private_key_file(bench::key_wanted(argc, argv), boost::asio::ssl::context::pem);
  }
  adieu::server server(
      io,
      {.address    = "127.0.0.1",
       .port       = bench::port_wanted(argc, argv),
       .tls        = tls ? &*tls : nullptr,
       .connection = {.max_message = bench::max_message,
                      .deflate     = {.enabled = bench::deflate_wanted(argc, argv)}}},
      {.on_message = [](adieu::websocket& ws, adieu::message_view message) { ws.send(message); }});
  bench::announce(server.port());
  io.run();
}
