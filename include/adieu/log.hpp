// The log: errors and warnings that no close event tells. One hook for the process; without one
// they are lines on stderr.
#pragma once

#include <adieu/config.hpp>
#include <adieu/hook.hpp>

#include <cstdint>
#include <string_view>

namespace adieu::inline v1 {

class websocket_ref;

enum class log_level : std::uint8_t {
  warning,  ///< nothing is broken, but a program that does this wants to know
  error,    ///< something was lost or could not be done
};

/// What the hook is given. It and what it points to are valid until the hook returns.
struct log_entry {
  log_level level = log_level::warning;
  /// One line of at most 2,000 bytes of UTF-8, without a newline. Control characters, line
  /// separators, changes of writing direction and bytes that are not UTF-8 are escaped ("\n",
  /// "\x1b"): a peer can neither forge a line nor drive a terminal.
  std::string_view text = {};
  /// The connection that it is about, to be copied if it is wanted later; null: about none.
  const websocket_ref* connection = nullptr;
};

using log_hook = hook<void(const log_entry&)>;

/// From now on the process's log goes there; null: nowhere. Any thread may call it, at any time; a
/// call of the hook before that has begun goes on, and that hook is destroyed behind it.
///
/// The hook is called on the thread of the loop that has something to tell, so several threads may
/// be in it at once; what it throws is swallowed, and what would be logged while it runs on the
/// same thread is not. A hook that waits holds up all connections of that loop.
ADIEU_API void set_log_hook(log_hook to) noexcept;

/// What logs until set_log_hook() was called; also for hooks that want it beside their own.
/// Writes "adieu: warning: …" or "adieu: error: …" to stderr: at most 10 lines in any second, for
/// the process. It never waits for who reads stderr: a line that a full pipe or a stopped terminal
/// does not take at once is dropped. The next line that can be written comes behind one that says
/// how many are missing. A reader of a pipe that has gone sends this process no SIGPIPE.
ADIEU_API void log_to_stderr(const log_entry& entry) noexcept;

}  // namespace adieu::inline v1
