// A line, and before it the line that says how many are missing, in one write.
#include "net/stderr_log.hpp"

#include "net/write_at_once.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <thread>
#include <unistd.h>

namespace adieu::inline v1 {
namespace {

// Of the write of another thread. One that lasts longer hangs, on a network's file system perhaps:
// nobody else is to hang there.
constexpr int patience = 1000;

constexpr std::size_t longest_line = 2000;  // an application's own may be longer

class line_buffer {
 public:
  line_buffer& operator<<(std::string_view text) noexcept {
    size_ += text.copy(bytes_.data() + size_, bytes_.size() - size_);
    return *this;
  }
  line_buffer& operator<<(std::uint64_t number) noexcept {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return *this << std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
  }
  std::string_view text() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, 2500> bytes_;
  std::size_t size_ = 0;
};

constinit net::stderr_log to_stderr(STDERR_FILENO);

}  // namespace

namespace net {

// The right to write. No mutex: a child of fork() must not wait for a thread that it does not have.
class stderr_log::turn {
 public:
  explicit turn(stderr_log& of) noexcept : log_(of) {
    const pid_t me = ::getpid();
    for (int i = 0; i < patience && !held_; ++i) {
      if (i != 0) std::this_thread::yield();
      pid_t holder = 0;
      held_        = log_.held_by_.compare_exchange_strong(holder, me, std::memory_order_acquire);
      if (!held_ && holder != me)
        held_ = log_.held_by_.compare_exchange_strong(holder, me, std::memory_order_acquire);
    }
  }
  ~turn() {
    if (held_) log_.held_by_.store(0, std::memory_order_release);
  }
  turn(const turn&)            = delete;
  turn& operator=(const turn&) = delete;
  explicit operator bool() const noexcept { return held_; }

 private:
  stderr_log& log_;
  bool held_ = false;
};

void stderr_log::write(const log_entry& entry, log_limit::time now) noexcept {
  const int error_before = errno;
  if (const turn mine(*this); mine) {
    limit_.not_written(missed_.exchange(0, std::memory_order_relaxed));
    if (const auto asked = limit_.ask(now); asked.passes) write_line(entry, asked);
  } else {
    missed_.fetch_add(1, std::memory_order_relaxed);
  }
  errno = error_before;
}

void stderr_log::write_line(const log_entry& entry, log_limit::verdict asked) noexcept {
  line_buffer line;
  if (cut_) line << "\n";
  if (asked.missing != 0)
    line << "adieu: warning: " << asked.missing
         << (asked.missing == 1 ? " line of this log is" : " lines of this log are")
         << " missing here\n";
  line << "adieu: " << (entry.level == log_level::error ? "error: " : "warning: ")
       << entry.text.substr(0, longest_line) << "\n";
  const written how = write_at_once(descriptor_, line.text());
  if (how == written::all)
    limit_.told();
  else
    limit_.not_written(1);
  if (how != written::nothing) cut_ = how == written::part;
}

}  // namespace net

void log_to_stderr(const log_entry& entry) noexcept {
  to_stderr.write(entry, std::chrono::steady_clock::now());
}

}  // namespace adieu::inline v1
