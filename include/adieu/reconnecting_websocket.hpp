// reconnecting_websocket: a client that decides from the close event whether, when and how to come
// back. Its own object over websocket: what the application closes stays closed.
#pragma once

#include <adieu/attempt_reply.hpp>
#include <adieu/reconnect_policy.hpp>
#include <adieu/websocket.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1 {

class reconnecting_websocket;

/// How far a reconnecting client has come.
enum class reconnect_state : std::uint8_t {
  idle,        ///< nothing is under way: not begun, or paused
  connecting,  ///< an attempt: on_attempt's reply is owed, or the connection is being opened
  open,        ///< a connection, until its end has been told
  waiting,     ///< for the time of the next attempt
  stopped,     ///< for good
};
ADIEU_API std::string_view name(reconnect_state value) noexcept;

/// What the application is called back with, in the order of a life. All run on the client's
/// executor, never inside the call that caused them. One that throws while the connection is open
/// closes that with 1011, and the policy decides about that end as about any other. One that throws
/// when there is nothing to end (on_down, on_close, options.decide, on_attempt, whose attempt has
/// then failed) is told to on_exception. The client goes on.
struct reconnecting_handlers {
  /// Before each attempt, the first included: where to, with which token, at once or later. Without
  /// it each attempt is made as the options say.
  handler<void(reconnecting_websocket&, attempt_reply)> on_attempt = {};
  /// An opening has succeeded. What waits in the queue leaves once this has returned, so that what
  /// it sends (a login, a resumption) goes first.
  handler<void(reconnecting_websocket&)> on_open = {};
  /// A message, whichever the connection. The view is valid until the handler returns. Without it
  /// messages wait for async_receive.
  handler<void(reconnecting_websocket&, message_view)> on_message = {};
  /// `buffered_amount()` has fallen to `low_water` after having been above, or there is room
  /// again after the queue was full.
  handler<void(reconnecting_websocket&)> on_drain = {};
  /// The peer has closed: last words, as with a websocket.
  handler<void(reconnecting_websocket&, closing_reply)> on_closing = {};
  /// An attempt has ended, opened or not, and another will follow: when, and why.
  handler<void(reconnecting_websocket&, const close_event&, const decision&)> on_down = {};
  /// The end: exactly once, last of all. Closed by the application, or given up and why.
  handler<void(reconnecting_websocket&, const close_event&, const decision&)> on_close = {};
  /// What a handler threw and no close event tells: when there was nothing to end (the default
  /// decision was made), or any after the first that one connection's end was told with. Without it
  /// the exception goes to the log. It must not throw.
  handler<void(std::exception_ptr)> on_exception = {};
};

/// A reconnecting client's options.
struct reconnecting_options {
  /// The delays.
  adieu::backoff backoff = {};
  /// What of the default table is changed: `reconnect_policy().on(1008, action::back_off)`.
  kept<reconnect_policy> policy = {};
  /// Has the last word about every end: changes the decision in place.
  handler<void(const close_event&, const reconnect_history&, decision&)> decide = {};
  /// How long a connection must have been open for the attempts before it to be forgotten.
  std::chrono::milliseconds stable_after = std::chrono::seconds(10);
  /// It has worked before this object was made: URL, certificates and credentials are right. Says
  /// it for a device that restarts; by itself a client knows it after its first stable connection.
  /// What stops a client that has never worked (a certificate refused, HTTP 3xx and 4xx) is then
  /// tried again, rarely: docs/reconnecting.md.
  bool known_good = false;
  /// Attempts to come back without a stable connection, after which it gives up. 0: no limit.
  std::uint32_t max_attempts = 0;
  /// Time without a stable connection, after which it gives up. 0: no limit.
  std::chrono::milliseconds max_elapsed = {};
  /// Further URLs of the same service, tried in turn when an attempt does not open.
  kept<std::vector<std::string>> endpoints = {};
  /// How long on_attempt's reply may be kept.
  std::chrono::milliseconds answer_within = std::chrono::seconds(30);
  /// What reconnect_now() closes an open connection with: 3000–4999, for 1000 would end the session
  /// at services that resume. 0: terminate.
  std::uint16_t abandon_code = 4000;
  /// Messages that send() takes while there is no connection. 0: none, it fails with not_open.
  std::size_t max_queued_messages = 0;
  /// Payload bytes of them.
  std::uint64_t max_queued_bytes = 1 << 20;

  /// Those of each connection. `tls` must live as long as the client.
  websocket_options websocket = {};
};

