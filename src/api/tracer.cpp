// Bytes to the reader of their direction, events to the hook.
#include "api/tracer.hpp"

#include "base/guarded.hpp"

#include <chrono>

namespace adieu::inline v1::api {

tracer::tracer(const trace_options& how)
    : how_(how), in_(reader(trace_direction::received)), out_(reader(trace_direction::sent)) {}

protocol::wire_reader tracer::reader(trace_direction towards) {
  using protocol::wire_reader;
  const auto tell = [this, towards](trace_event& event) {
    event.direction  = towards;
    event.connection = on_;
    event.time       = std::chrono::system_clock::now();
    guarded([&] { how_.hook(event); }, [](const std::exception_ptr&) {});
  };
  return wire_reader(
      tell, wire_reader::start::at_head,
      how_.show_secrets ? wire_reader::secrets::shown : wire_reader::secrets::masked);
}

void tracer::seen(const websocket_ref& on, std::span<const std::byte> bytes,
                  trace_direction towards, protocol::deflate_agreement deflate) {
  on_ = &on;
  if (deflate.on) {
    in_.agree(deflate.their_takeover, deflate.their_window_bits);
    out_.agree(deflate.our_takeover, deflate.our_window_bits);
  }
  (towards == trace_direction::received ? in_ : out_).feed(bytes);
  if (out_.asked_for_tunnel()) in_.expect_tunnel();
  on_ = nullptr;
}

void tracer::begins_anew(const websocket_ref& on, std::string_view why) {
  in_  = reader(trace_direction::received);
  out_ = reader(trace_direction::sent);
  on_  = &on;
  in_.note(why);
  on_ = nullptr;
}

}  // namespace adieu::inline v1::api
