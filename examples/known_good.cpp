// A device of a fleet, which restarts now and then: it keeps a file that says that its connection
// has worked. With it an expired certificate or a 403 is not the end, without it a mistake of
// whoever set it up.
//
//     known_good MARKER URL       SIGTERM: the end
#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>

using client = adieu::reconnecting_websocket;

int main(int argc, char* argv[]) {
  if (argc != 3) {
    std::cerr << "usage: known_good MARKER URL\n";
    return 2;
  }
  const std::filesystem::path marker = argv[1];
  boost::asio::io_context io;
  adieu::reconnecting_options options{.known_good = std::filesystem::exists(marker)};
  options.backoff = adieu::backoff::fleet();  // nobody waits for one of many
  client device(io, argv[2], std::move(options), {
      .on_open = [](client& c) { c.send("hello, I am device 7"); },
      .on_message = [&](client& c, adieu::message_view) {  // the server talks to us: all is right
        c.confirm();
        std::ofstream{marker};
        std::cout << "works" << std::endl;
      },
      .on_down = [](client&, const adieu::close_event&, const adieu::decision& next) {
        std::cout << "down: " << next.why << "; back in " << next.delay.count() / 1000 << " s"
                  << std::endl;
      },
      .on_close = [&](client&, const adieu::close_event&, const adieu::decision& last) {
        std::cout << "the end: " << last.why << std::endl;
        io.stop();
      },
  });
  boost::asio::signal_set signals(io, SIGTERM);
  signals.async_wait([&](adieu::error_code, int) { device.close(); });
  io.run();
}
