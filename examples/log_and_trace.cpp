// What a program is told beside its handlers: the log, and a trace of what goes over the wire. It
// prints both, and why a server refused it.
//
//     log_and_trace ws://127.0.0.1:9001/echo
//     log_and_trace ws://127.0.0.1:9001/status/401
#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>
#include <string>

void print_response(const adieu::opening_response& response) {
  std::cout << response.status << ' ' << response.header("Location") << '\n';
  for (const auto& [name, value] : response.headers) std::cout << name << ": " << value << '\n';
  std::cout << response.body << '\n';
}

int main(int argc, char* argv[]) {
  if (argc != 2) {
    std::cerr << "usage: log_and_trace URL\n";
    return 2;
  }
  adieu::set_log_hook([](const adieu::log_entry& entry) {
    std::cerr << (entry.level == adieu::log_level::error ? "E " : "W ") << entry.text << '\n';
  });

  adieu::websocket_options options;
  options.connection.trace.hook = [](const adieu::trace_event& event) {
    std::cerr << to_string(event) << '\n';
  };

  boost::asio::io_context io;
  adieu::websocket ws(io, argv[1], std::move(options), {
      .on_open = [](adieu::websocket& w) {
        std::cout << "speaks to " << w.response()->header("Server") << '\n';
        w.send("hello");
        w.close();
      },
      .on_close = [](adieu::websocket&, const adieu::close_event& event) {
        std::cout << explain(event) << '\n';
        if (event.response) print_response(*event.response);
      },
  });
  io.run();
}
