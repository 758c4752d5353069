// The opening of an end, as src/net/connecting.cpp and accepting.cpp carry it out once TCP is
// connected.
#include "simulator/end.hpp"

namespace simulator {

void end::say(std::string_view head) {
  const memory_of scale = this->scale();
  machine_->say(std::as_bytes(std::span(head.data(), head.size())));
}

void end::starts_connecting() {
  opening_present_ = true;
  machine_->entering(phase::connecting);
  changed();
}

void end::cannot_connect(cause why, phase where) {
  machine_->entering(where);
  lose(why);
}

void end::agree(const protocol::deflate_agreement& deflate) {
  seen_.deflate = deflate;
  machine_->agree(deflate);
  watch_->compresses(deflate);
}

void end::opening_ready(readiness how) {
  if (asked_) {
    // Nothing is read while the application decides; that the client has gone is seen all the same.
    if (how.hung_up) lose(cause::reset);
    return;
  }
  constexpr std::size_t most_at_once = 16 * 1024;  // of a server
  const io_result got = receive({buffer_.get(), who_ == who::server ? most_at_once : buffer_size});
  switch (got.status) {
    case io::would_block: return;
    case io::ended: {
      world_->tell(who_, "finds the end of the stream");
      patience_.input_ended();
      const memory_of scale = this->scale();
      return machine_->end_of_stream(world_->now);
    }
    case io::failed: return lose(cause::reset);
    case io::done: break;
  }
  world_->tell(who_, "reads %llu bytes of the opening", got.bytes);
  seen_.read += got.bytes;
  const std::span bytes(buffer_.get(), got.bytes);
  who_ == who::client ? client_received(bytes) : server_received(bytes);
  std::fill(bytes.begin(), bytes.end(), std::byte{0xDD});
}

void end::client_received(std::span<std::byte> bytes) {
  std::size_t used = 0;
  switch (client_opening_->receive(bytes, used)) {
    case protocol::client_opening::verdict::incomplete: return;
    case protocol::client_opening::verdict::open:
      agree(client_opening_->deflate());
      return opened(bytes.subspan(used));
    case protocol::client_opening::verdict::no_room_for_context:  // ours never decline
    case protocol::client_opening::verdict::refused: break;
  }
  {
    const memory_of scale                 = this->scale();
    machine_->ending_so_far().http_status = static_cast<std::uint16_t>(client_opening_->status());
    machine_->ending_so_far().retry_after = client_opening_->retry_after(wall_clock(*world_));
  }
  lose(cause::refused);
}

void end::server_received(std::span<std::byte> bytes) {
  std::size_t used = 0;
  switch (server_opening_->receive(bytes, used)) {
    case protocol::server_opening::verdict::incomplete: return;
    case protocol::server_opening::verdict::refused: {
      say(server_opening_->refusal(wall_clock(*world_)));
      const memory_of scale = this->scale();
      machine_->refused(world_->now);
      opening_over_ = true;
      return changed();
    }
    case protocol::server_opening::verdict::acceptable: break;
  }
  const auto rest = bytes.subspan(used);
  glued_.assign(rest.begin(), rest.end());
  asked_ = true;
  told_->on_request();
}

bool end::accept() {
  const auto deflate = server_opening_->deflate(agreed_.options.deflate);
  agree(deflate.agreed);
  say(server_opening_->acceptance({}, {}, deflate.element));
  opened(glued_);
  return true;
}

bool end::refuse(unsigned status, const header_list& headers) {
  return refuse_saying(server_opening_->refusal(status, headers, {}, wall_clock(*world_)));
}

bool end::refuse_saying(std::string_view answer) {
  say(answer);
  const memory_of scale = this->scale();
  machine_->refused(world_->now);
  opening_over_ = true;
  changed();
  return true;
}

bool end::opening_timed_out() {
  if (who_ == who::client) return false;
  if (asked_) return refuse(503);
  if (server_opening_->begun()) return refuse(408);
  return false;
}

}  // namespace simulator
