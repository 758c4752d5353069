// `adieu connect`: its options, their checks, its --help. conversation.cpp does what they ask.
#include "arguments.hpp"
#include "commands.hpp"
#include "connect_options.hpp"
#include "connect_reconnect.hpp"
#include "exit_code.hpp"
#include "terminal.hpp"
#include "tls_files.hpp"

#include "http/characters.hpp"
#include "http/url.hpp"

#include <adieu/close_code.hpp>
#include <adieu/error_code.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace adieu::tool {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view footer =
    R"(Lines of stdin go out as messages, messages come out on stdout, everything else is on stderr.
End of stdin: all that was read is sent, then a proper close; what the server still says before
its Close is printed. Ctrl-C closes properly, a second Ctrl-C terminates.

A text message is printed with a newline behind it. A binary message goes to a pipe or a file as it
is, with nothing added, so that `> file` holds exactly the bytes (with -b too; --json keeps messages
apart); on a terminal it is shown as a hex dump.

On a terminal a line that begins with a slash is a command: /close [code [reason]], /terminate,
/ping; // sends a literal slash.

--json: one object a line on stdout. {"event":"open"} once it is open, {"event":"message"} for each
message ("data" if text, "base64" if binary), {"event":"closing"} when the server begins to close,
{"event":"close"} always last, also if it never opened. If the server refused the opening its
"response" is {"status","headers":[[name,value],…],"body"}, with the first 4 KiB of the body.

--reconnect comes back when the connection is lost, or stops, by the close event: docs/reconnecting.md
has the table. --profile, --retry-on and --stop-on change it; a number below 1000 is an HTTP status.
{"event":"down"} then takes the place of "close" for every attempt that another one follows;
{"event":"gave_up"} is the last line if it stops by itself, "close" if it was told to. What was sent
and never left is sent again. On the way back stdin is not read.

The last line on stderr:
  closed 1008 "bad token" by=remote clean=yes cause=completed unsent=0 open=3.2s closing=12ms

Exit code, by cause: 6 name not found, 7 no connection, 22 refused by the server, 28 opening timed
out, 35 TLS failed, 46 lost (vanished, reset, terminated, …), 47 closing timed out, 48 the server
broke the protocol. Closed cleanly: 0 for 1000, 1001, no code, or the code we closed with; 40 for
another 1xxx, 43 for 3xxx, 44 for 4xxx. 2: a wrong argument, or input that could not be sent.
1: stdout could not be written. With --reconnect it is that of the last end.

Examples:
  adieu connect ws://localhost:9001/                       talk, Ctrl-D closes
  printf 'hello\n' | adieu connect --wait-messages 1 ws://localhost:9001/echo
  adieu connect -x hello --wait 1s --close 4001:done ws://localhost:9001/ < /dev/null
  adieu connect --reconnect --stop-on 4001,4100-4199 ws://localhost:9001/
  adieu connect -k wss://localhost:9001/                   no matter whose certificate it is
  adieu connect --json -H 'Authorization: Bearer abc' -s chat ws://localhost:9001/ < lines.txt)";

// What the options write before it is checked as a whole.
struct arguments {
  connect_options options;
  std::vector<std::string> headers;
  bool insecure              = false;
  std::string authorities    = {};  // files
  identity_files shown       = {};
  milliseconds wait          = {};
  milliseconds ping_interval = {};
  reconnect_arguments reconnect;
};

[[noreturn]] void refuse(const std::string& option, const std::string& why) {
  throw CLI::ValidationError(option, why);
}

void check_url(const std::string& text) {
  if (const auto parsed = http::parse_url(text); !parsed.value)
    refuse("URL", fmt::format("{}: {}", quote(text), parsed.why));
}

bool is_of_the_opening(std::string_view name) {
  constexpr std::array<std::string_view, 3> names = {"Host", "Upgrade", "Connection"};
  constexpr std::string_view prefix               = "Sec-WebSocket-";
  return http::equal_ignoring_case(name.substr(0, prefix.size()), prefix) ||
         std::any_of(names.begin(), names.end(),
                     [&](auto one) { return http::equal_ignoring_case(name, one); });
}

