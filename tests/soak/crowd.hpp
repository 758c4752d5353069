// Many clients in one process, for tools/soak: what each kind of crowd is asked to do, and what it
// tells. Built on the library itself, so that its client is under load as well.
#pragma once

#include <adieu/adieu.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/streambuf.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace soak {

namespace asio = boost::asio;
using std::chrono::milliseconds;

struct options {
  std::string kind;
  std::uint16_t port  = 0;
  std::size_t count   = 1000;
  std::size_t at_once = 200;  // openings at a time; with `churn` connections
  std::size_t hosts   = 1;    // 127.0.0.1 and so many minus one behind it
  milliseconds every{100};    // `talk`: one message from each in that time
};

/// "ws://127.0.0.N:PORT/", by number, over all the hosts.
std::string url_of(const options& o, std::size_t number);

/// Milliseconds of CLOCK_MONOTONIC, so that whoever started us can compare.
double now_ms();

/// What the heap holds, in bytes.
std::size_t heap();

/// Lines of stdin, as they come; "" at its end.
class commands {
 public:
  commands(asio::io_context& io, std::function<void(std::string)> told);
  /// Nothing more is wanted: the loop may end.
  void stop();

 private:
  void next();

  asio::posix::stream_descriptor in_;
  asio::streambuf buffer_;
  std::function<void(std::string)> told_;
};

/// How connections ended.
struct endings {
  std::size_t all = 0, clean = 0;
  double first_ms = 0, last_ms = 0;
  std::map<std::string, std::size_t> causes = {}, codes = {};

  void add(const adieu::close_event& event);
  /// `"ended": 3, "clean": 3, …`
  std::string text() const;
};

/// One line of JSON on stdout.
void tell(const std::string& members);

// Each returns when it is over.
void hold(const options& o);       // opens, stays until closed
void come_back(const options& o);  // the same, and comes back
void talk(const options& o);       // asks, and measures the answers
void churn(const options& o);      // opens and closes, over and over

}  // namespace soak
