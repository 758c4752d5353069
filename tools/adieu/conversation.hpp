// One run of `adieu connect`: stdin, connection, stdout and signals, and what each does to the
// others. Knows no command line; how things look is events_out's and close_line's business.
#pragma once

#include "connect_options.hpp"
#include "events_out.hpp"
#include "frame_log.hpp"
#include "input.hpp"
#include "interactive.hpp"
#include "line_splitter.hpp"
#include "output.hpp"
#include "typing.hpp"

#include <adieu/reconnecting_websocket.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace adieu::tool {

/// Everything runs on one loop, in run().
class conversation {
 public:
  /// Begins to connect. Throws as the client's constructor does.
  explicit conversation(connect_options options);

  /// Returns the exit code.
  int run();

 private:
  // What stdout, or stderr, may be behind before the peer and stdin are held up. While closing the
  // peer's Close must still be reached, so there is more room, but not without end.
  static constexpr std::size_t behind_while_open    = 1 << 20;
  static constexpr std::size_t behind_while_closing = 64 << 20;

  enum class stage : std::uint8_t {
    opening,      // or on the way back
    sending,      // --send, then lines, as fast as the peer takes them
    waiting,      // all was sent: --wait, --wait-messages
    terminating,  // as soon as all has left
    closing,      // whoever began it
    closed,       // the close event has come; stdout and stderr may have to be waited for
    over,
  };

  reconnecting_options client_options();
  trace_options trace();
  reconnecting_handlers handlers();
  void opened();
  void went_down(const close_event& event, const decision& made);
  void came(message_view message);
  void peer_closes(const closing_reply& reply);
  void ended(const close_event& event, const decision& made);
  void close(std::uint16_t code, std::string_view reason);
  void terminate();

  // conversation_input.cpp: from stdin to the peer
  void send_on();
  bool send_again();
  bool send_texts();
  bool send_lines();
  bool send_typed(std::string_view line);
  bool send(std::string_view text);
  void count_kept(std::size_t bytes);
  void take(const input::chunk& chunk);
  void fail_input(const std::string& why);
  void all_sent();
  void finish();
  void ping();
  void count_unsent(close_event& event);

  void await_signal();
  void await_going_on();
  void signalled();
  void hold_or_resume();
  void stdout_is_empty();
  void stdout_failed(int error);
  void stderr_is_empty();
  void conclude();
  void tell_the_end();
  void give_up_output_soon();
  void leave();

  void print(std::string_view lines);
  void tell(std::string_view text);
  void tell_as_it_is(std::string_view line);
  void explain_end(const close_event& event);

  const connect_options options_;
  const bool is_interactive_;
  events_out events_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_};
  boost::asio::signal_set going_on_{io_};  // a shell has given the terminal back
  boost::asio::steady_timer wait_{io_};
  output output_;
  output errors_;
  input input_;
  std::shared_ptr<void> alive_ = std::make_shared<bool>();
  reconnecting_websocket client_;

  stage stage_ = stage::opening;
  typing typing_;
  line_splitter lines_;
  std::size_t texts_sent_ = 0;       // of options_.messages
  std::deque<message> again_;        // that a lost connection never sent
  std::uint64_t kept_messages_ = 0;  // that the queue had no room for, each time
  std::uint64_t kept_bytes_    = 0;
  bool was_open_               = false;
  bool is_final_               = false;  // closed from here: nothing comes back
  bool is_wait_running_        = false;
  bool is_asking_              = false;  // input_.want() was called and nothing has come
  bool is_input_over_          = false;
  bool is_held_                = false;  // reading from the peer, because stdout is slow
  bool is_concluded_           = false;  // the last was written to stdout
  bool is_end_told_            = false;  // and to stderr
  bool is_look_posted_         = false;  // at how far stderr is behind
  int signals_seen_            = 0;
  std::uint64_t messages_      = 0;  // that came
  std::optional<std::uint16_t> closed_with_;
  std::optional<int> failure_;  // an exit code that goes before the connection's
  close_event event_;
  decision decision_;
};

}  // namespace adieu::tool
