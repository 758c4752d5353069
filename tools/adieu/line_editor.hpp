// The line that a person types and has not finished, kept here instead of by the terminal: so it
// can be taken off the screen while something else is printed, and put back. Keys in; finished
// lines, and bytes for the screen, out. Knows no descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace adieu::tool {

class line_editor {
 public:
  /// What does what; termios has them.
  struct keys {
    char erase      = '\x7f';
    char erase_word = '\x17';
    char erase_all  = '\x15';
    char literal    = '\x16';  // before a key that would do something
    char end        = '\x04';  // of input, on an empty line
  };

  /// What came of some keys.
  struct typed {
    std::string lines  = {};  // finished, each with its newline
    std::string screen = {};  // to be written to the terminal
    bool ended         = false;
  };

  line_editor() = default;
  explicit line_editor(keys with) : keys_(with) {}

  /// How wide the terminal is. Only the end of a longer line is shown: it never takes two rows.
  void set_columns(std::size_t columns) { columns_ = columns; }

  typed type(std::string_view bytes);

  /// `printed`, whole lines, as it has to be written so that the unfinished line stays below it.
  std::string around(std::string_view printed) const;
  bool is_empty() const { return line_.empty(); }

 private:
  // Of a key that sends several bytes, such as an arrow: none of them does anything here.
  enum class sequence : std::uint8_t { none, begun, goes_on };

  bool is_of_a_sequence(char key);
  void press(char key, typed& to);
  void finish(typed& to);
  void erase_last();
  void erase_word();
  std::string hidden() const;
  std::string shown() const;

  keys keys_;
  std::size_t columns_ = 80;
  std::string line_;
  sequence within_ = sequence::none;
  bool literally_  = false;
};

}  // namespace adieu::tool
