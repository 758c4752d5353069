// What goes up from the driver reaches the application here, and in which order.
#include "api/session.hpp"

#include "api/server_core.hpp"
#include "base/guarded.hpp"
#include "base/log.hpp"
#include "protocol/budget.hpp"

#include <adieu/closing_reply.hpp>

#include <cerrno>
#include <cstring>
#include <new>

namespace adieu::inline v1::api {

void retain(session& kept) noexcept { kept.retain(); }
void release(session& kept) noexcept { kept.release(); }

void group::on_agreed(net::driver& on, std::string subprotocol) {
  static_cast<session&>(on).agreed(std::move(subprotocol));
}

void group::on_asking_again(net::driver& on, std::string_view why) {
  static_cast<session&>(on).asks_again(why);
}

session::session(group& of) : driver(of.loop(), of.terms()), group_(&of) {
  if (const trace_options& how = machine_.options().trace; how.hook)
    rare().trace = std::make_unique<tracer>(how);
}

session::rarely& session::rare() {
  if (!rare_) rare_ = std::make_unique<rarely>(*this);
  return *rare_;
}

// --- ownership ---

void session::live_at_home() {
  home_.session_ = ref();
  face_          = &home_;
}

void session::dropped_by_owner() noexcept {
  face_ = nullptr;
  if (machine_.side() == role::client) group_->silence();
  if (rare_) abort_waits();
  leave();
  // A ref or reply of its own in its data would keep the shell for ever.
  if (closed()) data_ = {};
}

// The handler of that name, with the websocket wherever it is now. False if there is nobody to
// call.
template <typename Handler, typename... Args>
[[gnu::always_inline]] inline bool session::call(Handler websocket_handlers::*which,
                                                 Args&&... args) {
  if (!face_ || group_->silent() || !(group_->handlers.*which)) return false;
  const group::running now(*group_);
  call_handler([&] { (group_->handlers.*which)(*face_, std::forward<Args>(args)...); });
  return true;
}

void session::call_posted(handler<void(websocket&)>& what) {
  if (!face_) return;
  const group::running now(*group_);
  call_handler([&] { what(*face_); });
}

// True: the close event, if it has not been told, tells of another one already.
bool session::on_handler_threw(const std::exception_ptr& thrown) noexcept {
  const bool is_opening = machine_.side() == role::server && !machine_.was_open();
  const bool is_over    = closed() || (is_opening && state() == ready_state::closed);
  try {
    const websocket_ref about(ref());
    const int before = rare().exceptions_told;
    if (before < rarely::most_exceptions_told) {
      const bool is_last = ++rare_->exceptions_told == rarely::most_exceptions_told;
      log(log_level::error,
          "a handler of the connection with " + whom() + " threw" +
              (is_over || before != 0 ? ": " : ", which ends the connection: ") + what_of(thrown) +
              (is_last ? " (on_exception is told what it throws from now on, the log is not)" : ""),
          &about);
    }
    if (is_opening && !is_over) {
      server_core::fail_opening(*this, thrown);
      return true;
    }
    if (!is_over && !rare().event.exception) {
      rare_->event.exception = thrown;
      return false;
    }
  } catch (const std::bad_alloc&) {
    if (!is_over) return false;
  }
  group_->tell_exception(thrown);
  return true;
}

std::string session::whom() const {
  const endpoint at = peer();
  return at.address.empty() ? "a peer" : to_string(at);
}

void group::tell_exception(const std::exception_ptr& thrown) noexcept {
  if (handlers.on_exception && !silent_) handlers.on_exception(thrown);
}

// --- from the driver ---

void session::on_opened() {
  struct after {  // what waits is told although the handler throws
    session& s;
    ~after() {
      s.with_reserve([this] {
        if (s.rare_) s.rare_->opened.complete_all(s.executor(), error_code());
      });
    }
  } then{*this};
  call(&websocket_handlers::on_open);
}

void session::on_message(message_view incoming) {
  if (!face_) return;
  // While closing we read on although the application has paused; what it gets it gets in order.
  const bool held = rare_ && (rare_->paused || !rare_->unread.empty());
  if (!held && call(&websocket_handlers::on_message, incoming)) return;
  if (rare_ && give_to_receiver(incoming)) return;
  keep_unread(incoming);
}

void session::keep_unread(message_view incoming) {
  rarely& r                 = rare();
  const std::uint64_t limit = machine_.options().max_unread;
  const bool no_room        = limit != 0 && (r.unread_bytes + incoming.size() > limit ||
                                      protocol::is_full(limit, r.unread_bytes, r.unread.size()));
  if (no_room && state() != ready_state::open && !r.unread.empty())
    return machine_.count_late_message();
  r.unread.emplace_back(incoming);
  r.unread_bytes += incoming.size();
  pause_as_needed();
}

void session::pause_as_needed() {
  pause(rare_ && (rare_->paused || protocol::is_full(machine_.options().max_unread,
                                                     rare_->unread_bytes, rare_->unread.size())));
}

void session::on_closing() {
  if (rare_) refuse_those_that_wait();
  no_more_messages();
  closing_reply reply(ref());
  if (!face_ || group_->silent() || !group_->handlers.on_closing) return;  // dropped: answered
  struct during {
    rarely& r;
    explicit during(rarely& of) noexcept : r(of) { r.in_on_closing = true; }
    ~during() { r.in_on_closing = false; }
  };
  {
    const during now(rare());
    call(&websocket_handlers::on_closing, std::move(reply));
  }
  if (rare().reply_finished) driver::finish_reply();
}

void session::finish_reply() noexcept {
  if (rare_ && rare_->in_on_closing)
    rare_->reply_finished = true;
  else
    driver::finish_reply();
}

error session::send_last_word(message_view outgoing) {
  rarely& r           = rare();
  const error refused = driver::send_last_word(outgoing);
  if (refused == error::none)
    ++r.last_words;
  else
    note_rejected(refused);
  return refused;
}

void session::on_pong(std::span<const std::byte> payload) {
  std::uint64_t number = 0;
  if (!rare_ || payload.size() != sizeof number) return;
  std::memcpy(&number, payload.data(), sizeof number);
  // A peer need not answer those before the newest. [RFC 6455 5.5.3] The arguments are read after
  // the question was answered, so each is told its own time.
  const auto at = clock::now();
  clock::duration took{};
  rare_->pings.complete_if(
      executor(),
      [&](const ping_sent& p) {
        took = at - p.at;
        return p.number <= number;
      },
      error_code(), took);
}

void session::on_drained() {
  if (rare_) send_those_that_wait();
  if (!machine_.is_high()) call(&websocket_handlers::on_drain);
}

void session::on_unacknowledged(std::uint64_t n) noexcept {
  try {
    rare().event.unacknowledged_bytes = n;
  } catch (const std::bad_alloc&) {  // then it is not known
  }
}

void session::on_error(error_code why) noexcept {
  try {
    if (!rare().event.error) rare_->event.error = why;
  } catch (const std::bad_alloc&) {  // before_end() says which error that is
  }
}

void session::before_end() {
  rarely& r         = rare();
  const ending& how = machine_.ending_so_far();
  if (how.cause == cause::out_of_memory && !r.event.error)
    r.event.error = {ENOMEM, boost::system::system_category()};
  refuse_those_that_wait();
  if (machine_.side() == role::client || machine_.was_open()) return;
  if (!r.refused) r.refused = std::make_unique<refusal>();
  refusal& told = *r.refused;
  if (told.why.empty()) told.why = how.note;
  if (told.why.empty()) told.why = name(how.cause);
  told.cause           = how.cause;
  told.remote_endpoint = peer();
  told.error           = r.event.error;
}

// From then on the event is complete: what is counted goes to it no more.
void session::complete_event() noexcept {
  close_event& event          = rare_->event;
  static_cast<ending&>(event) = std::move(machine_.ending_so_far());
  if (event.was_clean) event.error = {};
  if (!machine_.was_open()) event.response = group_->response;
}

// The event is the last of all callbacks. What waits is told although a handler throws.
void session::on_ended() {
  struct after {
    session& s;
    session_ref alive = s.ref();
    ~after() {
      s.rare_->told = true;
      s.complete_waits();
      const bool was_home = s.is_home();
      if (was_home) s.face_ = nullptr;
      s.home_ = websocket();  // the application may have put another connection in its place
      if (!s.face_) s.data_ = {};
      if (s.machine_.side() == role::client) s.group_->silence();
      s.group_->on_session_gone(s);
    }
  } then{*this};
  std::exception_ptr thrown;
  {
    struct completed {  // what is refused while the rest is handed out is counted, too
      session& s;
      ~completed() { s.complete_event(); }
    } then_complete{*this};
    thrown = hand_out_the_rest();
  }
  if (machine_.side() == role::server && !machine_.was_open())
    return group_->on_opening_ended(*this);
  rare_->told = true;
  group_->on_session_ended(*this, rare_->event);
  call(&websocket_handlers::on_close, std::as_const(rare_->event));
  if (thrown) std::rethrow_exception(thrown);
}

void session::complete_waits() noexcept {
  with_reserve([this] { rare_->closed.complete_all(executor(), error_code(), rare_->event); });
  with_reserve([this] { no_more_messages(); });
  with_reserve([this] { rare_->opened.complete_all(executor(), opening_error()); });
  with_reserve([this] { rare_->sends.complete_all(executor(), make_error_code(error::not_open)); });
  with_reserve([this] {
    rare_->pings.complete_all(executor(), error_code(asio::error::operation_aborted),
                              clock::duration());
  });
}

// What is left then is destroyed with this, its handler uncalled.
template <typename Work>
void session::with_reserve(Work work) noexcept {
  try {
    group_->loop().with_reserve(work);
  } catch (const std::bad_alloc&) {
  }
}

// A handler that throws now must not keep the event from being told.
std::exception_ptr session::hand_out_the_rest() {
  std::exception_ptr first;
  for (bool more = true; more;) {
    try {
      more = hand_out_next();
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  }
  return first;
}

// What had come while the application was paused is still delivered, before the event. False if
// there is none, or nobody to get it.
bool session::hand_out_next() {
  if (!face_ || !group_->handlers.on_message || rare_->unread.empty()) return false;
  const message next = std::move(rare_->unread.front());
  rare_->unread.pop_front();
  rare_->unread_bytes -= next.size();
  return call(&websocket_handlers::on_message, message_view(next));
}

void session::no_more_messages() {
  if (!rare_ || !rare_->unread.empty()) return;
  drop_limit();
  rare_->receive.complete_all(executor(), error_code(), std::optional<message>());
  rare_->receive_within.complete_all(executor(), error_code(), receive_result());
}

error_code session::opening_error() const {
  if (machine_.was_open()) return {};
  return rare_->event.error ? rare_->event.error : make_error_code(rare_->event.cause);
}

// The owner is gone, the waits with it. Without any the io_context may be gone as well.
void session::abort_waits() noexcept {
  if (!rare_->is_waited_for()) return;
  with_reserve([this] {
    const error_code aborted = asio::error::operation_aborted;
    rare_->opened.complete_all(executor(), aborted);
    drop_limit();
    rare_->receive.complete_all(executor(), aborted, std::optional<message>());
    rare_->receive_within.complete_all(executor(), aborted, receive_result());
    rare_->sends.complete_all(executor(), aborted);
    rare_->pings.complete_all(executor(), aborted, clock::duration());
    rare_->closed.complete_all(executor(), aborted, close_event());
  });
}

// The io_context is being destroyed: nothing may be called or posted any more.
void session::on_cut_off() noexcept {
  const session_ref alive = ref();
  face_                   = nullptr;
  if (rare_) drop_limit();
  std::unique_ptr<rarely> waiting = std::move(rare_);
  try {
    rarely& r = rare();
    if (waiting) r.event.error = waiting->event.error;
    static_cast<ending&>(r.event) = std::move(machine_.ending_so_far());
    r.told                        = true;
  } catch (const std::bad_alloc&) {  // the shell says closed, and not how
  }
  waiting.reset();
  if (machine_.side() == role::client) group_->silence();
  home_ = websocket();
  data_ = {};
}

// --- refused openings ---

void session::note_refusal(unsigned status, std::string why, std::string target) {
  if (!rare().refused) rare_->refused = std::make_unique<refusal>();
  rare_->refused->status = static_cast<std::uint16_t>(status);
  rare_->refused->why    = std::move(why);
  rare_->refused->target = std::move(target);
}

// A trace that there is no memory for ends; the connection does not.
template <typename Tell>
void session::tell_trace(Tell tell) {
  if (!rare_ || !rare_->trace) return;
  const websocket_ref on(ref());
  adieu::guarded([&] { tell(*rare_->trace, on); },
                 [&](const std::exception_ptr&) {
                   rare_->trace.reset();
                   log(log_level::warning, "there is no memory for a trace: it ends here", &on);
                 });
}

void session::seen(std::span<const std::byte> bytes, trace_direction towards) {
  tell_trace([&](tracer& to, const websocket_ref& on) {
    to.seen(on, bytes, towards, machine_.deflate());
  });
}

void session::asks_again(std::string_view why) {
  const websocket_ref about(ref());
  log(log_level::warning, why, &about);
  tell_trace([&](tracer& to, const websocket_ref& on) { to.begins_anew(on, why); });
}

}  // namespace adieu::inline v1::api
