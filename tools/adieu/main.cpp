// The command-line tool: finds the command and runs it. Knows no command from inside.
#include "commands.hpp"
#include "exit_code.hpp"
#include "stderr_line.hpp"
#include "terminal.hpp"

#include <adieu/config.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <exception>
#include <string>
#include <string_view>

namespace {

// A socket must never become descriptor 0, 1 or 2 because somebody started us without one.
void open_missing_streams() {
  int descriptor = 0;
  while (descriptor >= 0 && descriptor <= 2) descriptor = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (descriptor > 2) ::close(descriptor);
}

int report(const CLI::App& tool, const CLI::ParseError& problem, int argc, char** argv) {
  if (problem.get_exit_code() == 0) return tool.exit(problem);  // --help and --version
  const auto chosen = tool.get_subcommands();
  const auto name   = chosen.empty() ? std::string("adieu") : "adieu " + chosen[0]->get_name();
  const auto first  = argc > 1 ? std::string_view(argv[1]) : std::string_view();
  const auto what   = chosen.empty() && !first.empty() && first[0] != '-'
                          ? fmt::format("{} is no command", adieu::quote(first))
                          : std::string(problem.what());
  adieu::tool::stderr_line(fmt::format("{}: {}\nTry {} --help", name, what, name));
  return adieu::tool::exit_wrong_argument;
}

}  // namespace

int main(int argc, char** argv) {
  open_missing_streams();
  ::signal(SIGPIPE, SIG_IGN);  // a reader of stdout that has gone is an error of write()

  int exit_code = adieu::tool::exit_success;
  CLI::App tool("WebSocket connections, and how they end.", "adieu");
  tool.set_version_flag("--version", "adieu " ADIEU_VERSION);
  tool.require_subcommand(1);
  tool.footer("adieu COMMAND --help tells more. Durations read 250ms, 3s, 1m.");
  adieu::tool::add_demo(tool, exit_code);
  adieu::tool::add_connect(tool, exit_code);
  adieu::tool::add_serve(tool, exit_code);
  adieu::tool::add_explain(tool, exit_code);
  try {
    tool.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return report(tool, problem, argc, argv);
  } catch (const std::exception& problem) {
    adieu::tool::stderr_line(fmt::format("adieu: {}", problem.what()));
    return 1;
  }
  return exit_code;
}
