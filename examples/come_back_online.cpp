// Several endpoints, a policy of its own, and a network that comes and goes. Whatever tells a program
// that it is offline (NetworkManager, the system's route socket) is a signal here.
//
//     come_back_online URL URL…       SIGUSR1: offline · SIGUSR2: online · SIGTERM: the end
#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <functional>
#include <iostream>

using client = adieu::reconnecting_websocket;

int main(int argc, char* argv[]) {
  if (argc < 2) {
    std::cerr << "usage: come_back_online URL URL…\n";
    return 2;
  }
  boost::asio::io_context io;
  client ours(io, argv[1], {
      .backoff = adieu::backoff::interactive(),
      .policy  = adieu::reconnect_policy()
                     .on(403, adieu::action::back_off)  // while a deployment rolls
                     .on(4100, 4199, adieu::action::stop),
      .decide  = [](const adieu::close_event& event, const adieu::reconnect_history& history,
                   adieu::decision& next) {
        if (event.reason == "banned" || history.attempts > 50) next.come_back = false;
      },
      .endpoints = {argv + 2, argv + argc},
  }, {
      .on_open = [](client& c) { std::cout << "open " << to_string(c.remote_endpoint()) << std::endl; },
      .on_message = [](client& c, adieu::message_view) { c.confirm(); },  // it works: start anew
      .on_down = [](client&, const adieu::close_event&, const adieu::decision& next) {
        std::cout << "down: " << next.why << std::endl;
      },
      .on_close = [&](client&, const adieu::close_event&, const adieu::decision& last) {
        std::cout << "closed: " << last.why << std::endl;
        io.stop();
      },
  });

  boost::asio::signal_set network(io, SIGUSR1, SIGUSR2, SIGTERM);
  std::function<void(adieu::error_code, int)> changed = [&](adieu::error_code, int signal) {
    if (signal == SIGTERM) ours.close();
    if (signal == SIGUSR1) ours.pause();
    if (signal == SIGUSR2) {
      ours.resume();
      ours.reconnect_now();  // not after what is left of the delay
    }
    network.async_wait(changed);
  };
  network.async_wait(changed);
  io.run();
}
