// Sends a file of some megabytes and fetches it back; the sums of both ends have to be the same.
//
//     file_client ws://127.0.0.1:9001/ [--bytes N]
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

class transfer {
 public:
  transfer(adieu::websocket& ws, std::size_t size) : ws_(ws), size_(size) {}

  report::counts& counts() { return counts_; }

  asio::awaitable<void> both_ways() {
    co_await ws_.async_opened();
    report::open(ws_, counts_);
    const bool same = co_await put() && co_await get();
    report::line({{"event", "result"}, {"same", same}});
    if (same)
      ws_.close(1000, "thank you");
    else
      ws_.close(4000, "that is another file");
  }

 private:
  asio::awaitable<void> send(adieu::message what) {
    if (!ws_.closed()) ++counts_.undecided;
    co_await ws_.async_send(std::move(what));
    counts_.taken();
  }

  asio::awaitable<adieu::message> next() {
    auto part = co_await ws_.async_receive_within(1500ms);
    if (part.timed_out()) throw std::runtime_error("nothing comes");
    if (part.ended()) throw std::runtime_error("it ends too early");
    ++counts_.received;
    co_return std::move(part.received);
  }

  asio::awaitable<bool> put() {
    co_await send("put " + std::to_string(size_));
    boost::crc_32_type crc;
    for (std::size_t at = 0; at < size_; at += chunk) {
      const std::string bytes(std::min(chunk, size_ - at), static_cast<char>(at >> 16));
      crc.process_bytes(bytes.data(), bytes.size());
      co_await send(adieu::message(adieu::message_type::binary, bytes));
    }
    co_return (co_await next()).text() == "crc " + std::to_string(crc.checksum());
  }

  asio::awaitable<bool> get() {
    co_await send("get " + std::to_string(size_));
    boost::crc_32_type crc;
    std::size_t had = 0;
    while (true) {
      const adieu::message part = co_await next();
      if (part.is_text())
        co_return had == size_&& part.text() == "crc " + std::to_string(crc.checksum());
      crc.process_bytes(part.text().data(), part.size());
      had += part.size();
      if (had > size_) throw std::runtime_error("that is too much");
    }
  }

  adieu::websocket& ws_;
  std::size_t size_;
  report::counts counts_;
};

asio::awaitable<int> run(adieu::websocket& ws, std::size_t size) {
  transfer file(ws, size);
  try {
    co_await file.both_ways();
  } catch (const std::exception& why) {
    std::cerr << why.what() << '\n';
    ws.close(4001, "given up");
  }
  while (co_await ws.async_receive()) ++file.counts().received;  // what is still on its way
  const adieu::close_event event = co_await ws.async_closed();
  report::closed(ws, event, file.counts());
  if (event.was_clean && event.code == 1000) co_return 0;
  co_return 1;
}

int main(int argc, char** argv) {
  const report::arguments given(argc, argv);
  asio::io_context io;
  int exit_code = 1;
  adieu::websocket ws(io, given.url(),
                      {.connection = {.deadlines    = report::deadlines(),
                                      .max_message  = 1 << 20,
                                      .max_unread   = 1 << 20,
                                      .max_buffered = 1 << 20,
                                      .low_water    = chunk}});
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](adieu::error_code stopped, int) {
    if (!stopped) ws.close(4001, "asked to go");
  });
  const auto size = static_cast<std::size_t>(given.number("--bytes", 4'000'000));
  asio::co_spawn(io, run(ws, size), [&](std::exception_ptr thrown, int code) {
    if (thrown) std::rethrow_exception(thrown);
    exit_code = code;
    signals.cancel();
  });
  io.run();
  return exit_code;
}
