// The default policy, as a table: read it with docs/reconnecting.md beside it. The first row that
// fits decides. Rules of coming back that need a history are in reconnect.cpp.
#include "protocol/reconnect_table.hpp"

#include <algorithm>
#include <array>

namespace adieu::inline v1::protocol {
namespace {

using about = reconnect_policy::rule::about;

struct row {
  about what;
  std::uint16_t first, last;
  action then;
  const char* why;

  constexpr row(about w, int from, int to, action t, const char* words)
      : what(w),
        first(static_cast<std::uint16_t>(from)),
        last(static_cast<std::uint16_t>(to)),
        then(t),
        why(words) {}
  constexpr row(about w, int only, action t, const char* words) : row(w, only, only, t, words) {}
  constexpr row(cause only, action t, const char* words)
      : row(about::cause, static_cast<int>(only), t, words) {}
};

using enum action;
constexpr about code   = about::code;
constexpr about status = about::status;

constexpr row table[] = {
    // a connection that was open
    {code, 1000, back_off, "the peer closed"},
    {code, 1001, back_off, "the peer is going away"},
    {code, 1002, 1003, stop_at_third, "the peer cannot take what this client sends"},
    {code, 1005, back_off, "the peer closed without a code"},
    {code, 1006, back_off, "the connection was lost"},
    {code, 1007, stop_at_third, "the peer cannot take what this client sends"},
    {code, 1008, stop, "the peer refuses what this client does"},
    {code, 1009, stop, "a message was too big for the peer"},
    {code, 1010, stop_at_third, "the peer lacks an extension that this client wants"},
    {code, 1011, back_off, "the peer has failed"},
    {code, 1012, restart, "the peer is restarting"},
    {code, 1013, slow, "the peer is overloaded"},
    {code, 1014, back_off, "a gateway has lost the server behind it"},
    {code, 3000, new_credentials, "the peer wants credentials"},
    {code, 3003, stop, "the peer forbids it"},
    {code, 3001, 4999, stop_at_eighth, "the peer closed with a code of its own"},

    // ended by this side
    {cause::protocol_violation, stop_at_third, "the peer broke a rule of the protocol"},
    {cause::invalid_text, stop_at_third, "the peer sent text that is not UTF-8"},
    {cause::message_too_big, stop_at_third, "the peer sent more than max_message"},
    {cause::flooded, stop_at_third, "the peer sent too many pings"},
    {cause::handler_failed, stop_at_third, "a handler of the application threw"},
    {cause::send_queue_overflow, back_off, "the peer did not take what was sent"},
    {cause::out_of_memory, back_off, "this process ran out of memory"},

    // refused by an HTTP answer
    {cause::refused, back_off, "the server's answer could not be read"},
    {status, 101, stop_unless_known_good, "the server's answer is not one to this client"},
    {status, 100, 199, back_off, "the server's answer has no end"},
    {status, 401, new_credentials, "the server wants credentials"},
    {status, 407, new_credentials, "a proxy wants credentials"},
    {status, 408, retry_after, "the server timed out"},
    {status, 425, retry_after, "the server wants it later"},
    {status, 429, retry_after, "the server was asked too often"},
    {status, 503, retry_after, "the server is not available"},
    {status, 410, stop, "the server says that it is gone for good"},
    {status, 500, 599, back_off, "the server has failed"},
    {status, 200, 499, stop_unless_known_good, "the server refused the opening"},

    // never opened
    {cause::unreachable, back_off, "the server was not reached"},
    {cause::opening_timed_out, back_off, "the opening took too long"},
    {cause::peer_vanished, back_off, "the stream ended during the opening"},
    {cause::reset, back_off, "the stream was reset during the opening"},
    {cause::tls_failed, back_off, "the stream was lost while TLS was set up"},
    {cause::tls_truncated, back_off, "the stream ended during the opening"},
    {cause::abandoned, back_off, "the application gave this attempt up"},
    {cause::terminated, back_off, "this attempt could not be carried out"},
    {code, 1015, stop_unless_known_good, "TLS could not be set up"},
};

struct key {
  about what;
  std::uint16_t number;

