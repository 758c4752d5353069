// From attempt to attempt.
#include "api/reconnecting.hpp"

#include "api/group.hpp"
#include "http/characters.hpp"
#include "http/url.hpp"
#include "net/tls_error.hpp"
#include "protocol/client_opening.hpp"
#include "protocol/connection.hpp"

#include <algorithm>
#include <utility>

namespace adieu::inline v1::api {
namespace {

// For the closing handshake of a connection that is given up for another.
constexpr std::chrono::seconds abandon_within{1};

[[noreturn]] void refuse(error why, const std::string& what) {
  throw system_error(make_error_code(why), "adieu::reconnecting_websocket: " + what);
}

void check(const std::vector<std::string>& urls, const reconnecting_options& options,
           const protocol::reconnect_rules& rules) {
  for (const std::string& url : urls)
    if (const auto parsed = http::parse_url(url); !parsed.value) refuse(error::bad_url, parsed.why);
  const bool abandons = options.abandon_code == 0 || options.abandon_code == 1000 ||
                        !may_send(options.abandon_code, role::client);
  if (options.abandon_code != 0 && abandons)
    refuse(error::bad_option, "abandon_code must be from 3000 to 4999, or 0 (terminate)");
  if (options.answer_within.count() <= 0 || options.answer_within > longest_deadline)
    refuse(error::bad_option, "answer_within must be above 0, and a year at most");
  for (const std::string& wrong :
       {protocol::wrong_with(rules), protocol::wrong_with(options.websocket),
        wrong_with(options.websocket.connection)})
    if (!wrong.empty()) refuse(error::bad_option, wrong);
}

protocol::reconnect_rules rules_of(const reconnecting_options& options,
                                   const reconnecting_handlers& handlers) {
  return {.backoff            = options.backoff,
          .policy             = options.policy,
          .stable_after       = options.stable_after,
          .max_attempts       = options.max_attempts,
          .max_elapsed        = options.max_elapsed,
          .endpoints          = options.endpoints.size() + 1,
          .brings_credentials = static_cast<bool>(handlers.on_attempt)};
}

std::vector<std::string> all_urls(std::string_view first, const std::vector<std::string>& more) {
  std::vector<std::string> all{std::string(first)};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

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

}  // namespace

reconnecting::reconnecting(std::unique_ptr<world> in, std::string_view url,
                           reconnecting_options options, reconnecting_handlers handlers)
    : world_(std::move(in)),
      handlers_(std::move(handlers)),
      options_(std::move(options)),
      urls_(all_urls(url, options_.endpoints)),
      rules_(rules_of(options_, handlers_)),
      judge_(rules_, world_->chance()),
      backlog_(options_.max_queued_messages, options_.max_queued_bytes) {
  check(urls_, options_, rules_);
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
  receive_.complete_all(executor(), error_code(asio::error::operation_aborted),
                        std::optional<message>());
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
  world_->wake(timed ? until_ : protocol::never);
}

void reconnecting::due() {
  const auto alive = shared_from_this();
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
  judge_.attempt_begins(world_->now());
  arm();
  const std::uint64_t number = attempt_;
  if (!handlers_.on_attempt) return connect_as_it_is();
  try {
    call(&reconnecting_handlers::on_attempt, attempt_reply(weak_from_this(), number));
  } catch (...) {
    // The reply was dropped on the way out: that is not an answer.
    if (asks(number)) {
      stage_ = stage::connecting;
      post([number](reconnecting& r) {
        if (r.attempt_ == number && r.stage_ == stage::connecting && !r.link_)
          r.fail_attempt(cause::handler_failed, initiator::local, "on_attempt threw");
      });
    }
    throw;
  }
}

void reconnecting::connect(attempt_changes with) {
  websocket_options options = options_.websocket;
  for (const auto& [name, value] : with.headers) replace(options.headers, name, value);
  if (!with.subprotocols.empty()) options.subprotocols = std::move(with.subprotocols);
  link_    = world_->connect(with.url.empty() ? url() : with.url, std::move(options), heard());
  stage_   = stage::connecting;
  is_held_ = false;
  arm();
  hold_as_needed();
}

// Nobody can be told by an exception that it cannot be.
void reconnecting::connect_as_it_is() try { connect({}); } catch (const system_error& wrong) {
  post([what = std::string(wrong.what())](reconnecting& r) {
    if (r.stage_ == stage::stopped) return;
    r.conclude(never_opened(cause::terminated, initiator::local, what),
               {.come_back = false, .why = "it can never connect: " + what});
  });
}

void reconnecting::fail(std::string why) {
  stage_ = stage::connecting;
  arm();
  post([why = std::move(why), number = attempt_](reconnecting& r) mutable {
    if (r.attempt_ == number && r.stage_ == stage::connecting && !r.link_)
      r.fail_attempt(cause::abandoned, initiator::local, std::move(why));
  });
}

void reconnecting::reply_dropped(std::uint64_t number) noexcept {
  post([number](reconnecting& r) {
    if (r.asks(number)) r.connect_as_it_is();
  });
}

void reconnecting::fail_attempt(cause why, initiator who, std::string note) {
  decide(never_opened(why, who, std::move(note)));
}

// --- the end of an attempt ---

void reconnecting::decide(const close_event& event) {
  if (leaving_ == leaving::for_good)
    return conclude(event, {.come_back = false, .why = "closed by the application"});
  const protocol::time now = world_->now();
  decision made            = judge_.judge(event, lost_in_tls(event), now);
  std::exception_ptr thrown;
  if (options_.decide && face_ && leaving_ == leaving::no) {
    decision changed = made;
    ++running_;
    try {
      options_.decide(event, judge_.history(), changed);
      made = std::move(changed);
    } catch (...) {
      thrown = std::current_exception();
    }
    --running_;
    silence();
    if (stage_ == stage::stopped) return;  // it has closed the client, or destroyed it
  }
  if (leaving_ == leaving::for_good) return decide(event);
  if (leaving_ == leaving::to_reconnect) made = {.why = "reconnect_now()"};
  judge_.settle(made, now);
  if (made.come_back)
    come_back(event, made);
  else
    conclude(event, made);
  if (thrown) std::rethrow_exception(thrown);
}

void reconnecting::come_back(const close_event& event, const decision& made) {
  if (made.next_endpoint) at_ = (at_ + 1) % urls_.size();
  needs_credentials_ = made.new_credentials;
  stage_             = paused_ ? stage::idle : stage::waiting;
  until_             = world_->now() + made.delay;
  arm();
  call(&reconnecting_handlers::on_down, event, made);
}

void reconnecting::conclude(const close_event& event, const decision& made) {
  if (was_told_ || gone_) return;
  was_told_ = true;
  stage_    = stage::stopped;
  arm();
  no_more_messages();
  call(&reconnecting_handlers::on_close, event, made);
  silence();
}

// --- the handle's calls ---

reconnect_state reconnecting::state() const noexcept {
  switch (stage_) {
    case stage::idle: return reconnect_state::idle;
    case stage::asking:
    case stage::connecting: return reconnect_state::connecting;
    case stage::open: return reconnect_state::open;
    case stage::waiting: return reconnect_state::waiting;
    case stage::stopped: break;
  }
  return reconnect_state::stopped;
}

error reconnecting::close(code_to_send code, std::string_view reason, bool& began) {
  began = false;
  if (stage_ == stage::stopped || leaving_ == leaving::for_good) return error::none;
  if (const error wrong = protocol::check_close(code, reason, role::client); wrong != error::none)
    return wrong;
  began = true;
  if (!link_ || (stage_ != stage::connecting && stage_ != stage::open)) {
    stop(cause::abandoned);
    return error::none;
  }
  leaving_ = leaving::for_good;
  link_->close(code, reason);  // false: it is closing already; that end is the last
  return error::none;
}

void reconnecting::terminate() {
  if (stage_ == stage::stopped) return;
  if (!link_ || (stage_ != stage::connecting && stage_ != stage::open))
    return stop(cause::terminated);
  leaving_ = leaving::for_good;
  link_->terminate();
}

// There is no connection whose end could be told.
void reconnecting::stop(cause why) {
  stage_ = stage::stopped;
  arm();
  post([why](reconnecting& r) {
    r.conclude(never_opened(why, initiator::local, "between two connections"),
               {.come_back = false, .why = "closed by the application"});
  });
}

void reconnecting::confirm() noexcept {
  if (stage_ == stage::open) judge_.confirm();
}

void reconnecting::reconnect_now() {
  if (paused_) return;
  if (stage_ == stage::waiting) {
    until_ = judge_.soonest(world_->now());
    return arm();
  }
  if (stage_ != stage::open || leaving_ != leaving::no) return;
  leaving_ = leaving::to_reconnect;
  if (options_.abandon_code == 0) return link_->terminate();
  link_->close(options_.abandon_code, "");
  link_->hurry(abandon_within);
}

void reconnecting::pause() noexcept {
  paused_ = true;
  if (stage_ != stage::waiting) return;
  stage_ = stage::idle;
  arm();
}

void reconnecting::resume() {
  paused_ = false;
  if (stage_ != stage::idle) return;
  stage_ = stage::waiting;
  arm();
}

}  // namespace adieu::inline v1::api
