// The handle of a reconnecting client: ownership, and calls handed on.
#include <adieu/reconnecting_websocket.hpp>

#include "api/reconnecting.hpp"

#include <array>
#include <cassert>

namespace adieu::inline v1 {

std::string_view name(reconnect_state value) noexcept {
  constexpr std::array<std::string_view, 5> names = {"idle", "connecting", "open", "waiting",
                                                     "stopped"};
  const auto at                                   = static_cast<std::size_t>(value);
  return at < names.size() ? names[at] : std::string_view();
}

reconnecting_websocket::reconnecting_websocket(executor_of where, std::string_view url,
                                               reconnecting_handlers handlers)
    : reconnecting_websocket(std::move(where), url, {}, std::move(handlers)) {}

reconnecting_websocket::reconnecting_websocket(executor_of where, std::string_view url,
                                               reconnecting_options options,
                                               reconnecting_handlers handlers)
    : reconnecting_websocket(api::reconnecting::made(api::real_world(where.executor()), url,
                                                     std::move(options), std::move(handlers))) {}

// --- ownership: as websocket's, the core points back at the handle that is it ---

reconnecting_websocket::reconnecting_websocket(reconnecting_websocket&& other) noexcept
    : core_(other.core_) {
  if (api::reconnecting* r = other.live()) r->moved_to(this);
}

reconnecting_websocket& reconnecting_websocket::operator=(reconnecting_websocket&& other) noexcept {
  if (this == &other) return *this;
  if (api::reconnecting* r = live()) r->dropped_by_owner();
  core_ = other.core_;
  if (core_ && core_->face() == &other) core_->moved_to(this);
  return *this;
}

reconnecting_websocket::~reconnecting_websocket() {
  if (api::reconnecting* r = live()) r->dropped_by_owner();
}

api::reconnecting* reconnecting_websocket::live() const noexcept {
  if (!core_ || core_->face() != this) return nullptr;
  core_->entered();
  return core_->face() == this ? core_.get() : nullptr;
}

// --- what it tells ---

reconnect_state reconnecting_websocket::state() const noexcept {
  const api::reconnecting* r = live();
  return r ? r->state() : reconnect_state::stopped;
}

std::uint64_t reconnecting_websocket::openings() const noexcept {
  const api::reconnecting* r = live();
  return r ? r->openings() : 0;
}

std::uint64_t reconnecting_websocket::buffered_amount() const noexcept {
  const api::reconnecting* r = live();
  return r ? r->buffered_amount() : 0;
}

std::string_view reconnecting_websocket::subprotocol() const noexcept {
  const api::reconnecting* r = live();
  return r && r->connection() ? r->connection()->subprotocol() : std::string_view();
}

const opening_response* reconnecting_websocket::response() const noexcept {
  const api::reconnecting* r = live();
  return r && r->connection() ? r->connection()->response() : nullptr;
}

endpoint reconnecting_websocket::remote_endpoint() const {
  const api::reconnecting* r = live();
  return r && r->connection() ? r->connection()->remote_endpoint() : endpoint();
}

websocket_ref reconnecting_websocket::connection() const noexcept {
  const api::reconnecting* r = live();
  return r && r->connection() ? r->connection()->ref() : websocket_ref();
}

reconnecting_websocket::executor_type reconnecting_websocket::get_executor() const {
  assert(core_);
  return core_->executor();
}

// --- what it does ---

error_code reconnecting_websocket::send(message_view outgoing) {
  api::reconnecting* r = live();
  return make_error_code(r ? r->send(outgoing) : error::not_open);
}

void reconnecting_websocket::flush() noexcept {
  if (api::reconnecting* r = live()) r->flush_now();
}

std::vector<message> reconnecting_websocket::take_unsent() {
  api::reconnecting* r = live();
  return r ? r->take_unsent() : std::vector<message>();
}

error_code reconnecting_websocket::close(code_to_send code, reason_to_send reason) {
  bool began           = false;
  api::reconnecting* r = live();
  return make_error_code(r ? r->close(code, reason.text(), began) : error::none);
}

void reconnecting_websocket::terminate() noexcept {
  if (api::reconnecting* r = live()) r->terminate();
}

void reconnecting_websocket::confirm() noexcept {
  if (api::reconnecting* r = live()) r->confirm();
}

void reconnecting_websocket::reconnect_now() {
  if (api::reconnecting* r = live()) r->reconnect_now();
}

void reconnecting_websocket::pause() noexcept {
  if (api::reconnecting* r = live()) r->pause();
}

void reconnecting_websocket::resume() {
  if (api::reconnecting* r = live()) r->resume();
}

void reconnecting_websocket::pause_reading() noexcept {
  if (api::reconnecting* r = live()) r->hold_reading(true);
}

void reconnecting_websocket::resume_reading() noexcept {
  if (api::reconnecting* r = live()) r->hold_reading(false);
}

void reconnecting_websocket::start_receive(
    const std::shared_ptr<api::reconnecting>& core, bool is_live,
    completion<void(error_code, std::optional<message>)> done) {
  assert(core);
  if (is_live) return core->start_receive(std::move(done));
  complete(core->executor(), std::move(done), error_code(), std::optional<message>());
}

}  // namespace adieu::inline v1
