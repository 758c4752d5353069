// One run of `adieu connect`: the connection's life, and the end of the run.
#include "conversation.hpp"

#include "close_line.hpp"
#include "exit_code.hpp"
#include "refusal_text.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace adieu::tool {

namespace {

// For a reader of either that may be slow, when Ctrl-C says that nobody wants to wait.
constexpr auto patience_with_readers = std::chrono::milliseconds(500);

events_out::form form_of(const connect_options& options) {
  if (options.json)
    return is_terminal(STDOUT_FILENO) ? events_out::form::json_on_terminal : events_out::form::json;
  return is_terminal(STDOUT_FILENO) ? events_out::form::terminal : events_out::form::payload;
}

websocket_options with_low_water(const connect_options& options) {
  auto made            = options.websocket;
  auto& connection     = made.connection;
  connection.low_water = std::min(connection.low_water, connection.max_buffered / 2);
  // It waits, and sends what was refused later.
  connection.on_overflow = overflow::refuse;
  // on_drain then means that the last byte has left.
  if (options.terminate) connection.low_water = 0;
  return made;
}

tone tone_of(const close_event& event, int exit_code) {
  if (!event.was_clean) return tone::bad;
  return exit_code == exit_success ? tone::good : tone::warning;
}

}  // namespace

int run_connect(connect_options options) { return conversation(std::move(options)).run(); }

conversation::conversation(connect_options options)
    : options_(std::move(options)),
      is_interactive_(is_terminal(STDIN_FILENO)),
      events_(form_of(options_), options_.timestamps),
      output_(io_.get_executor(), STDOUT_FILENO,
              {.on_empty  = [this] { stdout_is_empty(); },
               .on_failed = [this](int error) { stdout_failed(error); }}),
      errors_(io_.get_executor(), STDERR_FILENO, {.on_empty = [this] { stderr_is_empty(); }}),
      input_(io_.get_executor(), STDIN_FILENO, [this](const input::chunk& chunk) { take(chunk); }) {
  client_ = reconnecting_websocket(io_, options_.url, client_options(), handlers());
}

int conversation::run() {
  for (const int signal : {SIGINT, SIGTERM}) signals_.add(signal);
  struct sigaction hangup {};
  ::sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) signals_.add(SIGHUP);  // but for nohup
  await_signal();
  io_.run();
  return failure_ ? *failure_ : exit_code(event_, closed_with_);
}

// Without --reconnect every end is the last.
reconnecting_options conversation::client_options() {
  reconnecting_options made;
  made.policy       = options_.policy;
  made.max_attempts = options_.max_attempts;
  made.known_good   = options_.known_good;
  made.websocket    = with_low_water(options_);
  if (options_.verbose) made.websocket.connection.trace = trace();
  made.decide = [this](const close_event&, const reconnect_history&, decision& about) {
    if (!options_.reconnect || stage_ == stage::terminating) about.come_back = false;
  };
  return made;
}

// The loop may have a last word when this is gone.
trace_options conversation::trace() {
  return std::make_shared<frame_log>(
             frame_log::look{.palette    = palette(options_.color, STDERR_FILENO),
                             .timestamps = options_.timestamps,
                             .secrets    = options_.show_secrets},
             [this, alive = std::weak_ptr(alive_)](std::string_view line) {
               if (!alive.expired()) tell_as_it_is(line);
             })
      ->of_connections();
}

reconnecting_handlers conversation::handlers() {
  using client = reconnecting_websocket;
  return {
      .on_open    = [this](client&) { opened(); },
      .on_message = [this](client&, message_view message) { came(message); },
      .on_drain   = [this](client&) { send_on(); },
      .on_closing = [this](client&, const closing_reply& reply) { peer_closes(reply); },
      .on_down    = [this](client&, const close_event& event,
                        const decision& made) { went_down(event, made); },
      .on_close   = [this](client&, const close_event& event,
                         const decision& made) { ended(event, made); },
  };
}

void conversation::opened() {
  was_open_ = true;
  output_.write(
      events_.open(options_.url, client_.subprotocol(), to_string(client_.remote_endpoint())));
  if (is_interactive_)
    tell(fmt::format("open {}  (Ctrl-D closes; /close, /ping, /terminate)", options_.url));
  stage_ = stage::sending;
  send_on();
}

void conversation::went_down(const close_event& event, const decision& made) {
  for (auto& message : client_.take_unsent()) again_.push_back(std::move(message));
  output_.write(events_.down(event, made));
  explain_end(event);
  const palette paint(options_.color, STDERR_FILENO);
  tell_as_it_is(paint(tone::warning, down_line(event, made)));
  stage_ = stage::opening;
}

void conversation::came(message_view message) {
  ++messages_;
  output_.write(events_.message(message));
  hold_or_resume();
  if (stage_ == stage::waiting && options_.wait_messages && messages_ >= *options_.wait_messages)
    finish();
}