/// One client, any number of connections one after the other. Not copyable; moving it moves the
/// client, and handlers get it wherever it is. All calls belong on its executor. A moved-from one
/// is stopped, does nothing, and keeps its executor.
class ADIEU_API reconnecting_websocket {
 public:
  using executor_type = boost::asio::any_io_executor;

  reconnecting_websocket() = default;
  /// Begins with the first attempt. Throws system_error(bad_url) and system_error(bad_option).
  reconnecting_websocket(executor_of where, std::string_view url,
                         reconnecting_handlers handlers = {});
  reconnecting_websocket(executor_of where, std::string_view url, reconnecting_options options,
                         reconnecting_handlers handlers = {});
  reconnecting_websocket(reconnecting_websocket&& other) noexcept;
  reconnecting_websocket& operator=(reconnecting_websocket&& other) noexcept;
  /// Stops for good: an open connection closes with 1001 in the background, an attempt is
  /// abandoned. No handler is called again.
  ~reconnecting_websocket();

  reconnect_state state() const noexcept;
  /// Connections that have opened so far.
  std::uint64_t openings() const noexcept;
  /// Payload bytes accepted by send() and not yet handed to the transport, those queued included.
  std::uint64_t buffered_amount() const noexcept;
  /// Of the present connection, or the last one.
  std::string_view subprotocol() const noexcept;
  endpoint remote_endpoint() const;
  /// The 101 of the present connection, or the last one that opened; null before there was one.
  /// Valid until the next attempt begins.
  const opening_response* response() const noexcept;
  /// The present connection (or the last one) for other threads, and for what is not offered here,
  /// such as a ping: post(). Not to be moved away from there: the client would not hear of its end.
  websocket_ref connection() const noexcept;
  executor_type get_executor() const;

  /// Sends on the open connection; without one queues the message, if there is a queue. Returns
  /// not_open (no connection and no queue, or stopped), invalid_utf8 or send_queue_full if it was
  /// refused; throws nothing for that. What is refused is counted in the next close event
  /// (`rejected_messages`).
  error_code send(message_view outgoing);
  /// As websocket::flush(), on the open connection.
  void flush() noexcept;
  /// The messages that send() took and that never left, oldest first: those of the lost connection
  /// (one that was partly handed over included), then those queued meanwhile. They are the
  /// caller's from now on. Those of the lost connection are kept until the next on_open has
  /// returned; then they are sent first if there is a queue, else forgotten. After a close with
  /// 1009 the one that had begun to leave is never sent again.
  std::vector<message> take_unsent();

  /// Ends it for good, in any state: with the closing handshake if there is a connection; on_close
  /// follows. Does nothing once that has begun. Returns bad_close_code, reason_too_long or
  /// invalid_utf8, with nothing changed; else no error.
  error_code close(code_to_send code = close_code::normal, reason_to_send reason = {});
  /// Ends it for good, without a handshake.
  void terminate() noexcept;

  /// The present connection is good (the login was accepted, say): as if it had been open for
  /// `stable_after`.
  void confirm() noexcept;
  /// An attempt now, whatever the delay; an open connection is given up for it with `abandon_code`.
  /// Not while paused. The ceiling of 100 attempts in 10 minutes holds here too, and the delay
  /// before credentials that were refused are tried again unchanged.
  void reconnect_now();
  /// No further attempt begins until resume(): the network is gone, say. A connection stays. While
  /// it is idle nothing keeps io_context::run() from returning.
  void pause() noexcept;
  /// Goes on where pause() found it: at the time that had been decided, or at once if that is over.
  void resume();

  /// As websocket's: the peer is held back by TCP. Holds for later connections too.
  void pause_reading() noexcept;
  void resume_reading() noexcept;

  /// The next message, whichever the connection; empty once the client has stopped and no more can
  /// come. void(error_code, std::optional<message>): already_receiving, operation_aborted.
  template <typename Token = boost::asio::deferred_t>
  [[nodiscard]] auto async_receive(Token&& token = {}) {
    return begin_async<void(error_code, std::optional<message>)>(
        std::forward<Token>(token), [core = core_, is_live = live() != nullptr](
                                        completion<void(error_code, std::optional<message>)> done) {
          start_receive(core, is_live, std::move(done));
        });
  }

 private:
  friend class api::reconnecting;

  static void start_receive(const std::shared_ptr<api::reconnecting>&, bool is_live,
                            completion<void(error_code, std::optional<message>)>);
  api::reconnecting* live() const noexcept;  // null if moved from or default-constructed

  std::shared_ptr<api::reconnecting> core_;
};

}  // namespace adieu::inline v1
