// The request read, the answer sent.
#include "net/accepting.hpp"

namespace adieu::inline v1::net {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

interest accepting::wants() const noexcept {
  return {.read = !asked_, .write = driver_.machine().has_output()};
}

void accepting::ready(readiness how) {
  if (asked_) {
    // Nothing is read while the application decides; that the client has gone is seen all the same.
    if (how.hung_up) driver_.lose(cause::reset, {});
    return;
  }
  const auto into = driver_.home_loop()->receive_buffer();
  const auto got  = driver_.stream().receive(into.data(), into.size());
  switch (got.status) {
    case io_status::would_block: return;
    case io_status::ended: return driver_.machine().end_of_stream(driver_.now());
    case io_status::failed:
      return driver_.lose(cause::reset, {got.error, boost::system::system_category()});
    case io_status::done: return received(into.first(got.bytes));
  }
}

void accepting::received(std::span<std::byte> bytes) {
  driver_.watch_received(bytes);
  std::size_t used = 0;
  switch (opening_.receive(bytes, used)) {
    case protocol::server_opening::verdict::incomplete: return;
    case protocol::server_opening::verdict::refused:
      driver_.machine().say(bytes_of(opening_.refusal()));
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
  const std::string answer = opening_.acceptance(subprotocol, headers);
  if (answer.empty()) return false;
  driver_.machine().say(bytes_of(answer));
  driver_.opened(glued_);
  return true;
}

bool accepting::refuse(unsigned status, const header_list& headers, std::string_view body,
                       std::string why) {
  const std::string answer = protocol::refusing_answer(status, headers, body);
  if (answer.empty()) return false;
  driver_.machine().say(bytes_of(answer));
  judge_.on_refusal(driver_, status, std::move(why));
  driver_.refused();
  return true;
}

bool accepting::timed_out() {
  if (asked_) return refuse(503, {}, {}, "the application did not decide in time");
  if (opening_.begun()) return refuse(408, {}, {}, "the request took too long");
  return false;
}

}  // namespace adieu::inline v1::net
