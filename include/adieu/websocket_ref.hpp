// What other threads and other objects hold of a connection: a weak reference whose calls are
// posted to the connection's loop.
#pragma once

#include <adieu/async.hpp>
#include <adieu/close_code.hpp>
#include <adieu/error_code.hpp>
#include <adieu/handler.hpp>
#include <adieu/message.hpp>
#include <adieu/session_ref.hpp>

namespace adieu::inline v1 {

class websocket;

/// 8 bytes, copyable, comparable, never dangles. All its calls are safe from any thread; they
/// are posted, in order, to the connection's executor, and do nothing if the connection is gone
/// then. The io_context must live.
class ADIEU_API websocket_ref {
 public:
  websocket_ref() = default;
  explicit websocket_ref(session_ref kept) noexcept : session_(std::move(kept)) {}

  /// As websocket::send(), when the connection's loop comes to it. What that refuses (it has closed
  /// meanwhile, the queue is full) is counted in the close event, as `rejected_messages`.
  void send(message outgoing) const;
  /// As websocket::async_send(): tells whether the message was taken, and when there is room for
  /// more. void(error_code). Completes on the token's own executor, or the connection's; there a
  /// cancellation is emitted, too. Cancelled before it was taken, the message is not sent.
  template <typename Token = boost::asio::deferred_t>
  [[nodiscard]] auto async_send(message outgoing, Token&& token = {}) const {
    return begin_async<void(error_code)>(
        std::forward<Token>(token),
        [on = session_, outgoing = std::move(outgoing)](completion<void(error_code)> done) mutable {
          start_send(std::move(on), std::move(outgoing), std::move(done));
        });
  }
  /// As websocket::close(). A code or reason that it would refuse does nothing; the log says so.
  void close(code_to_send code = close_code::normal, reason_to_send reason = {}) const;
  void terminate() const;
  /// Calls with the websocket, on its executor, unless it is gone. A call that throws is a handler
  /// of that connection that throws; an empty one does nothing.
  void post(handler<void(websocket&)> call) const;

  bool operator==(const websocket_ref& other) const noexcept {
    return session_.session() == other.session_.session();
  }
  bool operator<(const websocket_ref& other) const noexcept {
    return session_.session() < other.session_.session();
  }

 private:
  static void start_send(session_ref on, message outgoing, completion<void(error_code)> done);

  session_ref session_;
};

}  // namespace adieu::inline v1
