// Calls from other threads: posted, in order, to the connection's executor.
#include "api/session.hpp"

#include <adieu/websocket_ref.hpp>

#include <memory>
#include <utility>

namespace adieu::inline v1 {
namespace {

/// A send from elsewhere that may be cancelled. Its caller's slot is its caller's: it is emitted,
/// and cleared, where the handler's executor runs. The connection's thread has `here` instead.
struct cancellable_send {
  completion<void(error_code)> done;
  asio::cancellation_signal here;
  bool is_cancelled = false;  // before the connection's loop has come to it
};

/// What waits at the connection for a cancellable_send.
struct completes_elsewhere {
  std::shared_ptr<cancellable_send> send;
  executor_of_completion<void(error_code)> on;

  using executor_type          = executor_of_completion<void(error_code)>;
  using cancellation_slot_type = asio::cancellation_slot;
  executor_type get_executor() const noexcept { return on; }
  cancellation_slot_type get_cancellation_slot() const noexcept { return send->here.slot(); }

  void operator()(error_code ec) {
    auto done = take(send->done);
    asio::get_associated_cancellation_slot(done).clear();
    std::move(done)(ec);
  }
};

/// Puts `done` into what is returned, and in its place what the connection's thread may have. The
/// slot owns none of it: who waits may own the slot.
std::shared_ptr<cancellable_send> cancellable(const session_ref& on,
                                              completion<void(error_code)>& done) {
  const auto send = std::make_shared<cancellable_send>();
  completion<void(error_code)> waits(completes_elsewhere{send, executor_for(done, on->executor())});
  asio::get_associated_cancellation_slot(done).assign(
      [on, weak = std::weak_ptr(send)](asio::cancellation_type how) {
        if (weak.expired()) return;  // destroyed with its io_context, perhaps
        asio::post(on->executor(), [on, weak, how] {
          const auto cancelled = weak.lock();
          if (!cancelled) return;
          cancelled->is_cancelled = true;
          on->within_memory([&] { cancelled->here.emit(how); });
        });
      });
  send->done.swap(done);
  done.swap(waits);
  return send;
}

}  // namespace

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
  api::begin_waiting(executor, done, [&] {
    std::shared_ptr<cancellable_send> send;
    if (asio::get_associated_cancellation_slot(done).is_connected()) send = cancellable(on, done);
    asio::post(executor, [on, outgoing = std::move(outgoing), done = std::move(done),
                          send = std::move(send), process = net::forks()]() mutable {
      if (process != net::forks()) return;  // the parent's
      api::session& s = *on.session();
      if (send && send->is_cancelled)
        return complete(s.executor(), std::move(done), error_code(asio::error::operation_aborted));
      if (s.face()) return s.start_send(std::move(outgoing), std::move(done));
      complete(s.executor(), std::move(done), make_error_code(error::not_open));
    });
  });
}

void websocket_ref::close(code_to_send code, reason_to_send reason) const {
  post([code, text = std::string(reason.text())](websocket& ws) { ws.close(code, text); });
}

void websocket_ref::terminate() const {
  post([](websocket& ws) { ws.terminate(); });
}

}  // namespace adieu::inline v1
