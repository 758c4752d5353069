// From attempt to attempt.
#include "api/reconnecting.hpp"

#include "base/log.hpp"
#include "http/characters.hpp"
#include "net/tls_error.hpp"
#include "protocol/connection.hpp"

#include <algorithm>
#include <functional>
#include <new>
#include <utility>

namespace adieu::inline v1::api {
namespace {

// What there was no memory for is tried again.
constexpr std::chrono::milliseconds memory_may_be_back{50};

// Of an attempt that never became a connection, or of none.
close_event never_opened(cause why, initiator who, std::string note) {
  close_event event;
  event.cause     = why;
  event.initiator = who;
  event.phase     = phase::resolving;
  event.note      = std::move(note);
  return event;
}

// What TLS itself finds wrong (a certificate, an alert) will be wrong again; a stream that fails or
// ends during its handshake may not.
bool lost_in_tls(const close_event& event) {
  return event.cause == cause::tls_failed &&
         (event.error.category() == boost::system::system_category() ||
          event.error == error_code(net::tls_cut_off(), net::tls_category()));
}

void replace(header_list& in, const std::string& name, const std::string& value) {
  std::erase_if(in,
                [&](const auto& field) { return http::equal_ignoring_case(field.first, name); });
  in.emplace_back(name, value);
}

// Of what an attempt says of itself: all that credentials can be in; at which of the endpoints does
// not matter. Not kept as it is, for they are secrets.
std::size_t fingerprint(const std::string& brought_url, const websocket_options& options) {
  std::size_t all = 0;
  const auto add  = [&](std::string_view part) {
    all = all * 31 + std::hash<std::string_view>()(part);
  };
  add(brought_url);
  for (const auto& [name, value] : options.headers) add(name), add(value);
  for (const std::string& each : options.subprotocols) add(each);
  return all;
}

}  // namespace

reconnecting::reconnecting(std::unique_ptr<world> in, std::string_view url,
                           reconnecting_options options, reconnecting_handlers handlers)
    : world_(std::move(in)),
      handlers_(std::move(handlers)),
      options_(std::move(options)),
      urls_(urls_of(url, options_)),
      rules_(rules_of(options_, handlers_)),
      judge_(rules_, world_->chance()),
      backlog_(options_.max_queued_messages, options_.max_queued_bytes) {
  check_client(urls_, options_, rules_);
  world_->belongs_to(this);
}

reconnecting::~reconnecting() { world_->belongs_to(nullptr); }

reconnecting_websocket reconnecting::made(std::unique_ptr<world> in, std::string_view url,
                                          reconnecting_options options,
                                          reconnecting_handlers handlers) {
  reconnecting_websocket handle;
  handle.core_ =
      std::make_shared<reconnecting>(std::move(in), url, std::move(options), std::move(handlers));
  reconnecting& made = *handle.core_;
  made.moved_to(&handle);
  made.stage_ = stage::waiting;  // not for long
  made.until_ = made.world_->now();
  made.post([](reconnecting& r) { r.due(); });
  return handle;
}

// --- ownership ---

void reconnecting::dropped_by_owner() noexcept {
  const auto alive = shared_from_this();
  face_            = nullptr;
  stage_           = stage::stopped;
  if (gone_) return;
  gone_  = true;
  until_ = protocol::never;
  world_->wake(until_);
  silence();
  link_.reset();
  backlog_.clear();
  unread_.clear();
  for (int tries = 0; tries < 2 && !receive_.empty(); ++tries) {
    try {
      receive_.complete_all(executor(), error_code(asio::error::operation_aborted),
                            std::optional<message>());
    } catch (const std::bad_alloc&) {
    }
  }
}

void reconnecting::cut_off() noexcept {
  const auto alive = shared_from_this();
  face_            = nullptr;
  stage_           = stage::stopped;
  gone_            = true;
  silence();
  link_.reset();
  waits<void(error_code, std::optional<message>)> destroyed;
  std::swap(destroyed, receive_);
}

// What handlers own may own this: they are destroyed last, and never while one runs.
void reconnecting::silence() noexcept {
  if (running_ != 0 || !(was_told_ || gone_)) return;
  const reconnecting_handlers last = std::exchange(handlers_, {});
  const auto decide                = std::exchange(options_.decide, {});
}

// --- an attempt ---

void reconnecting::arm() {
  const bool timed = stage_ == stage::waiting || stage_ == stage::asking;
  world_->wake(pays_late_ ? world_->now() + memory_may_be_back : timed ? until_ : protocol::never);
}

void reconnecting::owe(owed what, cause why, const char* words, std::string note) noexcept {
  owed_       = what;
  owed_cause_ = why;
  owed_words_ = words;
  owed_note_  = std::move(note);
  try {
    post([](reconnecting& r) { r.pay(); });
  } catch (const std::bad_alloc&) {
    pay_later();
  }
}

void reconnecting::pay_later() noexcept {
  pays_late_ = true;
  arm();
}

void reconnecting::pay() {
  const owed what = std::exchange(owed_, owed::nothing);
  pays_late_      = false;
  telling_        = false;
  try {
    pay(what);
  } catch (const std::bad_alloc&) {
    if (telling_) throw;  // a handler's
    owed_ = what;
    pay_later();
  }
}

void reconnecting::pay(owed what) {
  switch (what) {
    case owed::nothing: return;
    case owed::connecting:
      if (stage_ == stage::asking) connect_as_it_is();
      return;
    case owed::failing:
      if (stage_ == stage::connecting && !link_)
        fail_attempt(owed_cause_, initiator::local, owed_note_.empty() ? owed_words_ : owed_note_);
      return;
    case owed::failing_unchanged:
      if (stage_ == stage::connecting && !link_)
        decide(never_opened(cause::abandoned, initiator::local,
                            "on_attempt brought the credentials that had been refused"),
               true);
      return;
    case owed::giving_up:
      if (stage_ == stage::stopped) return;
      return conclude(never_opened(owed_cause_, initiator::local, owed_note_),
                      {.come_back = false, .why = "it can never connect: " + owed_note_});
    case owed::concluding:
      return conclude(never_opened(owed_cause_, initiator::local, "between two connections"),
                      {.come_back = false, .why = "closed by the application"});
    case owed::end_of_link:
      if (link_ && link_->closed()) ended(*link_->closed());
      return;
  }
}

void reconnecting::due() {
  const auto alive = shared_from_this();
  if (pays_late_) return pay();
  if (stage_ != stage::waiting && stage_ != stage::asking) return;
  if (world_->now() < until_) return arm();
  if (stage_ == stage::waiting) return begin_attempt();
  fail_attempt(cause::opening_timed_out, initiator::none, "on_attempt did not answer in time");
}

void reconnecting::begin_attempt() {
  link_.reset();
  leaving_ = leaving::no;
  stage_   = stage::asking;
  until_   = world_->now() + options_.answer_within;
  ++attempt_;
  arm();
  try {
    judge_.attempt_begins(world_->now());
  } catch (const std::bad_alloc&) {
    stage_ = stage::connecting;
    return owe(owed::failing, cause::out_of_memory);
  }
  const std::uint64_t number = attempt_;
  if (!handlers_.on_attempt) {
    owed_ = owed::connecting;
    return pay();
  }
  const running now(*this);
  guarded(
      [&] { call(&reconnecting_handlers::on_attempt, attempt_reply(weak_from_this(), number)); },
      [&](const std::exception_ptr& thrown) {
        // The reply was dropped on the way out: that is not an answer.
        if (asks(number)) {
          stage_ = stage::connecting;
          std::string note;
          try {
            note = "on_attempt threw: " + what_of(thrown);
          } catch (const std::bad_alloc&) {  // the shorter words will do
          }
          owe(owed::failing, cause::handler_failed, "on_attempt threw", std::move(note));
        }
        threw(thrown);
      });
}

void reconnecting::connect(attempt_changes with) {
  websocket_options options = options_.websocket;
  for (const auto& [name, value] : with.headers) replace(options.headers, name, value);
  if (!with.subprotocols.empty()) options.subprotocols = std::move(with.subprotocols);
  const std::string to   = with.url.empty() ? url() : std::string(with.url);
  const std::size_t says = fingerprint(with.url, options);
  if (says == refused_ && world_->now() < not_again_before_) {
    stage_ = stage::connecting;
    arm();
    return owe(owed::failing_unchanged);
  }
  link_    = world_->connect(to, std::move(options), heard());
  says_    = says;
  stage_   = stage::connecting;
  is_held_ = false;
  arm();
  hold_as_needed();
}

// Nobody can be told by an exception that it cannot be.
void reconnecting::connect_as_it_is() {
  try {
    connect({});
  } catch (const system_error& wrong) {
    owe(owed::giving_up, cause::terminated, "", wrong.what());
  } catch (const std::bad_alloc&) {
    stage_ = stage::connecting;
    arm();
    owe(owed::failing, cause::out_of_memory);
  }
}

void reconnecting::fail(std::string why) noexcept {
  stage_ = stage::connecting;
  arm();
  owe(owed::failing, cause::abandoned, "", std::move(why));
}

void reconnecting::fail_unsendable() noexcept {
  stage_ = stage::connecting;
  arm();
  owe(owed::failing, cause::abandoned, "what was asked for cannot be sent");
}

void reconnecting::reply_dropped(std::uint64_t number) noexcept {
  if (asks(number)) owe(owed::connecting);
}

void reconnecting::fail_attempt(cause why, initiator who, std::string note) {
  decide(never_opened(why, who, std::move(note)));
}

// --- the end of an attempt ---

// What was refused while there was no connection is told with the next end.
close_event reconnecting::with_rejected(const close_event& about) {
  close_event event = about;
  event.rejected_messages += std::exchange(rejected_messages_, 0);
  event.rejected_bytes += std::exchange(rejected_bytes_, 0);
  return event;
}

void reconnecting::decide(const close_event& about, bool unchanged_credentials) {
  const running now_running(*this);
  const close_event event = with_rejected(about);
  if (leaving_ == leaving::for_good)
    return conclude(event, {.come_back = false, .why = "closed by the application"});
  const protocol::time now = world_->now();
  decision made            = unchanged_credentials ? judge_.judge_unchanged_credentials(event, now)
                                                   : judge_.judge(event, lost_in_tls(event), now);
  std::exception_ptr thrown;
  if (options_.decide && face_ && leaving_ == leaving::no) {
    decision changed = made;
    guarded(
        [&] {
          options_.decide(event, judge_.history(), changed);
          made = std::move(changed);
        },
        [&](const std::exception_ptr& what) { thrown = what; });
    if (stage_ == stage::stopped)
      return threw(thrown);  // it has closed the client, or destroyed it
  }
  if (leaving_ == leaving::for_good) {
    decide(event);
    return threw(thrown);
  }
  if (leaving_ == leaving::to_reconnect) made = {.why = "reconnect_now()"};
  judge_.settle(made, now);
  if (made.new_credentials && event.cause == cause::refused && judge_.history().known_good) {
    refused_          = says_;
    not_again_before_ = now + rules_.backoff.credentials_floor;
  }
  if (made.come_back)
    come_back(event, made);
  else
    conclude(event, made);
  threw(thrown);
}

// By a handler, if there is anything: where no connection is left to be ended by it.
void reconnecting::threw(const std::exception_ptr& thrown) {
  if (!thrown) return;
  if (!propagates()) return tell_exception(thrown);
  telling_ = true;
  std::rethrow_exception(thrown);
}

// An on_exception that throws ends the program.
void reconnecting::tell_exception(const std::exception_ptr& thrown) noexcept {
  if (face_ && handlers_.on_exception) {
    const running now(*this);
    return handlers_.on_exception(thrown);
  }
  try {
    log(log_level::error,
        "a handler of the reconnecting client for " + urls_[at_] + " threw: " + what_of(thrown));
  } catch (const std::bad_alloc&) {
    log(log_level::error, "a handler of a reconnecting client threw");
  }
}

void reconnecting::come_back(const close_event& event, const decision& made) {
  if (made.next_endpoint) at_ = (at_ + 1) % urls_.size();
  needs_credentials_ = made.new_credentials;
  stage_             = paused_ ? stage::idle : stage::waiting;
  until_             = world_->now() + made.delay;
  arm();
  tell(&reconnecting_handlers::on_down, event, made);
}

void reconnecting::conclude(const close_event& about, const decision& made) {
  if (was_told_ || gone_) return;
  const close_event event = with_rejected(about);
  was_told_               = true;
  stage_                  = stage::stopped;
  arm();
  no_more_messages();
  tell(&reconnecting_handlers::on_close, event, made);
  silence();
}

}  // namespace adieu::inline v1::api
