// What the shipped client asks of its world, and what it tells.
#include "simulator/herd_client.hpp"

#include "simulator/herd_attempt.hpp"
#include "simulator/herd_server.hpp"

#include <algorithm>
#include <utility>

namespace simulator {
namespace {

// `decide` is not there yet.
reconnecting_options copy_of(const reconnecting_options& o) {
  return {.backoff             = o.backoff,
          .policy              = o.policy,
          .stable_after        = o.stable_after,
          .known_good          = o.known_good,
          .max_attempts        = o.max_attempts,
          .max_elapsed         = o.max_elapsed,
          .endpoints           = o.endpoints,
          .answer_within       = o.answer_within,
          .abandon_code        = o.abandon_code,
          .max_queued_messages = o.max_queued_messages,
          .max_queued_bytes    = o.max_queued_bytes,
          .websocket           = o.websocket};
}

}  // namespace

// --- the world that it lives in ---

class herd_client::its_link final : public api::link {
 public:
  its_link(herd_client& of, herd_attempt& behind) : of_(of), behind_(behind) {}
  ~its_link() override {
    if (of_.live_ == &behind_) of_.live_ = nullptr;
    behind_.dropped();
  }
  error send(message_view m) override { return end_of().send(m, of_.known(m)); }
  bool takes_messages() const noexcept override {
    return end_of().machine().state() == ready_state::open;
  }
  bool has_room() noexcept override {
    if (end_of().machine().send_queue_is_full()) end_of().flush_now();
    return !end_of().machine().send_queue_is_full();
  }
  void flush_now() noexcept override { end_of().flush_now(); }
  void close(code_to_send code, std::string_view reason) override {
    bool began = false;
    end_of().close(code, reason, began);
  }
  void terminate() noexcept override { end_of().terminate(); }
  void hurry(std::chrono::milliseconds within) override {
    end_of().hurry(of_.in_->world->now + within);
  }
  void hold_reading(bool held) noexcept override { end_of().pause(held); }
  std::size_t queued_messages() const noexcept override {
    return static_cast<std::size_t>(end_of().machine().queued_messages());
  }
  std::size_t last_words() const noexcept override { return 0; }
  std::uint64_t buffered_amount() const noexcept override {
    return end_of().machine().buffered_amount();
  }
  std::string_view subprotocol() const noexcept override { return {}; }
  endpoint remote_endpoint() const override { return {}; }
  websocket_ref ref() const noexcept override { return {}; }
  const close_event* closed() const noexcept override { return nullptr; }

 private:
  end& end_of() const noexcept { return behind_.client(); }

  herd_client& of_;
  herd_attempt& behind_;
};

class herd_client::its_world final : public api::world {
 public:
  explicit its_world(herd_client& of) : of_(of) { of_.world_alive_ = true; }
  ~its_world() override {
    of_.world_alive_   = false;
    of_.told_by_world_ = nullptr;
    of_.wake_at_ = of_.wakes_ = never;
  }
  const boost::asio::any_io_executor& executor() const noexcept override {
    return of_.in_->executor;
  }
  time now() noexcept override { return of_.in_->world->now; }
  adieu::protocol::random_source& chance() noexcept override { return of_; }
  void belongs_to(inhabitant* whom) noexcept override { of_.told_by_world_ = whom; }
  void wake(time at) override {
    simulator::world& w = *of_.in_->world;
    of_.wake_at_ = of_.wakes_ = at;
    if (at == never) return;
    // The wheel is coarse; it may look before it is time.
    const duration early = 1ms * w.chance.below(6);
    if (w.chance.one_in(4) && at - early > w.now)
      of_.wakes_ = at - early;
    else
      of_.wakes_ = at + of_.in_->server->lateness() * w.chance.below(100) / 100;
  }
  std::unique_ptr<api::link> connect(const std::string& url, websocket_options options,
                                     api::link::handlers told) override {
    if (url == "bad") throw system_error(make_error_code(error::bad_url), "bad");
    of_.connects(url, options);
    herd_attempt& made = of_.in_->new_attempt();
    told.on_ended      = [&of = of_, &made,
                     f   = std::move(told.on_ended)](const close_event& event) mutable {
      of.attempt_ended(made, event);
      f(event);
    };
    of_.live_ = &made;
    made.begin(*of_.in_->world, *of_.in_->server, of_, options.connection, std::move(told));
    return std::make_unique<its_link>(of_, made);
  }

