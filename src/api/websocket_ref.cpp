// Calls from other threads: posted, in order, to the connection's executor.
#include "api/session.hpp"

#include <adieu/websocket_ref.hpp>

namespace adieu::inline v1 {

void websocket_ref::post(handler<void(websocket&)> call) const {
  if (!session_) return;
  asio::post(session_->executor(), [kept = session_, call = std::move(call)]() mutable {
    if (websocket* ws = kept->face()) call(*ws);
  });
}

void websocket_ref::send(message outgoing) const {
  post([outgoing = std::move(outgoing)](websocket& ws) {
    error_code dropped;
    ws.send(outgoing, dropped);
  });
}

void websocket_ref::close(code_to_send code, reason_to_send reason) const {
  post([code, text = std::string(reason.text())](websocket& ws) {
    error_code refused;
    ws.close(code, text, refused);
  });
}

void websocket_ref::terminate() const {
  post([](websocket& ws) { ws.terminate(); });
}

}  // namespace adieu::inline v1
