// Keys, and the row on the screen.
#include "line_editor.hpp"

#include "base/escape.hpp"

#include <algorithm>
#include <cwchar>

namespace adieu::tool {

namespace {

bool continues_a_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Of the character that begins the text, which is UTF-8 without controls.
std::size_t columns_of(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  wchar_t point    = first < 0x80   ? first
                     : first < 0xE0 ? first & 0x1F
                     : first < 0xF0 ? first & 0x0F
                                    : first & 0x07;
  for (std::size_t i = 1; i < text.size() && continues_a_character(text[i]); ++i)
    point = static_cast<wchar_t>(point << 6 | (static_cast<unsigned char>(text[i]) & 0x3F));
  const int wide = ::wcwidth(point);
  return wide < 0 ? 1 : static_cast<std::size_t>(wide);
}

// The end of the text, as much as fits.
std::string_view last_columns(std::string_view text, std::size_t room) {
  std::size_t begin = text.size();
  for (std::size_t at = begin; at > 0;) {
    do {
      --at;
    } while (at > 0 && continues_a_character(text[at]));
    const std::size_t wide = columns_of(text.substr(at));
    if (wide > room) break;
    room -= wide;
    begin = at;
  }
  return text.substr(begin);
}

}  // namespace

line_editor::typed line_editor::type(std::string_view bytes) {
  typed made;
  const std::string before = hidden();
  for (const char key : bytes) {
    press(key, made);
    if (made.ended) break;
  }
  made.screen = before + made.screen + shown();
  return made;
}

void line_editor::press(char key, typed& to) {
  if (key == '\n') return finish(to);
  if (is_of_a_sequence(key)) return;
  if (literally_) {
    literally_ = false;
    line_ += key;
  } else if (key == keys_.end) {
    to.ended = line_.empty();
  } else if (key == keys_.literal) {
    literally_ = true;
  } else if (key == keys_.erase || key == '\b') {
    erase_last();
  } else if (key == keys_.erase_word) {
    erase_word();
  } else if (key == keys_.erase_all) {
    line_.clear();
  } else if (key == '\t' || (static_cast<unsigned char>(key) >= ' ' && key != '\x7f')) {
    line_ += key;
  }
}

void line_editor::finish(typed& to) {
  to.screen += escape(line_) + '\n';
  to.lines += line_ + '\n';
  line_.clear();
  within_    = sequence::none;
  literally_ = false;
}

// ESC, a letter; or ESC [ and ESC O, parameters, and a letter or what stands for one. [ECMA-48 5.4]
bool line_editor::is_of_a_sequence(char key) {
  if (literally_) return false;
  switch (within_) {
    case sequence::none:
      if (key != '\x1b') return false;
      within_ = sequence::begun;
      return true;
    case sequence::begun:
      within_ = key == '[' || key == 'O' ? sequence::goes_on : sequence::none;
      return true;
    case sequence::goes_on:
      if (key >= '@' && key <= '~') within_ = sequence::none;
      return true;
  }
  return false;
}

void line_editor::erase_last() {
  while (!line_.empty() && continues_a_character(line_.back())) line_.pop_back();
  if (!line_.empty()) line_.pop_back();
}

void line_editor::erase_word() {
  line_.resize(line_.find_last_not_of(" \t") + 1);
  line_.resize(line_.find_last_of(" \t") + 1);
}

std::string line_editor::around(std::string_view printed) const {
  if (printed.empty() || line_.empty()) return std::string(printed);
  return hidden() + std::string(printed) + shown();
}

// To the first column, and what is there away. [ECMA-48 8.3.41]
std::string line_editor::hidden() const { return line_.empty() ? "" : "\r\x1b[K"; }

std::string line_editor::shown() const {
  // The last column stays free: a terminal is of two minds about what is behind it.
  return std::string(last_columns(escape(line_), std::max<std::size_t>(columns_, 2) - 1));
}

}  // namespace adieu::tool
