// What passes between the application and the present connection.
#include "api/reconnecting.hpp"

#include "base/log.hpp"
#include "protocol/budget.hpp"

#include <list>
#include <new>
#include <utility>

namespace adieu::inline v1::api {

// --- from the connection ---

link::handlers reconnecting::heard() {
  return {
      .on_open    = [this] { opened(); },
      .on_message = [this](message_view message) { came(message); },
      .on_drain   = [this] { drained(); },
      .on_closing = [this](closing_reply reply) { peer_closes(std::move(reply)); },
      .on_ended   = [this](const close_event& event) { ended(event); },
      .on_exception =
          [this](const std::exception_ptr& thrown) {
            // The log has it already; where it propagates it leaves run().
            if (face_ && handlers_.on_exception && !propagates()) tell_exception(thrown);
          },
  };
}

void reconnecting::opened() {
  const auto alive = shared_from_this();
  stage_           = stage::open;
  judge_.opened();
  refused_.reset();
  const std::uint64_t number = attempt_;
  call(&reconnecting_handlers::on_open);
  if (stage_ != stage::open || attempt_ != number) return;
  flushing_ = true;
  backlog_.resume();
  flush();
}

void reconnecting::came(message_view message) {
  const auto alive = shared_from_this();
  if (call(&reconnecting_handlers::on_message, message)) return;
  if (!receive_.empty())
    return receive_.complete_all(executor(), error_code(),
                                 std::optional<adieu::message>(adieu::message(message)));
  keep_unread(message);
}

void reconnecting::drained() {
  const auto alive = shared_from_this();
  trim();
  flush();
  if (!backlog_.waits()) call(&reconnecting_handlers::on_drain);
}

void reconnecting::peer_closes(closing_reply reply) {
  const auto alive = shared_from_this();
  trim();
  call(&reconnecting_handlers::on_closing, std::move(reply));
}

void reconnecting::ended(const close_event& event) {
  const auto alive = shared_from_this();
  telling_         = false;
  try {
    tell_end_of(event);
  } catch (const std::bad_alloc&) {
    if (telling_) throw;  // a handler's
    owed_ = owed::end_of_link;
    pay_later();
  }
}

void reconnecting::tell_end_of(const close_event& event) {
  flushing_ = false;
  // Last words went behind all else: of what never left they are the last.
  const std::uint64_t words = link_->last_words();
  const std::uint64_t lost  = event.unsent_messages > words ? event.unsent_messages - words : 0;
  backlog_.lost(static_cast<std::size_t>(lost), event.unsent_bytes, event.code == 1009);
  decide(event);
}

// --- to the connection ---

error reconnecting::send(message_view outgoing) {
  if (stage_ == stage::stopped || leaving_ == leaving::for_good) {
    count_rejected(outgoing.size());
    return error::not_open;
  }
  if (stage_ == stage::open && link_->takes_messages() && !(flushing_ && backlog_.waits())) {
    std::list<message> copy;
    copy.emplace_back(outgoing);
    const error refused = link_->send(outgoing);  // the connection counts what it refuses
    if (refused == error::none) {
      backlog_.handed_over(std::move(copy));
      trim_soon();
    }
    return refused;
  }
  const error refused = backlog_.queue(outgoing);
  if (refused != error::none) count_rejected(outgoing.size());
  return refused;
}

// Without a connection that counts it, or beside it.
void reconnecting::count_rejected(std::uint64_t bytes) noexcept {
  ++rejected_messages_;
  rejected_bytes_ += bytes;
  if (std::exchange(rejection_told_, true)) return;
  log(log_level::warning,
      "a message was refused by a reconnecting client without a connection (rejected_messages of "
      "the next close event counts all)");
}

void reconnecting::flush_now() noexcept {
  if (link_ && stage_ == stage::open) link_->flush_now();
}

void reconnecting::flush() {
  if (stage_ != stage::open || !flushing_) return;
  // Asked first: a full queue would close the connection, and what it refuses it counts as lost.
  while (backlog_.waits() && link_->has_room() && link_->takes_messages() &&
         link_->send(backlog_.next()) == error::none)
    backlog_.next_handed_over();
  trim_soon();
}

std::uint64_t reconnecting::buffered_amount() const noexcept {
  return backlog_.bytes() + (link_ && stage_ == stage::open ? link_->buffered_amount() : 0);
}

// What has left need not be kept for a replay.
void reconnecting::trim() {
  if (link_ && stage_ == stage::open) backlog_.remaining(link_->queued_messages());
}

void reconnecting::trim_soon() noexcept {
  if (trim_posted_ || backlog_.with_connection() == 0) return;
  try {
    post([](reconnecting& r) {
      r.trim_posted_ = false;
      r.trim();
    });
    trim_posted_ = true;
  } catch (const std::bad_alloc&) {  // the next message or end will do
  }
}

// --- async_receive ---

void reconnecting::keep_unread(message_view message) {
  unread_.emplace_back(message);
  unread_bytes_ += message.size();
  hold_as_needed();
}

void reconnecting::hold_as_needed() noexcept {
  const bool held = reading_held_ || protocol::is_full(options_.websocket.connection.max_unread,
                                                       unread_bytes_, unread_.size());
  if (!link_ || held == is_held_) return;
  is_held_ = held;
  link_->hold_reading(held);
}

void reconnecting::hold_reading(bool held) noexcept {
  reading_held_ = held;
  hold_as_needed();
}

void reconnecting::start_receive(completion<void(error_code, std::optional<message>)> done) {
  begin_waiting(
      executor(), done, [&] { receive(done); }, std::optional<message>());
}

void reconnecting::receive(completion<void(error_code, std::optional<message>)>& done) {
  if (!receive_.empty())
    return complete(executor(), std::move(done), make_error_code(error::already_receiving),
                    std::optional<message>());
  if (!unread_.empty()) {
    std::optional<message> next(std::move(unread_.front()));
    unread_.pop_front();
    unread_bytes_ -= next->size();
    hold_as_needed();
    return complete(executor(), std::move(done), error_code(), std::move(next));
  }
  if (was_told_ || gone_)
    return complete(executor(), std::move(done), error_code(), std::optional<message>());
  receive_.add(executor(), done, [alive = shared_from_this()](std::uint64_t id) {
    alive->receive_.cancel(id, alive->executor(), error_code(asio::error::operation_aborted),
                           std::optional<message>());
  });
}

// What cannot be completed for want of memory is destroyed with this.
void reconnecting::no_more_messages() noexcept {
  for (int tries = 0; tries < 2 && unread_.empty() && !receive_.empty(); ++tries) {
    try {
      receive_.complete_all(executor(), error_code(), std::optional<message>());
    } catch (const std::bad_alloc&) {
    }
  }
}

}  // namespace adieu::inline v1::api
