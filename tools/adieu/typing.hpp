// The terminal, where a person types while lines come in: it is told to hand over each key, and the
// line that is not finished is kept by a line_editor. Given back as it was. Knows no connection.
#pragma once

#include "line_editor.hpp"

#include <termios.h>

#include <string>
#include <string_view>

namespace adieu::tool {

class typing {
 public:
  /// Takes over the terminal if stdin and stdout are the same one, it echoes lines, can erase one,
  /// and is ours at the moment.
  typing();
  ~typing() { stop(); }
  typing(const typing&)            = delete;
  typing& operator=(const typing&) = delete;

  bool is_on() const { return is_on_; }
  /// Whether what goes to stderr is on the same screen, so that it has to go around the line too.
  bool shares_stderr() const { return is_on_ && shares_stderr_; }

  line_editor::typed type(std::string_view bytes);
  std::string around(std::string_view printed) const { return editor_.around(printed); }
  /// Behind SIGCONT: a shell has had the terminal meanwhile. Returns what is to be written.
  std::string go_on();
  /// No key is heard any more. Returns what is to be written: what was typed stays where it is.
  std::string stop();

 private:
  void set_mode() const;

  termios before_{};
  line_editor editor_;
  bool is_on_         = false;
  bool shares_stderr_ = false;
};

}  // namespace adieu::tool
