// Messages that wait: to be sent, first come first served, while the queue is full; and the
// receiving that waits for the next one, with or without a time limit.
#include "api/session.hpp"

#include "base/log.hpp"
#include "wire/utf8.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace adieu::inline v1::api {

// --- sending ---

error session::close(code_to_send code, std::string_view reason, bool& began) {
  const error refused = driver::close(code, reason, began);
  if (began && rare_) refuse_those_that_wait();
  if (refused != error::none) [[unlikely]]
    tell_refused_close(refused);
  return refused;
}

// Who does not look at the result would wait for an end that nobody has begun.
void session::tell_refused_close(error why) noexcept {
  try {
    const websocket_ref about(ref());
    log(log_level::warning,
        "close() of the connection with " + whom() +
            " was refused, it goes on: " + std::string(explain(why)),
        &about);
  } catch (const std::bad_alloc&) {  // it is returned
  }
}

void session::start_send(message outgoing, completion<void(error_code)> done) {
  begin_waiting(executor(), done, [&] { send_in_turn(std::move(outgoing), done); });
}

void session::send_in_turn(message outgoing, completion<void(error_code)>& done) {
  sending waits{std::move(outgoing)};
  const bool others_wait = rare_ && holds_back();
  if (state() == ready_state::open && !others_wait && machine_.send_queue_is_full()) flush_now();
  if (state() == ready_state::open && (others_wait || machine_.send_queue_is_full())) {
    const auto bytes = waits.what.bytes();
    if (waits.what.is_text() && !wire::is_utf8(bytes.data(), bytes.size())) {
      machine_.count_rejected(bytes.size(), now());
      return complete(executor(), std::move(done), make_error_code(error::invalid_utf8));
    }
  } else {
    const error refused = driver::send(waits.what);
    if (refused != error::none || !machine_.is_high())
      return complete(executor(), std::move(done), make_error_code(refused));
    waits = {{}, true};
  }
  const bool is_sent = waits.is_sent;
  try {
    rare().sends.add(
        executor(), done,
        [kept = ref()](std::uint64_t id) {
          kept->rare().sends.cancel(id, kept->executor(),
                                    error_code(asio::error::operation_aborted));
        },
        std::move(waits));
  } catch (const std::bad_alloc&) {
    if (!is_sent) throw;
    complete(executor(), std::move(done), error_code());  // only the waiting is left out
  }
}

// There is room again: for as many as it takes, in their order.
void session::send_those_that_wait() {
  error_code outcome;
  rare_->sends.complete_if(
      executor(),
      [&](sending& each) {
        outcome = {};
        if (!each.is_sent) {
          if (state() != ready_state::open || machine_.send_queue_is_full()) return false;
          outcome      = make_error_code(driver::send(each.what));
          each.is_sent = true;
          each.what    = {};
        }
        return outcome || !machine_.is_high();
      },
      outcome);
  if (state() != ready_state::open) refuse_those_that_wait();
}

// The connection is no longer open: what has not been sent by now never will be.
void session::refuse_those_that_wait() {
  if (!holds_back()) return;
  rare_->sends.complete_if(
      executor(),
      [&](sending& each) {
        if (each.is_sent) return false;
        machine_.count_rejected(each.what.size(), now());
        return true;
      },
      make_error_code(error::not_open));
}

// Those that wait came first; and they are no reason to give the connection up.
error session::refuse_behind_those_that_wait(message_view outgoing) {
  machine_.count_rejected(outgoing.size(), now());
  note_rejected(error::send_queue_full);
  return error::send_queue_full;
}

void session::note_rejected(error why) noexcept {
  try {
    if (machine_.state() != ready_state::open && rare_) refuse_those_that_wait();
    if (std::exchange(rare().rejection_told, true)) return;
    const websocket_ref about(ref());
    log(log_level::warning,
        "a message to " + whom() + " was refused: " + std::string(explain(why)) +
            " (the close event's rejected_messages counts all of this connection)",
        &about);
  } catch (const std::bad_alloc&) {  // it is counted
  }
}

// --- receiving ---

