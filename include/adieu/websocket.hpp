// websocket: the one object of a connection, client or server. Constructing a client's connects;
// destroying closes with 1001 in the background.
#pragma once

#include <adieu/async.hpp>
#include <adieu/close_code.hpp>
#include <adieu/close_event.hpp>
#include <adieu/closing_reply.hpp>
#include <adieu/endpoint.hpp>
#include <adieu/error_code.hpp>
#include <adieu/executor_of.hpp>
#include <adieu/handler.hpp>
#include <adieu/message.hpp>
#include <adieu/options.hpp>
#include <adieu/session_ref.hpp>
#include <adieu/user_data.hpp>
#include <adieu/websocket_ref.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace adieu::inline v1 {

/// What the application is called back with, in the order of a life. All run on the connection's
/// executor, never inside the call that caused them. A handler that throws closes this connection
/// with 1011 (`connection_options::handler_exceptions`): cause handler_failed, `note` is what(),
/// `exception` what was thrown. The loop and every other connection go on.
struct websocket_handlers {
  /// The opening has succeeded.
  handler<void(websocket&)> on_open = {};
  /// A message. The view is valid until the handler returns. Without this handler messages wait for
  /// async_receive, and reading pauses at `max_unread`.
  handler<void(websocket&, message_view)> on_message = {};
  /// `buffered_amount()` has fallen to `low_water` after having been above, or there is room
  /// again after the queue was full.
  handler<void(websocket&)> on_drain = {};
  /// The peer's Close has come and we had sent none: last words. Without it our Close answers at
  /// once.
  handler<void(websocket&, closing_reply)> on_closing = {};
  /// The end: exactly once, last of all. [WHATWG WebSockets, the close event]
  handler<void(websocket&, const close_event&)> on_close = {};
  /// What a handler threw and no close event tells: on_close, or any after the first of this
  /// connection that threw (the event has that one, also if it threw while the connection was
  /// closing already). The log has a line of each, up to ten. It must not throw.
  handler<void(std::exception_ptr)> on_exception = {};
};

/// What async_receive_within() has come to.
struct receive_result {
  enum class outcome : std::uint8_t {
    message,    ///< `received` is the next message
    timed_out,  ///< none came in time; the connection goes on, and so may the receiving
    ended,      ///< no more can come
  };
  outcome how      = outcome::ended;
  message received = {};

  /// Whether there is a message.
  explicit operator bool() const noexcept { return how == outcome::message; }
  bool timed_out() const noexcept { return how == outcome::timed_out; }
  bool ended() const noexcept { return how == outcome::ended; }
};

/// One connection. Not copyable; moving it moves the connection, and handlers get it wherever it
/// is. As with Asio's sockets, all calls belong on its executor; another thread uses ref().
///
/// A moved-from websocket is closed, does nothing, and keeps its executor: what is awaited on it
/// ends at once, with operation_aborted, not_open, or no message. A default-constructed one has
/// none: of its calls only async_*, data and get_executor are forbidden.
class ADIEU_API websocket {
 public:
  using executor_type = boost::asio::any_io_executor;

  websocket() = default;
  /// Begins to connect. Throws system_error (bad_url, bad_option), std::bad_alloc, nothing else:
  /// whatever happens on the way is the close event's. URL: ws or wss, no fragment, no user.
  websocket(executor_of where, std::string_view url, websocket_options options = {});
  websocket(executor_of where, std::string_view url, websocket_handlers handlers);
  websocket(executor_of where, std::string_view url, websocket_options options,
            websocket_handlers handlers);
  websocket(websocket&& other) noexcept;
  websocket& operator=(websocket&& other) noexcept;
  /// While open: closes with 1001 in the background, within the same deadlines. While connecting:
  /// abandons. No handler is called again.
  ~websocket();

  ready_state state() const noexcept;
  /// Payload bytes accepted by send() and not yet handed to the transport.
  std::uint64_t buffered_amount() const noexcept;
  /// The subprotocol agreed on, "" if none or not open yet.
  std::string_view subprotocol() const noexcept;
  /// Client: the server's 101 once the opening has succeeded, with its header fields; null before
  /// that, for a refused opening (the close event has its response), and on a server. It lives as
  /// long as the websocket's connection; each client keeps one, about half a kilobyte.
  const opening_response* response() const noexcept;
  /// The peer's address; empty before TCP is connected.
  endpoint remote_endpoint() const;
  /// The close event once it has been delivered; before that null.
  const close_event* closed() const noexcept;
  executor_type get_executor() const;
  /// A weak reference for other threads and other objects.
  websocket_ref ref() const noexcept;

  /// The application's own object on this connection, made from `args` at first use. std::bad_cast
  /// if it was made with another type, or cannot be made from `args`.
  template <typename T, typename... Args>
  T& data(Args&&... args) {
    return own_data().template object<T>(std::forward<Args>(args)...);
  }

  /// Queues a message, whole or not at all; it leaves at the end of this turn of the loop. Returns
  /// not_open, invalid_utf8 or send_queue_full if the message was refused; throws nothing for what
  /// a connection did. Nobody has to look: what is refused is counted in the close event
  /// (`rejected_messages`), and the first time of a connection the log says so. The queue is full
  /// at `max_buffered` (below it one message of any size fits) if the kernel takes nothing either,
  /// and while an async_send() waits; `on_overflow` says what happens then. Thread: the
  /// connection's.
  error_code send(message_view outgoing);

  /// Hands over to the kernel now what it takes of what was sent, without waiting for the end of
  /// this turn: for loops whose turns are long, such as a game's.
  void flush() noexcept;

