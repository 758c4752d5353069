// The application's side of a driver: what it asks for goes to the machine, and leaves at the end
// of the turn.
#include "net/driver.hpp"

namespace adieu::inline v1::net {

// A large payload that is borrowed leaves at once; what does not is copied, for its view ends here.
void driver::much_queued() {
  if (machine_.borrows()) {
    flush();
    keep_borrowed();
  }
  if (machine_.is_high()) was_high_ = true;
}

void driver::keep_borrowed() {
  try {
    machine_.keep_borrowed();
  } catch (const std::bad_alloc&) {
    machine_.give_up(now());
    changed();
    throw;
  }
}

void driver::flush_now() noexcept {
  if (!opening()) {
    try {
      flush();
    } catch (const std::bad_alloc&) {
      machine_.out_of_memory(now());
    }
  }
  changed();
}

error driver::send_last_word(message_view outgoing) {
  if (machine_.send_queue_is_full()) flush_now();
  const error refused = machine_.send_last_word(outgoing, now());
  keep_borrowed();
  changed();
  return refused;
}

error driver::ping(std::span<const std::byte> payload) {
  const error refused = machine_.ping(payload, now());
  changed();
  return refused;
}

error driver::close(code_to_send code, std::string_view reason, bool& began) {
  const error refused = machine_.close(code, reason, now(), began);
  if (began) changed();
  return refused;
}

void driver::finish_reply() noexcept {
  machine_.finish_reply(now());
  changed();
}

void driver::terminate() noexcept {
  machine_.terminate(now());
  changed();
}

void driver::hurry(protocol::time until) noexcept {
  try {
    machine_.hurry(until);
  } catch (const std::bad_alloc&) {
    machine_.out_of_memory(now());
  }
  changed();
}

void driver::doubt() noexcept {
  if (opening()) return;
  try {
    machine_.doubt(now());
  } catch (const std::bad_alloc&) {
    machine_.out_of_memory(now());
  }
  changed();
}

void driver::pause(bool paused) {
  if (paused_ == paused) return;
  paused_ = paused;
  machine_.set_reading(!paused, now());
  changed();
}

void driver::leave() noexcept {
  machine_.leave(now());
  flush_now();
}

}  // namespace adieu::inline v1::net