// Until the application pauses again; others have their turn in between.
void session::hand_out_soon() {
  if (rare_->unread.empty()) return;
  asio::post(executor(), [kept = ref()] {
    session& s = *kept.session();
    s.within_memory([&] {
      int left = 64;  // at a time
      while (left != 0 && !s.rare_->paused && !s.rare_->told && s.hand_out_next()) --left;
      if (s.rare_->told) return;
      if (left == 0 && !s.rare_->paused) s.hand_out_soon();
      s.pause_as_needed();
    });
  });
}

bool session::is_receiving() const noexcept {
  return rare_ && !(rare_->receive.empty() && rare_->receive_within.empty());
}

// What there is to be had without waiting.
std::optional<receive_result> session::received_already() {
  rarely& r = rare();
  if (!r.unread.empty()) {
    receive_result next{receive_result::outcome::message, std::move(r.unread.front())};
    r.unread.pop_front();
    r.unread_bytes -= next.received.size();
    pause_as_needed();
    return next;
  }
  const bool no_more_can_come = state() != ready_state::connecting &&
                                !protocol::reads_frames(machine_.at()) &&
                                machine_.at() != protocol::stage::closed;
  if (closed() || no_more_can_come) return receive_result();
  return {};
}

void session::start_receive(completion<void(error_code, std::optional<message>)> done) {
  begin_waiting(
      executor(), done, [&] { receive(done); }, std::optional<message>());
}

void session::receive(completion<void(error_code, std::optional<message>)>& done) {
  if (is_receiving())
    return complete(executor(), std::move(done), make_error_code(error::already_receiving),
                    std::optional<message>());
  if (auto now = received_already()) {
    std::optional<message> next;
    if (*now) next = std::move(now->received);
    return complete(executor(), std::move(done), error_code(), std::move(next));
  }
  rare().receive.add(executor(), done, [kept = ref()](std::uint64_t id) {
    kept->rare().receive.cancel(id, kept->executor(), error_code(asio::error::operation_aborted),
                                std::optional<message>());
  });
}

void session::start_receive_within(std::chrono::milliseconds limit,
                                   completion<void(error_code, receive_result)> done) {
  begin_waiting(
      executor(), done, [&] { receive_within(limit, done); }, receive_result());
}

void session::receive_within(std::chrono::milliseconds limit,
                             completion<void(error_code, receive_result)>& done) {
  if (is_receiving())
    return complete(executor(), std::move(done), make_error_code(error::already_receiving),
                    receive_result());
  if (auto now = received_already())
    return complete(executor(), std::move(done), error_code(), std::move(*now));
  if (limit.count() <= 0)
    return complete(executor(), std::move(done), error_code(),
                    receive_result{receive_result::outcome::timed_out, {}});
  rarely& r = rare();
  r.receive_within.add(executor(), done, [kept = ref()](std::uint64_t id) {
    kept->drop_limit();
    kept->rare().receive_within.cancel(
        id, kept->executor(), error_code(asio::error::operation_aborted), receive_result());
  });
  r.limit.at =
      protocol::clock::now() + std::min<std::chrono::milliseconds>(limit, longest_deadline);
  group_->loop().schedule(r.limit, r.limit.at);
}

// False: nobody waits.
bool session::give_to_receiver(message_view incoming) {
  if (!rare_->receive.empty()) {
    rare_->receive.complete_all(executor(), error_code(),
                                std::optional<message>(message(incoming)));
    return true;
  }
  if (rare_->receive_within.empty()) return false;
  rare_->receive_within.complete_all(
      executor(), error_code(),
      receive_result{receive_result::outcome::message, message(incoming)});
  drop_limit();
  return true;
}

void session::receive_is_over(protocol::time now) {
  const protocol::time at = rare_->limit.at;
  if (now < at) return group_->loop().deadlines().schedule(rare_->limit, at);
  rare_->receive_within.complete_all(executor(), error_code(),
                                     receive_result{receive_result::outcome::timed_out, {}});
}

// Nothing of the wheel's may be left of a session that has ended.
void session::drop_limit() noexcept {
  if (std::exchange(rare_->limit.at, protocol::never) != protocol::never)
    group_->loop().deadlines().cancel(rare_->limit);
}

}  // namespace adieu::inline v1::api
