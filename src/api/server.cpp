// The handle of a server.
#include <adieu/server.hpp>

#include "api/server_core.hpp"

#include <algorithm>
#include <cassert>

namespace adieu::inline v1 {

std::string_view opening_request::header(std::string_view wanted) const noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (const auto& [name, value] : headers)
    if (name.size() == wanted.size() &&
        std::equal(name.begin(), name.end(), wanted.begin(),
                   [&](char a, char b) { return lower(a) == lower(b); }))
      return value;
  return {};
}

server::server(executor_of where, server_options options, server_handlers handlers) {
  auto* core = new api::server_core(where.executor(), std::move(options), std::move(handlers));
  core->retain();
  // If there is no memory to share it, it is with the loop already.
  core_ = {core, [](api::server_core* c) {
             c->dropped();
             c->release();
           }};
}

server::server(server&&) noexcept = default;

server& server::operator=(server&& other) noexcept {
  if (this == &other) return *this;
  if (core_) core_->dropped();
  core_ = std::move(other.core_);
  return *this;
}

server::~server() {
  if (core_) core_->dropped();
}

std::uint16_t server::port() const noexcept {
  assert(core_);
  return core_->port();
}

std::size_t server::connections() const noexcept {
  assert(core_);
  return core_->connections();
}

void server::for_each(handler<void(websocket&)> call) {
  assert(core_);
  core_->for_each(std::move(call));
}

server::executor_type server::get_executor() const {
  assert(core_);
  return core_->executor();
}

void server::start_shutdown(const std::shared_ptr<api::server_core>& core, code_to_send code,
                            std::string_view reason, std::chrono::milliseconds within,
                            completion<void(error_code, shutdown_report)> done) {
  assert(core);
  core->start_shutdown(code, reason, within, std::move(done));
}

}  // namespace adieu::inline v1