void conversation::peer_closes(const closing_reply& reply) {
  output_.write(events_.closing(reply.code(), reply.reason()));
  stage_ = stage::closing;
  hold_or_resume();
}

void conversation::close(std::uint16_t code, std::string_view reason) {
  const error_code ec = client_.close(code, reason);
  if (!ec && !is_final_ && stage_ < stage::closed) closed_with_ = code;
  if (ec) return tell(ec.message());
  is_final_ = true;
  stage_    = stage::closing;
  hold_or_resume();
}

void conversation::terminate() {
  is_final_ = true;
  client_.terminate();
}

void conversation::ended(const close_event& event, const decision& made) {
  event_    = event;
  decision_ = made;
  stage_    = stage::closed;
  wait_.cancel();
  input_.stop();
  // Behind the chunk that stop() may have left in the loop: it was read and counts as unsent.
  boost::asio::post(io_, [this] { conclude(); });
}

void conversation::await_signal() {
  signals_.async_wait([this](error_code ec, int) {
    if (ec) return;
    await_signal();
    signalled();
  });
}

void conversation::signalled() {
  ++signals_seen_;
  if (stage_ == stage::closed) {
    give_up_output_soon();
  } else if (signals_seen_ == 1) {
    close(options_.close_code, options_.close_reason);
  } else {
    terminate();
  }
}

void conversation::hold_or_resume() {
  const auto behind = std::max(output_.pending(), errors_.pending());
  const auto most   = stage_ < stage::closing ? behind_while_open : behind_while_closing;
  if (!is_held_ && behind > most) {
    is_held_ = true;
    client_.pause_reading();
  } else if (is_held_ && behind <= most / 4) {
    is_held_ = false;
    client_.resume_reading();
  }
}

void conversation::stdout_is_empty() {
  hold_or_resume();
  if (is_concluded_) tell_the_end();
}

void conversation::stderr_is_empty() {
  hold_or_resume();
  send_on();
  if (is_end_told_) leave();
}

void conversation::stdout_failed(int error) {
  if (error != EPIPE) {
    tell(fmt::format("cannot write to stdout: {}", std::strerror(error)));
    if (!failure_) failure_ = exit_output_failed;
  }
  if (stage_ < stage::closing) close(options_.close_code, options_.close_reason);
}

void conversation::conclude() {
  count_unsent(event_);
  event_.rejected_messages -= std::min(event_.rejected_messages, kept_messages_);
  event_.rejected_bytes -= std::min(event_.rejected_bytes, kept_bytes_);
  const bool gave_up = options_.reconnect && !is_final_;
  output_.write(gave_up ? events_.gave_up(event_, decision_) : events_.close(event_));
  is_concluded_ = true;
  if (output_.pending() == 0) tell_the_end();
  if (signals_seen_ > 1) give_up_output_soon();
}

// Behind all that goes to stdout.
void conversation::tell_the_end() {
  if (is_end_told_) return;
  is_end_told_ = true;
  explain_end(event_);
  if (options_.reconnect && !is_final_) tell("gave up: " + decision_.why);
  const palette paint(options_.color, STDERR_FILENO);
  const auto tone = tone_of(event_, exit_code(event_, closed_with_));
  tell_as_it_is(paint(tone, close_line(event_)));
  if (errors_.pending() == 0) leave();
}

// All is over but for somebody who does not read what we print: on stdout, then on stderr.
void conversation::give_up_output_soon() {
  if (stage_ == stage::over) return;
  wait_.expires_after(patience_with_readers);
  wait_.async_wait([this](error_code ec) {
    if (ec || stage_ == stage::over) return;
    if (is_end_told_) {
      errors_.abandon();
      return leave();
    }
    output_.abandon();
    tell_the_end();
    give_up_output_soon();
  });
}

// Nothing is left now that could keep the loop running.
void conversation::leave() {
  if (stage_ == stage::over) return;
  stage_ = stage::over;
  signals_.cancel();
  wait_.cancel();
}

void conversation::explain_end(const close_event& event) {
  if (event.was_clean) return;
  tell(explain(event));
  if (!event.response) return;
  if (const auto words = first_words(*event.response); !words.empty())
    tell("the server said: " + words);
}

void conversation::tell(std::string_view text) { tell_as_it_is("adieu: " + escape(text)); }

// Whoever does not read it holds up the peer and stdin, not the loop.
void conversation::tell_as_it_is(std::string_view line) {
  errors_.write(std::string(line) + '\n');
  if (is_look_posted_ || errors_.pending() <= behind_while_open) return;
  is_look_posted_ = true;
  boost::asio::post(io_, [this] {
    is_look_posted_ = false;
    hold_or_resume();
  });
}

}  // namespace adieu::tool