  /// Starts the closing handshake: Close goes behind all that was sent. While connecting: abandons.
  /// While closing or closed: does nothing. Returns bad_close_code, reason_too_long or
  /// invalid_utf8, with nothing changed and a line in the log; else no error. [RFC 6455 7.1.2]
  error_code close(code_to_send code = close_code::normal, reason_to_send reason = {});

  /// Destroys the transport at once, without a handshake. Does nothing once closed.
  void terminate() noexcept;

  /// Stops reading: the peer is held back by TCP. While closing, reading goes on all the same and
  /// messages wait. Does not count: one resume undoes any number of pauses.
  void pause_reading() noexcept;
  void resume_reading() noexcept;

  /// Waits for the opening. void(error_code): what the close event says if there was none.
  template <typename Token = boost::asio::deferred_t>
  [[nodiscard]] auto async_opened(Token&& token = {}) {
    return begin_async<void(error_code)>(
        std::forward<Token>(token),
        [on = here()](completion<void(error_code)> done) { start_opened(on, std::move(done)); });
  }

  /// The next message, or empty once no more can come (what came before the end is given first).
  /// void(error_code, std::optional<message>): already_receiving, operation_aborted. One at a time.
  template <typename Token = boost::asio::deferred_t>
  [[nodiscard]] auto async_receive(Token&& token = {}) {
    return begin_async<void(error_code, std::optional<message>)>(
        std::forward<Token>(token),
        [on = here()](completion<void(error_code, std::optional<message>)> done) {
          start_receive(on, std::move(done));
        });
  }

  /// The next message, waiting no longer than that (more than 0, a year at most). A message is
  /// never lost to the time limit, as it would be with `async_receive() || timer`: there a message
  /// that has come while the timer wins is dropped together with the result. void(error_code,
  /// receive_result), without error for all three outcomes; errors as async_receive()'s, of which
  /// it is one: one at a time.
  template <typename Token = boost::asio::deferred_t>
  [[nodiscard]] auto async_receive_within(std::chrono::milliseconds limit, Token&& token = {}) {
    return begin_async<void(error_code, receive_result)>(
        std::forward<Token>(token),
        [on = here(), limit](completion<void(error_code, receive_result)> done) {
          start_receive_within(on, limit, std::move(done));
        });
  }

  /// Sends when its turn has come: it waits while the queue is full, first come first served, and
  /// completes once `buffered_amount()` is at or below `low_water`. It is never refused for a full
  /// queue; while one waits send() is. void(error_code): invalid_utf8; not_open, also if the
  /// connection ends while it waits: the close event counts the message as rejected, or as unsent
  /// if it was queued and waited for the rest. Cancelled before that its message is not sent.
  template <typename Token = boost::asio::deferred_t>
  [[nodiscard]] auto async_send(message outgoing, Token&& token = {}) {
    return begin_async<void(error_code)>(
        std::forward<Token>(token),
        [on = here(), outgoing = std::move(outgoing)](completion<void(error_code)> done) mutable {
          start_send(on, std::move(outgoing), std::move(done));
        });
  }

  /// A ping; completes with the round-trip time. void(error_code, duration): not_open,
  /// send_queue_full (all that is queued comes to `max_buffered`), or operation_aborted if the
  /// connection ended before the answer. [RFC 6455 5.5.2]
  template <typename Token = boost::asio::deferred_t>
  [[nodiscard]] auto async_ping(Token&& token = {}) {
    return begin_async<void(error_code, std::chrono::steady_clock::duration)>(
        std::forward<Token>(token),
        [on = here()](completion<void(error_code, std::chrono::steady_clock::duration)> done) {
          start_ping(on, std::move(done));
        });
  }

  /// close(), then waits for the end, whoever began it. void(error_code, close_event): close()'s
  /// errors.
  template <typename Token = boost::asio::deferred_t>
  [[nodiscard]] auto async_close(code_to_send code = close_code::normal, reason_to_send reason = {},
                                 Token&& token = {}) {
    return begin_async<void(error_code, close_event)>(
        std::forward<Token>(token), [on = here(), code, reason = std::string(reason.text())](
                                        completion<void(error_code, close_event)> done) {
          start_close(on, code, reason, std::move(done));
        });
  }

  /// Waits for the end. void(error_code, close_event): operation_aborted only.
  template <typename Token = boost::asio::deferred_t>
  [[nodiscard]] auto async_closed(Token&& token = {}) {
    return begin_async<void(error_code, close_event)>(
        std::forward<Token>(token), [on = here()](completion<void(error_code, close_event)> done) {
          start_closed(on, std::move(done));
        });
  }

 private:
  friend class api::session;

  // Where an operation takes place. On a websocket that was moved from it has an executor only.
  struct place {
    session_ref session;
    bool live;
  };
  place here() const noexcept { return {session_, live() != nullptr}; }

  static void start_opened(const place&, completion<void(error_code)>);
  static void start_receive(const place&, completion<void(error_code, std::optional<message>)>);
  static void start_receive_within(const place&, std::chrono::milliseconds,
                                   completion<void(error_code, receive_result)>);
  static void start_send(const place&, message, completion<void(error_code)>);
  static void start_ping(const place&,
                         completion<void(error_code, std::chrono::steady_clock::duration)>);
  static void start_close(const place&, code_to_send, std::string_view,
                          completion<void(error_code, close_event)>);
  static void start_closed(const place&, completion<void(error_code, close_event)>);

  api::session* live() const noexcept;  // null if moved from or default-constructed
  user_data& own_data();

  session_ref session_;
};

}  // namespace adieu::inline v1
