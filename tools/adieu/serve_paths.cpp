// The table, and each path's few lines.
#include "serve_paths.hpp"

#include "misbehave_ways.hpp"

#include <fmt/format.h>

#include <limits>

namespace adieu::tool {
namespace {

using namespace std::chrono_literals;
using asked = const served_request&;

constexpr std::uint64_t any_number = std::numeric_limits<std::int64_t>::max();

refused_with refusal_with(std::uint16_t status, std::string body) {
  return {.status = status, .headers = {}, .body = std::move(body) + '\n'};
}

plan decide_echo(asked, std::string_view) { return echo(); }

// What the public close() would refuse goes out all the same, by hand.
plan decide_close(asked request, std::string_view code) {
  const auto number = parse_number(code, 65535);
  if (!number) throw not_understood(fmt::format("/close/{}: a code is 0 to 65535", code));
  const auto value    = static_cast<std::uint16_t>(*number);
  const auto reason   = request.text("reason").value_or("");
  const auto after    = request.duration("after");
  const auto messages = request.number("messages", any_number);
  if (may_send(value, role::server) && ways::is_lawful_close(value, reason))
    return close_by({.code = value, .reason = reason, .after = after, .after_messages = messages});
  return ways::close(value, reason, after, messages);
}

plan decide_empty(asked request, std::string_view) {
  return close_by({.after = request.duration("after")});
}

plan decide_last_words(asked request, std::string_view) {
  return say_last_words(request.number("n", 100'000).value_or(3));
}

plan decide_talk(asked request, std::string_view) {
  return talk(request.number("n", any_number).value_or(100),
              request.number("bytes", 64 << 20).value_or(1024));
}

plan decide_status(asked request, std::string_view code) {
  const auto status = parse_number(code, 599);
  if (!status || *status < 200)
    throw not_understood(fmt::format("/status/{}: a status is 200 to 599", code));
  auto how = refusal_with(static_cast<std::uint16_t>(*status),
                          fmt::format("refused with {}, as you asked", *status));
  if (*status == 204 || *status == 205 || *status == 304) how.body.clear();
  if (const auto seconds = request.number("retry_after", any_number))
    how.headers.emplace_back("Retry-After", std::to_string(*seconds));
  return how;
}

template <manners (*Way)(ways::after)>
plan decide_deed(asked request, std::string_view) {
  return Way(request.duration("after"));
}

template <manners (*Way)()>
plan decide_way(asked, std::string_view) {
  return Way();
}

plan decide_slow(asked request, std::string_view) {
  return ways::slow(request.number("rate", any_number).value_or(1024));
}

plan decide_flaky(asked request, std::string_view) {
  return ways::flaky(request.duration("uptime").value_or(3s));
}

constexpr std::string_view after_parameter = "?after=DURATION";

constexpr served_path table[] = {
    {"/", "", "echoes", decide_echo},
    {"/echo", "", "echoes", decide_echo},
    {"/close/CODE", "?reason=TEXT&after=DURATION&messages=N",
     "Close with any code from 0 to 65535, at once or after that", decide_close},
    {"/empty", after_parameter, "Close without a code", decide_empty},
    {"/last-words", "?n=N", "answers Close with N texts first, then Close", decide_last_words},
    {"/talk", "?n=N&bytes=B", "sends N binary messages of B bytes, then Close 1000", decide_talk},
    {"/status/CODE", "?retry_after=SECONDS", "refuses the opening with that status", decide_status},
    {"/drop", after_parameter, "ends TCP without Close", decide_deed<ways::drop>},
    {"/reset", after_parameter, "ends TCP with RST", decide_deed<ways::reset>},
    {"/flaky", "?uptime=DURATION", "echoes, drops after a random time around it", decide_flaky},
    {"/mute", "", "echoes, never answers Close, never ends TCP", decide_way<ways::mute>},
    {"/linger", "", "echoes, answers Close, never ends TCP", decide_way<ways::linger>},
    {"/slow", "?rate=BYTES", "echoes, reads so many bytes a second", decide_slow},
    {"/flood", "", "sends without pause, also after your Close", decide_way<ways::flood>},
    {"/garbage", after_parameter, "sends bytes that are no frames", decide_deed<ways::garbage>},
    {"/badutf8", after_parameter, "sends a text that is not UTF-8", decide_deed<ways::bad_utf8>},
    {"/masked", after_parameter, "sends a masked frame", decide_deed<ways::masked>},
    {"/oversize", after_parameter, "begins a message of 1 TiB", decide_deed<ways::oversize>},
    {"/fragmented-close", after_parameter, "sends a Close in two fragments",
     decide_deed<ways::fragmented_close>},
};

}  // namespace

std::span<const served_path> served_paths() { return table; }

plan decide(std::string_view target) try {
  const served_request request(target);
  for (const auto& entry : table)
    if (const auto code = request.matched(entry.path)) return entry.decide(request, *code);
  return refusal_with(404, "no such path: see adieu serve --help");
} catch (const not_understood& why) {
  return refusal_with(400, why.what());
}

std::string paths_text() {
  std::string text = "Paths:\n";
  for (const auto& entry : table) {
    const auto name = fmt::format("{}{}", entry.path, entry.parameters);
    if (name.size() > 31)
      text += fmt::format("  {}\n  {:31} {}\n", name, "", entry.does);
    else
      text += fmt::format("  {:31} {}\n", name, entry.does);
  }
  return text;
}

}  // namespace adieu::tool
