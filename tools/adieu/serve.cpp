// `adieu serve`: the options, the loop, and the signals that end it.
#include "arguments.hpp"
#include "commands.hpp"
#include "duration.hpp"
#include "exit_code.hpp"
#include "serve_server.hpp"
#include "tls_files.hpp"

#include "http/origin.hpp"

#include <adieu/log.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

namespace adieu::tool {
namespace {

using namespace std::chrono_literals;

constexpr int exit_failed = 1;  // cannot listen, or a shutdown that was not clean

struct serve_options {
  std::string host                        = "127.0.0.1";
  std::uint16_t port                      = 9001;
  std::vector<std::string> origins        = {};
  identity_files tls                      = {};
  std::uint64_t max_message               = 16 << 20;
  bool deflate                            = true;
  std::chrono::milliseconds ping_interval = 20s;
  std::chrono::milliseconds close_timeout = 5s;
  std::chrono::milliseconds drain         = 10s;
  bool json                               = false;
  bool verbose                            = false;
  bool show_secrets                       = false;
  color_choice color                      = color_choice::automatic;
};

server_options server_options_of(const serve_options& given) {
  server_options options;
  options.address                    = given.host;
  options.port                       = given.port;
  options.origins                    = given.origins;
  options.connection.max_message     = given.max_message;
  options.connection.deflate.enabled = given.deflate;
  options.connection.on_overflow     = overflow::refuse;  // the paths wait for room
  auto& deadlines                    = options.connection.deadlines;
  deadlines.ping_after               = given.ping_interval;
  deadlines.pong_within              = given.ping_interval;
  deadlines.awaiting_close           = given.close_timeout;
  return options;
}

/// First signal: a shutdown. Second: the end at once.
class signal_watch {
 public:
  signal_watch(boost::asio::io_context& io, path_server& server, const serve_report& report,
               std::chrono::milliseconds drain)
      : io_(io), signals_(io, SIGINT, SIGTERM), server_(server), report_(report), drain_(drain) {
    await([this] { begin_shutdown(); });
  }

  int exit_code() const noexcept { return exit_code_; }

 private:
  template <typename Act>
  void await(Act act) {
    signals_.async_wait([act](const error_code& ec, int) {
      if (!ec) act();
    });
  }

  void begin_shutdown() {
    report_.shutting_down(server_.connections(), print_duration(drain_));
    // What ends so is told as all else is: the shutdown completes.
    await([this] { server_.terminate(); });
    server_.shut_down(drain_, [this](const shutdown_report& how) {
      report_.drained(how);
      exit_code_ = how.terminated == 0 ? exit_success : exit_failed;
      io_.stop();
    });
  }

