// Standard input, whatever it is (terminal, pipe, regular file, /dev/null), a chunk at a time and
// only when asked. A thread reads: epoll refuses files, and making the descriptor non-blocking
// would change it for the shell too. Knows no lines.
#pragma once

#include <adieu/handler.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <string>
#include <thread>

namespace adieu::tool {

class input {
 public:
  struct chunk {
    std::string bytes = {};
    bool ended        = false;
    int error         = 0;  // errno, where that is why it ended
  };

  /// `on_chunk` is called on the executor, once for each want().
  input(boost::asio::any_io_executor where, int descriptor, handler<void(chunk)> on_chunk);
  ~input() { stop(); }
  input(const input&)            = delete;
  input& operator=(const input&) = delete;

  /// Asks for one chunk. Not again before it has come.
  void want();
  /// Returns at once, though the input is still open. A chunk that had been read by then has been
  /// posted.
  void stop();

 private:
  void run();
  chunk read_one() const;

  boost::asio::any_io_executor where_;
  int descriptor_;
  handler<void(chunk)> on_chunk_;
  int wake_[2] = {-1, -1};  // a byte: want(); its end: stop()
  std::thread thread_;
};

}  // namespace adieu::tool
