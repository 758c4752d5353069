// The request read, the answer sent.
#include "net/accepting.hpp"

#include "net/securing.hpp"
#include "protocol/opening_headers.hpp"

#include <chrono>

namespace adieu::inline v1::net {
namespace {

constexpr std::size_t most_at_once = 16 * 1024;

auto wall_clock() { return std::chrono::system_clock::now(); }

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

accepting::accepting(driver& d, judge& by, const tls_context& tls) noexcept
    : driver_(d),
      judge_(by),
      tls_(tls),
      secured_(!tls),
      opening_(protocol::head_limits_of(d.machine().options())) {
  if (!secured_) driver_.machine().entering(phase::tls);
}

interest accepting::wants() const noexcept {
  return {.read  = !asked_,
          .write = driver_.machine().has_output() || driver_.stream().holds_output()};
}

// What a session costs is spent only once the client has said something.
bool accepting::secure() {
  if (!driver_.stream().tls() &&
      !begin_securing(driver_, tls_session::of_server(tls_, driver_.home_loop()->tls())))
    return false;
  secured_ = secured(driver_);
  return secured_;
}

void accepting::ready(readiness how) {
  if (asked_) {
    // Nothing is read while the application decides; that the client has gone is seen all the same.
    if (how.hung_up) driver_.lose(cause::reset, {});
    return;
  }
  if (!secured_ && !secure()) return;
  // What a client sends before it is answered stays in the kernel, all but so much of it, however
  // long the application takes to decide.
  const auto into = driver_.home_loop()->receive_buffer().first(most_at_once);
  const auto got  = driver_.stream().receive(into.data(), into.size());
  if (got.status != io_status::done) return driver_.came_to_nothing(got);
  received(into.first(got.bytes));
}

void accepting::received(std::span<std::byte> bytes) {
  driver_.watch_received(bytes);
  std::size_t used = 0;
  switch (opening_.receive(bytes, used)) {
    case protocol::server_opening::verdict::incomplete: return;
    case protocol::server_opening::verdict::refused:
      driver_.machine().say(bytes_of(opening_.refusal(wall_clock())));
      judge_.on_refusal(driver_, opening_.status(), opening_.why());
      return driver_.refused();
    case protocol::server_opening::verdict::acceptable: break;
  }
  const auto rest = bytes.subspan(used);
  glued_.assign(rest.begin(), rest.end());
  asked_ = true;
  judge_.on_request(driver_, *this);
}

bool accepting::accept(std::string_view subprotocol, const header_list& headers) {
  const auto deflate       = opening_.deflate(driver_.machine().options().deflate);
  const std::string answer = opening_.acceptance(subprotocol, headers, deflate.element);
  if (answer.empty()) return false;
  driver_.keep_glued(glued_);
  glued_.clear();
  driver_.machine().say(bytes_of(answer));
  driver_.machine().agree(deflate.agreed);
  driver_.opened();
  return true;
}

bool accepting::refuse(unsigned status, const header_list& headers, std::string_view body,
                       std::string why) {
  const std::string answer = opening_.refusal(status, headers, body, wall_clock());
  if (answer.empty()) return false;
  judge_.on_refusal(driver_, status, std::move(why));
  if (!secured_) {  // there is no HTTP yet to say it in
    driver_.lose(cause::refused, {});
    return true;
  }
  driver_.machine().say(bytes_of(answer));
  driver_.refused();
  return true;
}

bool accepting::refuse(unsigned status, std::string why) {
  const std::string body = why + "\n";
  return refuse(status, {}, body, std::move(why));
}

bool accepting::timed_out() {
  if (asked_) return refuse(503, "the application did not decide in time: come back later");
  if (opening_.begun()) return refuse(408, "the request took too long: send it whole at once");
  return false;
}

}  // namespace adieu::inline v1::net
