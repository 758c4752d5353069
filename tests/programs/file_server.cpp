// Large files, in both directions, each connection a coroutine: a chunk leaves when there is room
// for it, so that a slow reader costs one chunk of memory and not a file.
//
//     file_server --port 9001     then: "get 1000000", or "put 1000000" and that many bytes
#include "report.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/crc.hpp>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <stdexcept>

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t chunk = 64 << 10;

// A file of that size, from that offset.
std::string part_of_file(std::size_t from, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t n = 0; n < size; ++n)
    bytes[n] = static_cast<char>((from + n) * 2654435761u >> 13);
  return bytes;
}

asio::awaitable<void> send(adieu::websocket& ws, adieu::message what) {
  if (!ws.closed()) ++ws.data<report::counts>().undecided;
  co_await ws.async_send(std::move(what));
  ws.data<report::counts>().taken();
}

asio::awaitable<void> give(adieu::websocket& ws, std::size_t size) {
  boost::crc_32_type crc;
  for (std::size_t at = 0; at < size; at += chunk) {
    std::string bytes = part_of_file(at, std::min(chunk, size - at));
    crc.process_bytes(bytes.data(), bytes.size());
    co_await send(ws, adieu::message(adieu::message_type::binary, std::move(bytes)));
  }
  co_await send(ws, "crc " + std::to_string(crc.checksum()));
}

asio::awaitable<void> take(adieu::websocket& ws, std::size_t size) {
  boost::crc_32_type crc;
  for (std::size_t at = 0; at < size;) {
    const auto part = co_await ws.async_receive_within(1s);
    if (part.timed_out()) throw std::runtime_error("the file does not come");
    if (part.ended()) co_return;
    ++ws.data<report::counts>().received;
    if (!part.received.is_binary()) throw std::runtime_error("no part of a file");
    crc.process_bytes(part.received.text().data(), part.received.size());
    at += part.received.size();
  }
  co_await send(ws, "crc " + std::to_string(crc.checksum()));
}

asio::awaitable<void> serve(adieu::websocket ws) {
  try {
    while (auto request = co_await ws.async_receive()) {
      ++ws.data<report::counts>().received;
      const std::string line(request->text());
      const std::size_t size = std::stoul(line.substr(std::min(line.size(), std::size_t{4})));
      if (line.starts_with("get "))
        co_await give(ws, size);
      else
        co_await take(ws, size);
    }
  } catch (const adieu::system_error&) {  // the connection is over, the event says how
  } catch (const std::exception& error) {
    ws.close(1008, std::string_view(error.what()));
  }
  while (co_await ws.async_receive()) ++ws.data<report::counts>().received;  // has come already
  const adieu::close_event event = co_await ws.async_closed();
  report::closed(ws, event, ws.data<report::counts>());
}

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  asio::io_context io;

  adieu::server server(io,
                       {.port       = given.port(),
                        .connection = {.deadlines    = report::deadlines(),
                                       .max_message  = 1 << 20,
                                       .max_unread   = 1 << 20,
                                       .max_buffered = 1 << 20,
                                       .low_water    = chunk}},
                       {
                           .on_refused = report::refused,
                           .on_open =
                               [&](adieu::websocket& ws) {
                                 report::open(ws, ws.data<report::counts>());
                                 asio::co_spawn(io, serve(std::move(ws)),
                                                [](std::exception_ptr thrown) {
                                                  if (thrown) std::rethrow_exception(thrown);
                                                });
                               },
                       });
  report::listening(server.port());

  int exit_code = 1;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code, int) {
    server.async_shutdown({.reason = "the archive is closing", .within = 2s},
                          [&](adieu::error_code, const adieu::shutdown_report& how) {
                            exit_code = report::over(how);
                          });
  });
  io.run();
  return exit_code;
}