 private:
  herd_client& of_;
};

void herd_client::connects(const std::string& url, const websocket_options& options) {
  if (!how_.on_attempt) attempt_begins();
  tell("calls endpoint %llu", at_);
  expect(!kept_, "an attempt is made whose reply is kept");
  expect(!live_, "a client has two live attempts");
  expect(!told_of_end_ && !dropped_ && !cut_off_ && !closed_, "an attempt after the end");
  expect(url == urls_[at_], "the attempt goes to another endpoint than decided");
  says_ = options.headers.empty() ? "0" : options.headers.back().second;
  expect(says_ != refused_says_ || in_->world->now >= not_again_,
         "credentials that were refused are tried again at once");
  opened_ = asking_ = must_connect_ = false;
}

void herd_client::attempt_ended(herd_attempt& which, const close_event& event) {
  live_ = nullptr;
  if (event.cause != cause::refused) return;
  auto meant = which.retry_after_meant;
  if (const auto at = which.retry_at_meant; at && *at > wall_clock(*in_->world))
    meant = std::chrono::duration_cast<std::chrono::seconds>(*at - wall_clock(*in_->world));
  expect(event.retry_after == meant, "Retry-After is not what the server meant");
}

bool herd_client::fill(std::span<std::byte> to) noexcept {
  if (how_.chance_fails) return false;
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (i % 8 == 0) word = in_->world->chance.next();
    to[i] = static_cast<std::byte>(word >> i % 8 * 8);
  }
  return true;
}