void take_header(const std::string& field, header_list& to) {
  const auto colon = field.find(':');
  const auto name  = std::string_view(field).substr(0, colon);
  if (colon == std::string::npos || name.empty() ||
      !std::all_of(name.begin(), name.end(), http::is_token_char))
    refuse("--header", fmt::format("{} is not of the form 'Name: value'", quote(field)));
  if (is_of_the_opening(name))
    refuse("--header", fmt::format("{} belongs to the opening itself (-s, -o name a subprotocol "
                                   "and an origin)",
                                   name));
  const auto value = http::trim_blanks(std::string_view(field).substr(colon + 1));
  if (!std::all_of(value.begin(), value.end(), http::is_value_char))
    refuse("--header", fmt::format("{} has a character that no header may have (CR, LF, NUL or "
                                   "another control)",
                                   quote(field)));
  to.emplace_back(name, value);
}

void take_close(const std::string& text, connect_options& to) {
  const auto colon  = text.find(':');
  const auto number = std::string_view(text).substr(0, colon);
  if (number.empty() || number.find_first_not_of("0123456789") != std::string_view::npos)
    refuse("--close", fmt::format("{} is not of the form CODE or CODE:REASON", quote(text)));
  const auto code = static_cast<std::uint16_t>(number_of("--close", number, 0, UINT16_MAX));
  if (!may_send(code, role::client))
    refuse("--close", fmt::format("a client may close with 1000 or 3000-4999, not with {}", code));
  const auto reason = colon == std::string::npos ? std::string() : text.substr(colon + 1);
  if (reason.size() > max_reason)
    refuse("--close", fmt::format("a reason has at most {} bytes, this one has {}", max_reason,
                                  reason.size()));
  if (!literal::is_utf8(reason)) refuse("--close", "the reason is not UTF-8");
  to.close_code   = code;
  to.close_reason = reason;
}

void add_opening_options(CLI::App& command, arguments& to) {
  auto& options = to.options;
  command
      .add_option("URL", options.url,
                  "ws:// or wss://host:port/path?query (http:// and https:// mean the same)")
      ->required()
      ->type_name("");
  command
      .add_option("-H,--header", to.headers, "A header field of the opening request; repeatable")
      ->type_name("'Name: value'")
      ->allow_extra_args(false);
  command
      .add_option("-s,--subprotocol", options.websocket.subprotocols,
                  "A subprotocol to offer, most wanted first; repeatable")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("-o,--origin", options.websocket.origin, "The Origin to name")
      ->type_name("ORIGIN");
  command.add_flag_callback(
      "--no-deflate", [&options] { options.websocket.connection.deflate.enabled = false; },
      "Offer no compression (permessage-deflate)");
  add_duration(command, "--connect-timeout", options.websocket.connection.deadlines.opening,
               "For the whole opening: name, TCP, TLS and HTTP");
}

void add_tls_options(CLI::App& command, arguments& to) {
  command.add_flag("-k,--insecure", to.insecure,
                   "wss: take any certificate from anybody; only for tests");
  command
      .add_option("--cacert", to.authorities,
                  "wss: trust the authorities in this file (PEM) instead of the system's")
      ->type_name("FILE");
  command
      .add_option("--cert", to.shown.certificate,
                  "wss: the certificate to show, if the server asks")
      ->type_name("FILE");
  command.add_option("--key", to.shown.key, "wss: its key, if that is not in the same file")
      ->type_name("FILE");
  command
      .add_option(
          "--key-pass", to.shown.pass_phrase,
          "wss: the first line of this file is the pass phrase of an encrypted key; without "
          "it the terminal is asked")
      ->type_name("FILE");
}