  template <typename Rule>
  constexpr bool fits(const Rule& r) const noexcept {
    return r.what == what && number >= r.first && number <= r.last;
  }
};

// What of an ending decides: the status of a refusal; the cause where there was no connection, or
// where this side ended it; else the code.
constexpr key key_of(const ending& how, bool opened, bool lost_in_tls) noexcept {
  const key by_cause{about::cause, static_cast<std::uint16_t>(how.cause)};
  const key by_code{about::code, how.code};
  switch (how.cause) {
    case cause::refused:
      return how.http_status == 0 ? by_cause : key{about::status, how.http_status};
    case cause::tls_failed: return lost_in_tls ? by_cause : key{about::code, 1015};
    case cause::protocol_violation:
    case cause::invalid_text:
    case cause::message_too_big:
    case cause::flooded:
    case cause::handler_failed:
    case cause::send_queue_overflow:
    case cause::out_of_memory: return by_cause;
    default: return opened ? by_code : by_cause;
  }
}

// --- services ---

struct change {
  int first, last;
  action then;
};

// 4008 is its rate limit; 4007 and 4009 want a new session, 4000-4003 and 4005 a new try.
constexpr change discord_says[] = {
    {4000, 4003, back_off}, {4004, 4004, stop},     {4005, 4007, back_off},
    {4008, 4008, slow},     {4009, 4009, back_off}, {4010, 4014, stop},
};
// "unchanged", "after backing off", "immediately"; at once is never right for a crowd.
constexpr change pusher_says[] = {
    {4000, 4099, stop},
    {4100, 4199, slow},
    {4200, 4299, back_off},
};
constexpr change graphql_ws_says[] = {
    {4004, 4005, stop},
    {4400, 4400, stop},
    {4401, 4401, new_credentials},
    {4403, 4403, new_credentials},
    {4406, 4406, stop},
    {4408, 4408, back_off},
    {4409, 4409, stop},
    {4429, 4429, stop},
    {4499, 4499, back_off},
    {4500, 4500, stop},
};
constexpr change centrifugo_says[] = {
    {3000, 3499, back_off},
    {3500, 3999, stop},
    {4000, 4499, back_off},
    {4500, 4999, stop},
};

template <std::size_t N>
reconnect_policy made_of(const change (&changes)[N]) {
  reconnect_policy made;
  for (const change& c : changes)
    made.on(static_cast<std::uint16_t>(c.first), static_cast<std::uint16_t>(c.last), c.then);
  return made;
}

struct named {
  std::string_view name;
  reconnect_policy (*make)();
};
constexpr named all_profiles[] = {
    {"discord", reconnect_policy::discord},
    {"pusher", reconnect_policy::pusher},
    {"graphql_ws", reconnect_policy::graphql_ws},
    {"centrifugo", reconnect_policy::centrifugo},
};

}  // namespace

verdict_on_end look_up(const reconnect_policy& policy, const ending& how, bool opened,
                       bool lost_in_tls) noexcept {
  const key wanted = key_of(how, opened, lost_in_tls);
  const auto fits  = [&](const auto& r) { return wanted.fits(r); };
  const row* found = std::find_if(std::begin(table), std::end(table), fits);

  verdict_on_end said;
  said.why          = found != std::end(table) ? found->why : "the connection ended";
  said.then         = found != std::end(table) ? found->then : back_off;
  const auto& rules = policy.rules();
  if (const auto changed = std::find_if(rules.rbegin(), rules.rend(), fits);
      changed != rules.rend())
    said.then = changed->then;
  return said;
}

std::string wrong_with(const reconnect_policy& policy) {
  for (const auto& r : policy.rules()) {
    if (r.what == about::cause) continue;
    const bool right =
        r.first <= r.last && (r.what == about::code ? r.first >= 1000 && r.last <= 4999
                                                    : r.first >= 200 && r.last <= 599);
    if (!right)
      return "the policy has a rule for " + std::to_string(r.first) + " to " +
             std::to_string(r.last) + ": close codes are 1000 to 4999, HTTP statuses 200 to 599";
  }
  return {};
}

}  // namespace adieu::inline v1::protocol

namespace adieu::inline v1 {

using namespace std::chrono_literals;

std::string_view name(action value) noexcept {
  constexpr std::array<std::string_view, 9> names = {"back_off",
                                                     "slow",
                                                     "restart",
                                                     "retry_after",
                                                     "new_credentials",
                                                     "stop_at_third",
                                                     "stop_at_eighth",
                                                     "stop_unless_known_good",
                                                     "stop"};
  const auto at                                   = static_cast<std::size_t>(value) - 1;
  return at < names.size() ? names[at] : std::string_view();
}

backoff backoff::interactive() { return {}; }

backoff backoff::rfc6455() {
  backoff made;
  made.floor = 0ms, made.window = 5s, made.factor = 2, made.cap = 60s;
  return made;
}

backoff backoff::fleet() {
  backoff made;
  made.floor = 1s, made.window = 10s, made.cap = 60s;
  made.restart_floor = 5s, made.restart_window = 30s;
  return made;
}

// 1 s · 1.6ⁿ ± 20 % is the upper third of 1.2 s · 1.6ⁿ.
backoff backoff::grpc() {
  backoff made;
  made.floor = 0ms, made.window = 1200ms, made.cap = 144s, made.jitter = 1.0 / 3;
  return made;
}

reconnect_policy& reconnect_policy::on(std::uint16_t code_or_status, action then) {
  return on(code_or_status, code_or_status, then);
}

reconnect_policy& reconnect_policy::on(std::uint16_t first, std::uint16_t last, action then) {
  rules_.push_back({first < 1000 ? rule::about::status : rule::about::code, first, last, then});
  return *this;
}

reconnect_policy& reconnect_policy::on(cause why, action then) {
  const auto number = static_cast<std::uint16_t>(why);
  rules_.push_back({rule::about::cause, number, number, then});
  return *this;
}

reconnect_policy reconnect_policy::discord() { return protocol::made_of(protocol::discord_says); }
reconnect_policy reconnect_policy::pusher() { return protocol::made_of(protocol::pusher_says); }
reconnect_policy reconnect_policy::graphql_ws() {
  return protocol::made_of(protocol::graphql_ws_says);
}
reconnect_policy reconnect_policy::centrifugo() {
  return protocol::made_of(protocol::centrifugo_says);
}

std::optional<reconnect_policy> reconnect_policy::profile(std::string_view name) {
  for (const auto& p : protocol::all_profiles)
    if (p.name == name) return p.make();
  return {};
}

std::vector<std::string_view> reconnect_policy::profiles() {
  std::vector<std::string_view> names;
  for (const auto& p : protocol::all_profiles) names.push_back(p.name);
  return names;
}

}  // namespace adieu::inline v1
