// What the application asks of its end, as the driver carries it out.
#include "simulator/end.hpp"

#include <algorithm>

namespace simulator {

void end::much_queued() {
  if (machine_->borrows()) {
    flush();
    const memory_of scale = this->scale();
    machine_->keep_borrowed();
  }
  if (machine_->is_high()) was_high_ = true;
}

void end::flush_now() {
  if (!is_opening()) flush();
  changed();
}

// The limit is for what the transport does not take.
void end::hands_over_if_full() {
  if (machine_->send_queue_is_full()) flush_now();
  seen_.queue_then    = watch_->accepted_bytes() - watch_->payload_put();
  seen_.messages_then = watch_->messages().size() - watch_->messages_put();
}

error end::send(message_view outgoing, const content& what) {
  hands_over_if_full();
  error refused;
  {
    const memory_of scale = this->scale();
    refused               = machine_->send(outgoing, world_->now);
  }
  if (refused == error::none) watch_->accepted(what);
  if (machine_->has_much_queued()) much_queued();
  changed();
  return refused;
}

error end::send_last_word(message_view outgoing, const content& what) {
  hands_over_if_full();
  error refused;
  {
    const memory_of scale = this->scale();
    refused               = machine_->send_last_word(outgoing, world_->now);
    machine_->keep_borrowed();
  }
  if (refused == error::none) watch_->accepted(what);
  changed();
  return refused;
}

error end::ping(std::span<const std::byte> payload) {
  const memory_of scale = this->scale();
  const error refused   = machine_->ping(payload, world_->now);
  changed();
  return refused;
}

error end::close(code_to_send code, std::string_view reason, bool& began) {
  const memory_of scale = this->scale();
  const error refused   = machine_->close(code, reason, world_->now, began);
  if (began) {
    seen_.closed_by_us = true;
    changed();
  }
  return refused;
}

void end::finish_reply() {
  const memory_of scale = this->scale();
  machine_->finish_reply(world_->now);
  changed();
}

void end::terminate() {
  const memory_of scale = this->scale();
  seen_.terminated      = true;
  machine_->terminate(world_->now);
  if (machine_->at() != stage::closed) world_->breach(who_, "terminate() does not end it at once");
  changed();
}

void end::hurry(time until) {
  const memory_of scale = this->scale();
  patience_.hurried(until);
  machine_->hurry(until);
  changed();
}

void end::leave() {
  seen_.left_by_owner = true;
  {
    const memory_of scale = this->scale();
    machine_->leave(world_->now);
  }
  flush_now();
}

void end::posted_work_throws() {
  if (!ended_ && machine_->was_open() && machine_->state() != ready_state::closed)
    goes_on_after_a_throw();
}

void end::pause(bool paused) {
  if (paused_ == paused) return;
  paused_ = paused;
  notes_stage();
  patience_.reads(!paused);
  const memory_of scale = this->scale();
  machine_->set_reading(!paused, world_->now);
  changed();
}

}  // namespace simulator