  boost::asio::io_context& io_;
  boost::asio::signal_set signals_;
  path_server& server_;
  const serve_report& report_;
  std::chrono::milliseconds drain_;
  int exit_code_ = exit_failed;
};

// Null, and a line that says why, if it cannot.
std::unique_ptr<path_server> listen(boost::asio::io_context& io, const serve_options& given,
                                    const palette& colors, const serve_report& report) try {
  const auto tls = server_tls(given.tls);
  auto options   = server_options_of(given);
  options.tls    = tls.get();
  return std::make_unique<path_server>(io,
                                       path_server::settings{.server        = std::move(options),
                                                             .shows_frames  = given.verbose,
                                                             .shows_secrets = given.show_secrets,
                                                             .look          = colors},
                                       report);
} catch (const system_error& failed) {
  report.line(fmt::format("adieu serve: cannot listen on {}: {}",
                          to_string(endpoint{given.host, given.port}), failed.code().message()));
  return nullptr;
}

/// What the library logs goes among our own lines.
class log_among_lines {
 public:
  explicit log_among_lines(const serve_report& report) {
    set_log_hook([&report](const log_entry& entry) {
      const auto level = entry.level == log_level::error ? "error" : "warning";
      report.line(fmt::format("adieu: {}: {}", level, entry.text));
    });
  }
  ~log_among_lines() { set_log_hook(log_to_stderr); }
  log_among_lines(const log_among_lines&)            = delete;
  log_among_lines& operator=(const log_among_lines&) = delete;
};

int serve(const serve_options& given) {
  // A reader of our output that has gone away is no reason to drop the connections.
  std::signal(SIGPIPE, SIG_IGN);
  const palette colors(given.color, 2);
  const serve_report report(given.json ? serve_report::form::json : serve_report::form::lines,
                            colors);
  const log_among_lines log(report);
  boost::asio::io_context io(1);
  const auto server = listen(io, given, colors, report);
  if (!server) return exit_failed;
  const signal_watch signals(io, *server, report, given.drain);
  report.listening({given.host, server->port()}, !given.tls.certificate.empty());
  io.run();
  return signals.exit_code();
}

void check_host(std::string& host) {
  if (host == "localhost") host = "127.0.0.1";
  error_code bad;
  boost::asio::ip::make_address(host, bad);
  if (bad)
    throw CLI::ValidationError(
        "--host", quote(host) + " is not a numeric address such as 127.0.0.1, 0.0.0.0 or ::1");
}

// By default any: this server is there to be tried out, from wherever a page may be.
void check_origins(std::vector<std::string>& origins) {
  if (origins.empty()) origins = {"*"};
  http::allowed_origins list;
  for (const auto& one : origins)
    if (const auto wrong = list.add(one); !wrong.empty())
      throw CLI::ValidationError("--origin", wrong);
}

constexpr std::string_view notes = R"(
Parameters have defaults: n=3 for /last-words, n=100 and bytes=1024 for /talk, rate=1024 for /slow,
uptime=3s for /flaky. Any other path: 404.

With --json stdout has {"event":"listening","url","port"} first, then a close event for every
connection that was open, the object that `adieu connect --json` prints and "path". Nothing that is
printed holds the server up: lines that nobody reads in time are dropped, and {"event":"dropped",
"lines":N} (on stderr: a line) says how many are missing at that place. A connection
that misbehaves on purpose tells in the same keys what this server did and saw: was_clean is never
true if it broke a rule, cause is "terminated" if it ended TCP itself, "protocol_violation" if both
Close frames were there all the same.

SIGTERM and SIGINT close every connection with 1001 and wait --drain for their ends; the exit code
is 0 if all were clean, else 1. A second signal ends them at once.

With TLS /drop ends TCP without close_notify too: what a client sees is a truncation. Certificates
for an experiment:
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem

Examples:
  adieu serve
  adieu serve --tls-cert cert.pem --tls-key key.pem
  adieu serve --port 0 --json
  adieu connect 'ws://127.0.0.1:9001/close/4001?reason=bye&after=1s'
  adieu connect ws://127.0.0.1:9001/mute --close-timeout 1s)";

}  // namespace

void add_serve(CLI::App& tool, int& exit_code) {
  auto* command = tool.add_subcommand("serve", "A server: echo, and every way of ending on demand");
  const auto given = std::make_shared<serve_options>();

  command->add_option("--host", given->host, "Address to listen on, numeric")
      ->capture_default_str();
  command
      ->add_option_function<std::string>(
          "--port",
          [given](const std::string& text) {
            given->port = static_cast<std::uint16_t>(number_of("--port", text, 0, UINT16_MAX));
          },
          "Port to listen on, 0: any free one")
      ->type_name("PORT")
      ->default_str("9001");
  command
      ->add_option("--origin", given->origins,
                   "Take the pages of this origin only; repeatable (\"same host\", "
                   "https://*.example.com, null); any by default")
      ->type_name("ORIGIN")
      ->allow_extra_args(false);
  command
      ->add_option("--tls-cert", given->tls.certificate,
                   "Speak TLS, with the certificate (and its chain) in this file (PEM)")
      ->type_name("FILE");
  command->add_option("--tls-key", given->tls.key, "Its key, if that is not in the same file")
      ->type_name("FILE");
  command
      ->add_option("--tls-key-pass", given->tls.pass_phrase,
                   "The first line of this file is the pass phrase of an encrypted key; without it "
                   "the terminal is asked")
      ->type_name("FILE");
  add_size(*command, "--max-message", given->max_message,
           "Largest message accepted, 0: any (default 16M)");
  command->add_flag_callback(
      "--no-deflate", [given] { given->deflate = false; },
      "Agree to no compression (permessage-deflate)");
  add_duration(*command, "--ping-interval", given->ping_interval,
               "Ping after so much silence, give up after as much again; 0: never", zero::allowed);
  add_duration(*command, "--close-timeout", given->close_timeout,
               "How long to wait for a client's Close once ours has left");
  add_duration(*command, "--drain", given->drain, "How long a shutdown may take");
  command->add_flag("--json", given->json, "One JSON object a line on stdout");
  command->add_flag("-v,--verbose", given->verbose,
                    "Heads and frames on stderr, *** for what may be a secret");
  command->add_flag("--show-secrets", given->show_secrets, "With -v: heads as they are");
  add_color(*command, given->color);
  command->footer(paths_text() + std::string(notes));

  command->callback([given, &exit_code] {
    check_host(given->host);
    check_origins(given->origins);
    exit_code = serve(*given);
  });
}

}  // namespace adieu::tool
