// One run of `adieu connect`: from stdin to the peer.
#include "conversation.hpp"

#include "duration.hpp"
#include "exit_code.hpp"

#include <fmt/format.h>

#include <cstring>

namespace adieu::tool {

namespace {

// Somebody has given us /dev/zero, or a file that has no lines.
constexpr std::size_t longest_line = 256u << 20;

template <typename... Cases>
struct overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
overloaded(Cases...) -> overloaded<Cases...>;

}  // namespace

// Sends what there is until the queue is full (on_drain calls again) or more input is needed.
void conversation::send_on() {
  if (stage_ == stage::terminating && client_.buffered_amount() == 0) return terminate();
  if (stage_ != stage::sending || !send_again() || !send_texts() || !send_lines()) return;
  if (is_input_over_) return all_sent();
  if (lines_.unfinished() > longest_line)
    return fail_input(fmt::format("a line of more than {} MiB", longest_line >> 20));
  if (is_asking_ || errors_.pending() > behind_while_open) return;  // stderr_is_empty() goes on
  is_asking_ = true;
  input_.want();
}

// These four: false if they had to stop before the end.
bool conversation::send_again() {
  while (!again_.empty()) {
    const message& next = again_.front();
    if (client_.send(next)) {
      count_kept(next.size());
      return false;
    }
    again_.pop_front();
  }
  return true;
}

bool conversation::send_texts() {
  for (; texts_sent_ < options_.messages.size(); ++texts_sent_)
    if (!send(options_.messages[texts_sent_])) return false;
  return true;
}

bool conversation::send_lines() {
  while (const auto line = lines_.front()) {
    if (!(is_interactive_ ? send_typed(*line) : send(*line))) return false;
    lines_.pop();
  }
  return true;
}

bool conversation::send(std::string_view text) {
  const auto type = options_.binary ? message_type::binary : message_type::text;
  const error_code ec =
      client_.send(message_view(type, std::as_bytes(std::span(text.data(), text.size()))));
  if (ec) count_kept(text.size());
  if (ec == error::invalid_utf8)
    fail_input(
        fmt::format("a line is not UTF-8 (-b sends it as binary): {}", escape(text.substr(0, 60))));
  return !ec;
}

// What was refused is kept here, and sent again or counted as unsent: it is not lost as rejected.
void conversation::count_kept(std::size_t bytes) {
  ++kept_messages_;
  kept_bytes_ += bytes;
}

bool conversation::send_typed(std::string_view line) {
  const auto what = parse_typed(line, options_.close_code, options_.close_reason);
  const auto did  = overloaded{
      [&](const typed_text& typed) { return send(typed.text); },
      [&](const typed_close& typed) {
        close(typed.code, typed.reason);
        return true;
      },
      [&](const typed_terminate&) {
        terminate();
        return true;
      },
      [&](const typed_ping&) {
        ping();
        return true;
      },
      [&](const typed_mistake& typed) {
        tell(typed.what);
        return true;
      },
  };
  return std::visit(did, what);
}

void conversation::take(const input::chunk& chunk) {
  is_asking_ = false;
  bool ended = chunk.ended;
  if (typing_.is_on()) {
    const auto typed = typing_.type(chunk.bytes);
    output_.write(typed.screen);
    lines_.feed(typed.lines);
    ended = ended || typed.ended;
  } else {
    lines_.feed(chunk.bytes);
  }
  if (ended) {
    is_input_over_ = true;
    lines_.end();
  }
  // On the way back nobody will say anything any more.
  if (ended && was_open_ && stage_ == stage::opening && again_.empty() && !lines_.front() &&
      !options_.wait && !options_.wait_messages)
    return close(options_.close_code, options_.close_reason);
  if (chunk.error != 0)
    fail_input(fmt::format("cannot read stdin: {}", std::strerror(chunk.error)));
  send_on();
}

void conversation::fail_input(const std::string& why) {
  tell(why);
  failure_ = exit_wrong_argument;
  if (stage_ < stage::closing) close(options_.close_code, options_.close_reason);
}

void conversation::all_sent() {
  stage_ = stage::waiting;
  if (options_.wait_messages && messages_ >= *options_.wait_messages) return finish();
  if (!options_.wait && !options_.wait_messages) return finish();
  if (!options_.wait || is_wait_running_) return;
  is_wait_running_ = true;
  wait_.expires_after(*options_.wait);
  wait_.async_wait([this](error_code ec) {
    if (!ec && stage_ <= stage::waiting) finish();
  });
}

void conversation::finish() {
  wait_.cancel();
  if (!options_.terminate) return close(options_.close_code, options_.close_reason);
  stage_ = stage::terminating;
  send_on();
}

void conversation::ping() {
  client_.connection().post([this](websocket& ws) {
    ws.async_ping([this](error_code ec, std::chrono::steady_clock::duration round_trip) {
      if (ec) return tell(fmt::format("no pong: {}", ec.message()));
      tell(fmt::format(
          "pong after {}",
          print_duration(std::chrono::duration_cast<std::chrono::microseconds>(round_trip))));
    });
  });
}

// What was read, or given with --send, and never reached the websocket.
void conversation::count_unsent(close_event& event) {
  // What its last connection left the event has counted.
  if (event.phase < phase::open)
    for (auto& message : client_.take_unsent()) again_.push_back(std::move(message));
  for (const auto& message : again_) {
    event.unsent_messages += 1;
    event.unsent_bytes += message.size();
  }
  const auto rest = lines_.rest();
  event.unsent_messages += rest.lines;
  event.unsent_bytes += rest.bytes;
  if (!was_open_) return;
  for (auto at = texts_sent_; at < options_.messages.size(); ++at) {
    event.unsent_messages += 1;
    event.unsent_bytes += options_.messages[at].size();
  }
}

}  // namespace adieu::tool