void add_message_options(CLI::App& command, arguments& to) {
  auto& options = to.options;
  command.add_flag("-b,--binary", options.binary, "Send lines as binary messages");
  command
      .add_option("-x,--send", options.messages,
                  "A message to send before the lines of stdin; repeatable")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  add_size(command, "--max-message", options.websocket.connection.max_message,
           "Largest message to accept, 16M by default; 0: no limit");
  add_size(command, "--send-queue", options.websocket.connection.max_buffered,
           "What may wait to be sent before stdin is held up, 16M by default", zero::refused);
}

void add_closing_options(CLI::App& command, arguments& to) {
  auto& deadlines = to.options.websocket.connection.deadlines;
  command
      .add_option_function<std::string>(
          "--close", [&to](const std::string& text) { take_close(text, to.options); },
          "What to close with, 1000 by default")
      ->type_name("CODE[:REASON]");
  command.add_flag("--terminate", to.options.terminate,
                   "Terminate at the end of stdin, without a closing handshake; Ctrl-C still "
                   "closes");
  add_duration(command, "--wait", to.wait, "Wait that long behind the end of stdin", zero::allowed)
      ->default_str("");
  command
      .add_option_function<std::string>(
          "--wait-messages",
          [&to](const std::string& text) {
            to.options.wait_messages = number_of("--wait-messages", text, 0, UINT64_MAX);
          },
          "Wait behind the end of stdin until N messages have come in all")
      ->type_name("N");
  add_duration(command, "--close-timeout", deadlines.awaiting_close,
               "How long to wait for the server's Close once ours has left");
  to.ping_interval = std::chrono::seconds(25);
  add_duration(command, "--ping-interval", to.ping_interval,
               "Ping after that much silence, and give up when nothing comes back for as long "
               "again; 0: never",
               zero::allowed);
}

void add_output_options(CLI::App& command, connect_options& to) {
  command.add_flag("-v,--verbose", to.verbose,
                   "HTTP heads and frames on stderr, *** for what may be a secret");
  command.add_flag("--show-secrets", to.show_secrets, "With -v: heads as they are");
  command.add_flag("--timestamps", to.timestamps, "The time on every line");
  command.add_flag("--json", to.json, "One JSON object a line on stdout");
  add_color(command, to.color);
}

// Fills in what depends on more than one option, or is no value of its own.
void complete(const CLI::App& command, arguments& from) {
  auto& options   = from.options;
  auto& deadlines = options.websocket.connection.deadlines;
  check_url(options.url);
  for (const auto& field : from.headers) take_header(field, options.websocket.headers);
  for (const auto& text : options.messages)
    if (!options.binary && !literal::is_utf8(text))
      refuse("--send", "the text is not UTF-8: -b sends it as binary");
  complete_reconnect(from.reconnect, options);
  options.tls                   = client_tls(from.authorities, from.shown);
  options.websocket.tls         = options.tls.get();
  options.websocket.verify_peer = !from.insecure;
  if (command.count("--wait") != 0) options.wait = from.wait;
  if (command.count("--ping-interval") != 0)
    deadlines.ping_after = deadlines.pong_within = from.ping_interval;
  // --close-timeout is the wait for the answer: the limit on the whole must not cut it short.
  deadlines.closing =
      std::max(deadlines.closing, deadlines.awaiting_close + deadlines.flushing + deadlines.ending);
}

}  // namespace

void add_connect(CLI::App& tool, int& exit_code) {
  auto& command = *tool.add_subcommand("connect", "A client: lines of stdin out, messages in");
  auto to       = std::make_shared<arguments>();
  add_opening_options(command, *to);
  add_tls_options(command, *to);
  add_message_options(command, *to);
  add_closing_options(command, *to);
  add_reconnect_options(command, to->reconnect);
  add_output_options(command, to->options);
  command.footer(std::string(footer));
  command.callback([&command, &exit_code, to] {
    complete(command, *to);
    try {
      exit_code = run_connect(std::move(to->options));
    } catch (const system_error& problem) {
      if (problem.code().category() != error_category()) throw;
      refuse("options", problem.what());
    }
  });
}

}  // namespace adieu::tool
