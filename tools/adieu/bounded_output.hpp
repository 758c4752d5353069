// Lines for a descriptor, written by a thread, so that a reader that is slow or gone holds up
// nobody: what it does not take in time is dropped, and a line says how many were. Knows no event.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace adieu::tool {

class bounded_output {
 public:
  static constexpr std::size_t most_bytes = 1 << 20;
  static constexpr std::size_t most_lines = 10'000;

  /// `dropped` makes the line that says how many are missing.
  bounded_output(int descriptor, std::function<std::string(std::uint64_t)> dropped);
  /// Waits a second at most for what was said and has not left.
  ~bounded_output();
  bounded_output(const bounded_output&)            = delete;
  bounded_output& operator=(const bounded_output&) = delete;

  /// Queues a line, or drops it; adds the newline. For any thread.
  void line(std::string_view text);

 private:
  // Shared with the thread, which may be stuck in write() for ever.
  struct state {
    std::mutex lock;
    std::condition_variable changed;
    std::string waiting;
    std::size_t lines     = 0;  // that have not left, those that are being written included
    std::size_t bytes     = 0;
    std::uint64_t dropped = 0;  // behind what waits
    bool is_stopped       = false;
    bool is_over          = false;  // the thread has ended
    std::function<std::string(std::uint64_t)> dropped_line;

    void append(std::string_view text);
    void tell_dropped();
  };

  static void run(const std::shared_ptr<state>& shared, int descriptor);

  std::shared_ptr<state> shared_;
  std::thread thread_;
};

}  // namespace adieu::tool
