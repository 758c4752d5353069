// The two replies that an application may keep: dropping one is an answer.
#include "api/server_core.hpp"
#include "api/session.hpp"

#include <adieu/closing_reply.hpp>
#include <adieu/opening.hpp>

#include <cassert>

namespace adieu::inline v1 {

// --- closing_reply ---

closing_reply& closing_reply::operator=(closing_reply&& other) noexcept {
  if (this == &other) return *this;
  finish();
  session_ = std::move(other.session_);
  return *this;
}

closing_reply::~closing_reply() { finish(); }

std::uint16_t closing_reply::code() const noexcept {
  const close_frame* theirs = session_ ? session_->peer_close() : nullptr;
  return theirs && theirs->code ? *theirs->code : static_cast<std::uint16_t>(close_code::no_status);
}

std::string_view closing_reply::reason() const noexcept {
  const close_frame* theirs = session_ ? session_->peer_close() : nullptr;
  return theirs ? std::string_view(theirs->reason) : std::string_view();
}

error_code closing_reply::send(message_view last_word) {
  return make_error_code(session_ ? session_->send_last_word(last_word) : error::not_open);
}

void closing_reply::finish() noexcept {
  if (!session_) return;
  session_->finish_reply();
  session_ = {};
}

// --- opening_reply ---

opening_reply& opening_reply::operator=(opening_reply&& other) noexcept {
  if (this == &other) return *this;
  if (session_) api::server_core::drop(*session_.session());
  session_ = std::move(other.session_);
  return *this;
}

opening_reply::~opening_reply() {
  if (session_) api::server_core::drop(*session_.session());
}

void opening_reply::accept(acceptance how) {
  if (session_) api::server_core::accept(*session_.session(), how);
  session_ = {};
}

void opening_reply::refuse(refused_with how) {
  if (session_) api::server_core::refuse(*session_.session(), how);
  session_ = {};
}

user_data& opening_reply::own_data() {
  assert(session_);
  return session_->own_data();
}

}  // namespace adieu::inline v1