void herd_client::begin(herd_place& in, unsigned number, herd_manners m) {
  in_     = &in;
  number_ = number;
  how_    = std::move(m);
  urls_   = {"ws://endpoint-0/"};
  urls_.insert(urls_.end(), how_.options.endpoints.begin(), how_.options.endpoints.end());
  kept_.reset();
  live_    = nullptr;
  wake_at_ = wakes_ = acts_at_ = never;
  asleep_until_                = {};
  inside_ = opened_ = told_of_end_ = dropped_ = cut_off_ = closed_ = gives_up_for_another_ = false;
  paused_ = winding_up_ = has_begun_ = receiving_ = no_more_ = overridden_ = asking_ = false;
  needs_credentials_ = must_connect_ = false;
  token_                             = 0;
  says_.clear();
  answered_.clear();
  refused_says_.clear();
  thrown_            = 0;
  rejected_messages_ = rejected_bytes_ = 0;
  due_                                 = in.world->now;
  at_ = attempts_ = numbered_ = said_ = heard_said_ = 0;
  accepted_.clear();
  rules_.begin(how_.options, how_.on_attempt);
  if (how_.restless != 0) acts_at_ = in.world->now + in.world->ms_of({0, 1, 700, 20'000});
  reconnecting_options options = copy_of(how_.options);
  if (how_.decides)
    options.decide = [this](const auto& e, const auto& h, decision& d) { decides(e, h, d); };
  inside_ = true;
  ws_     = std::make_unique<reconnecting_websocket>(api::reconnecting::made(
          std::make_unique<its_world>(*this), urls_[0], std::move(options), heard()));
  inside_ = false;
  receives();
}

reconnecting_handlers herd_client::heard() {
  reconnecting_handlers h;
  if (how_.on_attempt)
    h.on_attempt = [this](reconnecting_websocket& c, attempt_reply reply) {
      check(c);
      attempt_begins();
      expect(reply.number() == attempts_, "an attempt has another number");
      expect(reply.needs_credentials() == needs_credentials_,
             "needs_credentials() is not what was decided");
      expect(reply.url() == urls_[at_], "the attempt is asked about with another endpoint");
      answered_ = "0";  // unless it is answered otherwise
      kept_.emplace(std::move(reply));
      asking_   = true;
      asked_at_ = in_->world->now;
      asked(c);
    };
  h.on_open = [this](reconnecting_websocket& c) {
    check(c);
    expect(c.state() == reconnect_state::open, "on_open, and it is not open");
    opened_ = true;
    rules_.opened();
    refused_says_.clear();
    in_handler(false);
  };
  if (!how_.receives)
    h.on_message = [this](reconnecting_websocket& c, message_view m) {
      check(c);
      heard_message(m.bytes());
      in_handler(true);
    };
  h.on_drain = [this](reconnecting_websocket& c) {
    check(c);
    in_handler(true);
  };
  h.on_closing = [this](reconnecting_websocket& c, closing_reply) {
    check(c);
    in_handler(true);
  };
  h.on_down = [this](reconnecting_websocket& c, const close_event& e, const decision& d) {
    check(c);
    down(e, d);
    in_handler(true, true);
  };
  h.on_exception = [this](const std::exception_ptr&) {
    expect(thrown_ != 0, "an exception is told that has ended a connection, or nobody has thrown");
    --thrown_;
  };
  h.on_close = [this](reconnecting_websocket& c, const close_event& e, const decision& d) {
    check(c);
    ended(e, d);
    in_handler(true, true);
  };
  return h;
}

// --- what has to hold ---

void herd_client::expect(bool right, const char* what) {
  if (right) return;
  in_->world->told.of(number_);
  in_->world->breach(who::client, what);
}

void herd_client::tell(const char* line, std::uint64_t a, std::uint64_t b) {
  in_->world->told.of(number_);
  in_->world->tell(who::client, line, a, b);
}

void herd_client::check(reconnecting_websocket& told) {
  in_->world->told.of(number_);
  expect(!inside_, "a handler runs within a call");
  expect(!dropped_ && !cut_off_, "a handler runs after the client was destroyed");
  expect(!told_of_end_, "a handler runs after on_close");
  expect(&told == ws_.get() || !ws_, "a handler is given another client");
}

void herd_client::attempt_begins() {
  const time now = in_->world->now;
  ++attempts_;
  tell("attempt %llu", attempts_);
  expect(!told_of_end_ && !dropped_ && !cut_off_ && !closed_, "an attempt after the end");
  expect(!live_, "a client has two live attempts");
  expect(now >= due_, "an attempt before its time");
  expect(!paused_, "an attempt while it is paused");
  expect(rules_.ceiling(now) <= now, "more than a hundred attempts in ten minutes");
  rules_.attempt_begins(now);
  opened_ = gives_up_for_another_ = false;
  has_begun_                      = true;
}

void herd_client::hold() {
  expect(thrown_ == 0, "what a handler threw is told nobody");
  if (told_of_end_ || dropped_ || cut_off_) {
    expect(wake_at_ == never, "a timer is left after the end");
    expect(!live_, "an attempt is left after the end");
    if (ws_) expect(ws_->state() == reconnect_state::stopped, "it has ended, and is not stopped");
    return;
  }
  if (!ws_) return;
  switch (ws_->state()) {
    case reconnect_state::idle: expect(paused_, "it is idle, and nobody has paused it"); break;
    case reconnect_state::waiting:
      expect(wake_at_ == due_ || !has_begun_, "it does not wait for the time that was decided");
      expect(!paused_, "it waits for an attempt while it is paused");
      expect(!live_, "it waits, and has an attempt");
      return;
    case reconnect_state::connecting:
      if (!asking_ || (must_connect_ && answered_ == refused_says_ && wake_at_ == never)) break;
      expect(wake_at_ == asked_at_ + how_.options.answer_within,
             "a kept reply has not its deadline");
      return;
    case reconnect_state::open:
      expect(live_, "it is open without a connection");
      if (live_ && opened_ && live_->client().machine().state() == ready_state::open)
        expect(live_->client().machine().buffered_amount() != 0 || ws_->buffered_amount() == 0,
               "messages wait in the queue, and the connection has nothing to send");
      break;
    case reconnect_state::stopped: break;
  }
  expect(wake_at_ == never, "a timer runs for nothing");
}

// --- the ends ---

void herd_client::decides(const close_event& event, const reconnect_history& history,
                          decision& made) {
  expect(history.was_open == opened_, "the history of a decision is wrong");
  dice& d = in_->world->chance;
  if (!d.one_in(4) || winding_up_) return;
  tell("decides otherwise");
  overridden_    = true;
  made.come_back = !d.one_in(8) && event.cause != cause::terminated;
  made.delay     = d.of({0, 1, 5'000, -5, 90'000}) * 1ms;
  changed_       = made;
}

void herd_client::down(const close_event& event, const decision& made) {
  const time now = in_->world->now;
  tell("is down (cause %llu), back in %llu ms", static_cast<unsigned>(event.cause),
       static_cast<std::uint64_t>(made.delay.count()));
  asking_ = false;
  rejections_are_told(event);
  const bool unchanged = event.note == "on_attempt brought the credentials that had been refused";
  expect(!unchanged ||
             (event.cause == cause::abandoned && answered_ == refused_says_ && now < not_again_),
         "an attempt with new credentials is not made");
  expect(!must_connect_ || unchanged, "a reply was dropped, and the attempt is not made");
  must_connect_ = false;
  expect(!live_, "on_down, and the attempt lives");
  expect(!closed_, "on_down after close()");
  expect(made.come_back, "on_down, and it does not come back");
  const auto right = rules_.judge(event, now, unchanged);
  if (std::exchange(overridden_, false)) {
    expect(changed_.come_back && made.delay >= std::max(changed_.delay, 0ms),
           "what the application decided does not count");
  } else if (gives_up_for_another_) {
    expect(now + made.delay <= rules_.ceiling(now) + how_.options.backoff.cap,
           "reconnect_now() is not followed by an attempt");
  } else {
    const char* wrong = rules_.wrong_with(right, made, now);
    expect(*wrong == '\0', wrong);
    if (right.crowd && rules_.ceiling(now) <= now && !how_.chance_fails)
      in_->will_come(now + made.delay);
  }
  if (made.new_credentials && event.cause == cause::refused && rules_.is_known_good()) {
    refused_says_ = says_;
    not_again_    = now + how_.options.backoff.credentials_floor;
  }
  expect(made.attempt == rules_.comes_back(made.new_credentials, now + made.delay),
         "the decision counts the attempts wrongly");
  needs_credentials_ = made.new_credentials;
  if (made.next_endpoint) at_ = (at_ + 1) % urls_.size();
  due_                  = now + made.delay;
  gives_up_for_another_ = false;
  if (ws_ && in_->world->chance.one_in(4))
    expect(take_back() >= event.unsent_messages, "what was never sent is not handed back");
}

void herd_client::ended(const close_event& event, const decision& made) {
  tell("has stopped (cause %llu)", static_cast<unsigned>(event.cause));
  told_of_end_ = true;
  asking_      = false;
  rejections_are_told(event);
  expect(!live_, "on_close, and an attempt lives");
  expect(!made.come_back, "on_close, and it comes back");
  if (closed_) {
    expect(made.why == "closed by the application", "who closed it is not told");
  } else if (std::exchange(overridden_, false)) {
    expect(!changed_.come_back, "what the application decided does not count");
  } else {
    expect(!gives_up_for_another_, "reconnect_now() ends it");
    const bool unchanged = event.note == "on_attempt brought the credentials that had been refused";
    const time now       = in_->world->now;
    const char* wrong    = rules_.wrong_with(rules_.judge(event, now, unchanged), made, now);
    expect(*wrong == '\0', wrong);
  }
}

}  // namespace simulator
