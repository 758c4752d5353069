// Standard output or standard error, written by a thread, so that a reader that is slow or gone
// holds up neither the closing of a connection nor Ctrl-C. Knows only bytes.
#pragma once

#include <adieu/handler.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace adieu::tool {

class output {
 public:
  /// Called on the executor.
  struct handlers {
    /// pending() has fallen to 0.
    handler<void()> on_empty = {};
    /// errno, once: what was pending and what comes is thrown away.
    handler<void(int)> on_failed = {};
  };

  output(boost::asio::any_io_executor where, int descriptor, handlers to);
  ~output();
  output(const output&)            = delete;
  output& operator=(const output&) = delete;

  /// Queues bytes. They leave at once and in order.
  void write(std::string_view bytes);
  /// Bytes that have not left.
  std::size_t pending() const;
  /// Stops waiting for a reader that does not read: pending bytes are lost, no handler is called
  /// any more.
  void abandon();

 private:
  // Shared with the thread, which may be stuck in write() for ever.
  struct state {
    mutable std::mutex lock;
    std::condition_variable changed;
    std::string waiting;      // to be written next
    std::size_t writing = 0;  // bytes that the thread is at
    bool failed         = false;
    bool stopped        = false;  // end when all is written
    bool abandoned      = false;
    boost::asio::any_io_executor where;
    handlers to;
  };

  static void run(const std::shared_ptr<state>& shared, int descriptor);

  std::shared_ptr<state> shared_;
  std::thread thread_;
};

}  // namespace adieu::tool
