// What passes between the machines of an attempt and those who made them.
#include "simulator/herd_attempt.hpp"

#include "simulator/herd_client.hpp"
#include "simulator/herd_server.hpp"

#include <algorithm>
#include <utility>

namespace simulator {
namespace {

// False: the handler threw. What it threw is of no interest.
template <typename Call>
bool guarded(Call call) {
  try {
    call();
    return true;
  } catch (const thrown_by_handler&) {
    return false;
  }
}

}  // namespace

void herd_attempt::begin(world& w, herd_server& of, herd_client& from,
                         const connection_options& options, api::link::handlers told) {
  world_     = &w;
  of_        = &of;
  whose_     = &from;
  told_      = std::move(told);
  error_     = {};
  connected_ = asks_ = dropped_ = false;
  retry_after_meant.reset();
  retry_at_meant.reset();
  arrived = 0;
  link_.begin(w, of.conditions_now(), of.conditions_now());
  for (who each : {who::client, who::server}) {
    const std::size_t i = index(each);
    watches_[i].begin(w, each, true);
    watches_[i].answers(watches_[index(peer_of(each))].pings());
    ends_[i].half_closes = false;
    ends_[i].lateness    = of.lateness();
    ends_[i].encrypts    = of.encrypts();
    link_.behind(each).begin(w, each, saboteur::way::none, options);
  }
  client().begin(w, link_, who::client, client_side_, watches_[0], options);
  client().starts_connecting();
  server_acts_at = w.now + of.until_call_arrives();
}

void herd_attempt::dropped() {
  dropped_ = true;
  if (!client().ended()) client().leave();
}

void herd_attempt::connects() {
  connected_ = true;
  world_->tell(who::both, "TCP is connected");
  server().begin(*world_, link_, who::server, server_side_, watches_[1], of_->options());
  client().starts_opening();
  server().starts_opening();
}

void herd_attempt::cannot_connect(cause why, phase where, error_code system) {
  if (client().machine().state() != ready_state::connecting) return;
  error_ = system;
  client().cannot_connect(why, where);
}

void herd_attempt::accepts() {
  if (can_be_answered()) server().accept();
  asks_ = false;
}

void herd_attempt::refuses(unsigned status, const header_list& headers) {
  if (can_be_answered()) server().refuse(status, headers);
  asks_ = false;
}

void herd_attempt::refuses_saying(std::string_view answer) {
  if (can_be_answered()) server().refuse_saying(answer);
  asks_ = false;
}

herd_attempt::turn herd_attempt::next() {
  turn next;
  unsigned equals     = 0;
  const auto consider = [&](time at, turn::of what, bool asks_poller = false) {
    if (at == never) return;
    at = std::max(at, world_->now);
    if (at > next.at) return;
    if (at < next.at) equals = 0;
    if (++equals == 1 || world_->chance.one_in(equals)) {
      next.what        = what;
      next.asks_poller = asks_poller;
    }
    next.at = at;
  };
  bool asks    = false;
  const time c = client().next_turn(asks);
  consider(c, turn::of::client, asks);
  if (connected_) {
    const time s = server().next_turn(asks);
    consider(s, turn::of::server, asks);
    consider(link_.next_moment(), turn::of::network);
  }
  consider(server_acts_at, turn::of::acts);
  return next;
}

void herd_attempt::happens(const turn& now) {
  switch (now.what) {
    case turn::of::client: return client().turn(now.asks_poller);
    case turn::of::server: return server().turn(now.asks_poller);
    case turn::of::network: return link_.happens();
    case turn::of::acts: server_acts_at = never; return of_->acts(*this);
  }
}

void herd_attempt::over() {
  client().over();
  if (connected_) server().over();
  told_ = {};
}

// --- the client's side ---

bool herd_attempt::client_side::on_opened() {
  of_.world_->tell(who::client, "is open");
  return of_.dropped_ || guarded([&] { of_.told_.on_open(); });
}

bool herd_attempt::client_side::on_message(message_view incoming) {
  return of_.dropped_ || guarded([&] { of_.told_.on_message(incoming); });
}

bool herd_attempt::client_side::on_closing() {
  const bool kept =
      of_.dropped_ || guarded([&] { of_.told_.on_closing(closing_reply(session_ref())); });
  if (kept) of_.client().finish_reply();
  return kept;
}

bool herd_attempt::client_side::on_drained() {
  return of_.dropped_ || guarded([&] { of_.told_.on_drain(); });
}

void herd_attempt::client_side::on_ended() {
  of_.server_acts_at = of_.connected_ ? of_.server_acts_at : never;
  if (of_.dropped_) return;
  close_event event;
  static_cast<ending&>(event) = of_.client().how();
  if (!event.was_clean) event.error = of_.error_;
  if (of_.world_->told.in_words())
    of_.world_->told.say(of_.world_->now, who::client, "= %s", explain(event).c_str());
  guarded([&] { of_.told_.on_ended(event); });
}

// --- the server's side ---

bool herd_attempt::server_side::on_opened() {
  of_.of_->opened(of_);
  return true;
}

bool herd_attempt::server_side::on_message(message_view incoming) {
  of_.whose_->arrived(of_, incoming);
  of_.of_->answers(of_, incoming);
  return true;
}

bool herd_attempt::server_side::on_closing() {
  of_.server().finish_reply();
  return true;
}

void herd_attempt::server_side::on_request() {
  of_.asks_ = true;
  of_.of_->asked(of_);
}

}  // namespace simulator
