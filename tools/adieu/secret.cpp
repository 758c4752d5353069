// A line read byte by byte, and a terminal without echo.
#include "secret.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace adieu::tool {
namespace {

class descriptor {
 public:
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(const descriptor&)            = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const noexcept { return number_; }

 private:
  int number_;
};

// Those that end or stop a process at a terminal.
constexpr std::array ending_signals         = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
volatile std::sig_atomic_t signal_that_came = 0;

// They wait until they are let through, and are noted then. Who ignores one goes on ignoring it.
class signals_held {
 public:
  signals_held() {
    signal_that_came = 0;
    sigset_t held;
    sigemptyset(&held);
    for (const int each : ending_signals) sigaddset(&held, each);
    sigprocmask(SIG_BLOCK, &held, &let_through_);
    for (std::size_t i = 0; i < ending_signals.size(); ++i) {
      struct sigaction noted = {};
      noted.sa_handler       = [](int which) { signal_that_came = which; };
      sigaction(ending_signals[i], nullptr, &before_[i]);
      if (before_[i].sa_handler != SIG_IGN) sigaction(ending_signals[i], &noted, nullptr);
    }
  }
  signals_held(const signals_held&)            = delete;
  signals_held& operator=(const signals_held&) = delete;
  ~signals_held() {
    for (std::size_t i = 0; i < ending_signals.size(); ++i)
      sigaction(ending_signals[i], &before_[i], nullptr);
    sigprocmask(SIG_SETMASK, &let_through_, nullptr);
  }
  const sigset_t& let_through() const noexcept { return let_through_; }

 private:
  sigset_t let_through_;
  std::array<struct sigaction, ending_signals.size()> before_;
};

class without_echo {
 public:
  explicit without_echo(int terminal) noexcept : terminal_(terminal) {
    if (::tcgetattr(terminal_, &before_) != 0) return;
    termios now = before_;
    now.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    now.c_lflag |= ICANON | ISIG;
    is_so_ = ::tcsetattr(terminal_, TCSAFLUSH, &now) == 0;
  }
  without_echo(const without_echo&)            = delete;
  without_echo& operator=(const without_echo&) = delete;
  ~without_echo() {
    if (is_so_) ::tcsetattr(terminal_, TCSADRAIN, &before_);
  }
  explicit operator bool() const noexcept { return is_so_; }

 private:
  int terminal_;
  termios before_;
  bool is_so_ = false;
};

void show(int terminal, std::string_view text) {
  [[maybe_unused]] const auto all = ::write(terminal, text.data(), text.size());
}

// False: a signal came.
bool wait_for_line(int terminal, const sigset_t& let_through) {
  fd_set waited_for;
  do {
    FD_ZERO(&waited_for);
    FD_SET(terminal, &waited_for);
    if (::pselect(terminal + 1, &waited_for, nullptr, nullptr, nullptr, &let_through) > 0)
      return true;
  } while (signal_that_came == 0 && errno == EINTR);
  return false;
}

struct answer {
  std::optional<std::string> line;
  int signal = 0;
};

answer ask_once(int terminal, const std::string& prompt) {
  const signals_held held;
  const without_echo quiet(terminal);
  if (!quiet) return {};
  show(terminal, prompt);
  answer given;
  if (wait_for_line(terminal, held.let_through())) {
    std::array<char, longest_secret + 2> typed;
    const ssize_t n = ::read(terminal, typed.data(), typed.size());
    given.line.emplace(typed.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    if (given.line->ends_with('\n')) given.line->pop_back();
  }
  given.signal = signal_that_came;
  show(terminal, "\n");
  return given;
}

}  // namespace

std::string first_line_of(const std::string& path) {
  const auto refuse = [] { throw std::system_error(errno, std::generic_category()); };
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) refuse();
  std::string line;
  for (char c; line.size() <= longest_secret + 1;) {
    const ssize_t n = ::read(file.number(), &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse();
    if (n == 0) return line;
    if (c != '\n') {
      line += c;
      continue;
    }
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }
  return line;
}

std::optional<std::string> ask_on_terminal(const std::string& prompt) {
  const descriptor terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (terminal.number() < 0 || terminal.number() >= FD_SETSIZE) return {};
  for (;;) {
    answer given = ask_once(terminal.number(), prompt);
    if (given.signal == 0) return std::move(given.line);
    ::raise(given.signal);  // returns behind a stop: then it is asked once more
  }
}

}  // namespace adieu::tool
