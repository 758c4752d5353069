// Calls from other threads: posted, in order, to the connection's executor.
#include "api/session.hpp"

#include <adieu/websocket_ref.hpp>

namespace adieu::inline v1 {

void websocket_ref::post(handler<void(websocket&)> call) const {
  if (!session_ || !call) return;
  asio::post(session_->executor(),
             [kept = session_, call = std::move(call)]() mutable { kept->call_posted(call); });
}

void websocket_ref::send(message outgoing) const {
  post([outgoing = std::move(outgoing)](websocket& ws) { ws.send(outgoing); });
}

void websocket_ref::start_send(session_ref on, message outgoing,
                               completion<void(error_code)> done) {
  if (!on)
    return complete(asio::system_executor(), std::move(done), make_error_code(error::not_open));
  const asio::any_io_executor& executor = on->executor();
  asio::post(executor, [on = std::move(on), outgoing = std::move(outgoing),
                        done = std::move(done)]() mutable {
    api::session& s = *on.session();
    if (s.face()) return s.start_send(std::move(outgoing), std::move(done));
    complete(s.executor(), std::move(done), make_error_code(error::not_open));
  });
}

void websocket_ref::close(code_to_send code, reason_to_send reason) const {
  post([code, text = std::string(reason.text())](websocket& ws) { ws.close(code, text); });
}

void websocket_ref::terminate() const {
  post([](websocket& ws) { ws.terminate(); });
}

}  // namespace adieu::inline v1
