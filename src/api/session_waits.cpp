// The waiting operations of a session, and what a websocket asks of it.
#include "api/session.hpp"

#include <cstring>
#include <new>

namespace adieu::inline v1::api {

void session::start_opened(completion<void(error_code)> done) {
  // Between the state `closed` and the event there is a gap: who asks in it waits for the event.
  if (closed()) return complete(executor(), std::move(done), opening_error());
  if (state() != ready_state::connecting && machine_.was_open())
    return complete(executor(), std::move(done), error_code());
  begin_waiting(executor(), done, [&] {
    rare().opened.add(executor(), done, [kept = ref()](std::uint64_t id) {
      kept->rare().opened.cancel(id, kept->executor(), error_code(asio::error::operation_aborted));
    });
  });
}

void session::start_ping(completion<void(error_code, clock::duration)> done) {
  begin_waiting(
      executor(), done, [&] { ping(done); }, clock::duration());
}

void session::ping(completion<void(error_code, clock::duration)>& done) {
  rarely& r                  = rare();
  const std::uint64_t number = ++r.last_ping;
  std::byte payload[sizeof number];
  std::memcpy(payload, &number, sizeof number);
  if (const error refused = driver::ping(payload); refused != error::none)
    return complete(executor(), std::move(done), make_error_code(refused), clock::duration());
  r.pings.add(executor(), done,
              [kept = ref()](std::uint64_t id) {
                kept->rare().pings.cancel(id, kept->executor(),
                                          error_code(asio::error::operation_aborted),
                                          clock::duration());
              },
              {number, clock::now()});
}

void session::start_closed(completion<void(error_code, close_event)> done) {
  begin_waiting(
      executor(), done,
      [&] {
        if (const close_event* event = closed()) {
          close_event copy = *event;
          return complete(executor(), std::move(done), error_code(), std::move(copy));
        }
        rare().closed.add(executor(), done, [kept = ref()](std::uint64_t id) {
          kept->rare().closed.cancel(id, kept->executor(),
                                     error_code(asio::error::operation_aborted), close_event());
        });
      },
      close_event());
}

void session::pause_by_application(bool paused) noexcept {
  if (state() == ready_state::closed) return;
  try {
    rare().paused = paused;
    if (!paused && state() != ready_state::connecting) hand_out_soon();
    pause_as_needed();
  } catch (const std::bad_alloc&) {
    machine_.out_of_memory(now());
    changed();
  }
}

const close_frame* session::peer_close() {
  if (rare_ && rare_->told) return rare_->event.received ? &*rare_->event.received : nullptr;
  const auto& received = machine_.ending_so_far().received;
  return received ? &*received : nullptr;
}

}  // namespace adieu::inline v1::api
