// Modes of a terminal.
#include "typing.hpp"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>

namespace adieu::tool {

namespace {

bool are_the_same(int one, int other) {
  struct stat a {
  }, b{};
  return ::isatty(one) == 1 && ::isatty(other) == 1 && ::fstat(one, &a) == 0 &&
         ::fstat(other, &b) == 0 && a.st_rdev == b.st_rdev;
}

bool can_erase() {
  const char* const kind = std::getenv("TERM");
  return kind && *kind != '\0' && std::string_view(kind) != "dumb";
}

// Who changes the mode from the background is stopped.
bool is_ours() { return ::tcgetpgrp(STDIN_FILENO) == ::getpgrp(); }

line_editor::keys keys_of(const termios& mode) {
  const auto key = [&](int which) { return static_cast<char>(mode.c_cc[which]); };
  return {.erase      = key(VERASE),
          .erase_word = key(VWERASE),
          .erase_all  = key(VKILL),
          .literal    = key(VLNEXT),
          .end        = key(VEOF)};
}

std::size_t columns() {
  winsize size{};
  const bool told = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
  return told ? size.ws_col : 80;
}

}  // namespace

typing::typing() {
  if (!are_the_same(STDIN_FILENO, STDOUT_FILENO) || !can_erase() || !is_ours()) return;
  if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
  if ((before_.c_lflag & ICANON) == 0 || (before_.c_lflag & ECHO) == 0) return;
  std::setlocale(LC_CTYPE, "");  // for the width of characters
  editor_        = line_editor(keys_of(before_));
  shares_stderr_ = are_the_same(STDOUT_FILENO, STDERR_FILENO);
  is_on_         = true;
  set_mode();
}

// Signals stay: Ctrl-C, Ctrl-Z.
void typing::set_mode() const {
  termios mode = before_;
  mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
  mode.c_cc[VMIN]  = 1;
  mode.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &mode);
}

line_editor::typed typing::type(std::string_view bytes) {
  editor_.set_columns(columns());
  return editor_.type(bytes);
}

std::string typing::go_on() {
  if (!is_on_ || !is_ours()) return {};
  set_mode();
  return type({}).screen;
}

std::string typing::stop() {
  if (!is_on_) return {};
  is_on_ = false;
  if (is_ours()) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  return editor_.is_empty() ? "" : "\n";
}

}  // namespace adieu::tool
