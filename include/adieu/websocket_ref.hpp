// What other threads and other objects hold of a connection: a weak reference whose calls are
// posted to the connection's loop.
#pragma once

#include <adieu/close_code.hpp>
#include <adieu/handler.hpp>
#include <adieu/message.hpp>
#include <adieu/session_ref.hpp>

namespace adieu::inline v1 {

class websocket;

/// 8 bytes, copyable, comparable, never dangles. All its calls are safe from any thread; they
/// are posted, in order, to the connection's executor, and do nothing if the connection is gone
/// then or cannot take them. The io_context must live.
class ADIEU_API websocket_ref {
 public:
  websocket_ref() = default;
  explicit websocket_ref(session_ref kept) noexcept : session_(std::move(kept)) {}

  /// Sends, if the connection is open when its loop comes to it; dropped otherwise.
  void send(message outgoing) const;
  /// As websocket::close(). A code or reason that it would refuse does nothing.
  void close(code_to_send code = close_code::normal, reason_to_send reason = {}) const;
  void terminate() const;
  /// Calls with the websocket, on its executor, unless it is gone.
  void post(handler<void(websocket&)> call) const;

  bool operator==(const websocket_ref& other) const noexcept {
    return session_.session() == other.session_.session();
  }
  bool operator<(const websocket_ref& other) const noexcept {
    return session_.session() < other.session_.session();
  }

 private:
  session_ref session_;
};

}  // namespace adieu::inline v1
