// The websocket: ownership, and calls handed on to its session.
#include "api/session.hpp"

#include <adieu/websocket.hpp>

#include <cassert>

namespace adieu::inline v1 {

// --- ownership: the session points back at the websocket that is it ---

websocket::websocket(websocket&& other) noexcept : session_(other.session_) {
  if (api::session* s = other.live()) s->moved_to(this);
}

websocket& websocket::operator=(websocket&& other) noexcept {
  if (this == &other) return *this;
  if (api::session* s = live()) s->dropped_by_owner();
  session_ = other.session_;
  if (session_ && session_->face() == &other) session_->moved_to(this);
  return *this;
}

websocket::~websocket() {
  if (api::session* s = live()) s->dropped_by_owner();
}

api::session* websocket::live() const noexcept {
  if (!session_ || session_->face() != this) return nullptr;
  if (net::loop* home = session_->home_loop()) home->entered();
  return session_->face() == this ? session_.session() : nullptr;
}

// --- what it tells ---

ready_state websocket::state() const noexcept {
  const api::session* s = live();
  return s ? s->state() : ready_state::closed;
}

std::uint64_t websocket::buffered_amount() const noexcept {
  const api::session* s = live();
  return s ? s->buffered_amount() : 0;
}

std::string_view websocket::subprotocol() const noexcept {
  const api::session* s = live();
  return s ? s->subprotocol() : std::string_view();
}

const opening_response* websocket::response() const noexcept {
  const api::session* s = live();
  return s ? s->response() : nullptr;
}

endpoint websocket::remote_endpoint() const {
  api::session* s = live();
  return s ? s->peer() : endpoint();
}

const close_event* websocket::closed() const noexcept {
  const api::session* s = live();
  return s ? s->closed() : nullptr;
}

websocket::executor_type websocket::get_executor() const {
  assert(session_);
  return session_->executor();
}

websocket_ref websocket::ref() const noexcept {
  return live() ? websocket_ref(session_) : websocket_ref();
}

user_data& websocket::own_data() {
  assert(session_);
  return session_->own_data();
}

// --- what it does ---

error_code websocket::send(message_view outgoing) {
  api::session* s = live();
  return make_error_code(s ? s->send(outgoing) : error::not_open);
}

void websocket::flush() noexcept {
  if (api::session* s = live()) s->flush_now();
}

error_code websocket::close(code_to_send code, reason_to_send reason) {
  api::session* s = live();
  bool began      = false;
  return make_error_code(s ? s->close(code, reason.text(), began) : error::none);
}

void websocket::terminate() noexcept {
  if (api::session* s = live()) s->terminate();
}

void websocket::pause_reading() noexcept {
  if (api::session* s = live()) s->pause_by_application(true);
}

void websocket::resume_reading() noexcept {
  if (api::session* s = live()) s->pause_by_application(false);
}

// --- what waits ---

void websocket::start_opened(const place& on, completion<void(error_code)> done) {
  assert(on.session);
  if (on.live) return on.session->start_opened(std::move(done));
  complete(on.session->executor(), std::move(done), error_code(asio::error::operation_aborted));
}

void websocket::start_receive(const place& on,
                              completion<void(error_code, std::optional<message>)> done) {
  assert(on.session);
  if (on.live) return on.session->start_receive(std::move(done));
  complete(on.session->executor(), std::move(done), error_code(), std::optional<message>());
}

void websocket::start_receive_within(const place& on, std::chrono::milliseconds limit,
                                     completion<void(error_code, receive_result)> done) {
  assert(on.session);
  if (on.live) return on.session->start_receive_within(limit, std::move(done));
  complete(on.session->executor(), std::move(done), error_code(), receive_result());
}

void websocket::start_send(const place& on, message outgoing, completion<void(error_code)> done) {
  assert(on.session);
  if (on.live) return on.session->start_send(std::move(outgoing), std::move(done));
  complete(on.session->executor(), std::move(done), make_error_code(error::not_open));
}

void websocket::start_ping(const place& on,
                           completion<void(error_code, std::chrono::steady_clock::duration)> done) {
  assert(on.session);
  if (on.live) return on.session->start_ping(std::move(done));
  complete(on.session->executor(), std::move(done), make_error_code(error::not_open),
           std::chrono::steady_clock::duration());
}

void websocket::start_close(const place& on, code_to_send code, std::string_view reason,
                            completion<void(error_code, close_event)> done) {
  assert(on.session);
  api::begin_waiting(
      on.session->executor(), done,
      [&] {
        bool began          = false;
        const error refused = on.live ? on.session->close(code, reason, began) : error::none;
        if (refused == error::none) return start_closed(on, std::move(done));
        complete(on.session->executor(), std::move(done), make_error_code(refused), close_event());
      },
      close_event());
}

void websocket::start_closed(const place& on, completion<void(error_code, close_event)> done) {
  assert(on.session);
  if (on.live) return on.session->start_closed(std::move(done));
  complete(on.session->executor(), std::move(done), error_code(asio::error::operation_aborted),
           close_event());
}

}  // namespace adieu::inline v1
