// How the dice fall for a server.
#include "simulator/herd_server.hpp"

#include "net/tls_error.hpp"
#include "simulator/herd_client.hpp"

#include <ctime>
#include <string>

namespace simulator {
namespace {

constexpr unsigned without_close = 0, with_reset = 1, silently = 2;

std::string http_date(std::chrono::system_clock::time_point at) {
  const std::time_t whole = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

}  // namespace

void herd_server::begin(world& w, std::vector<herd_attempt*>& attempts, bool is_calm) {
  world_         = &w;
  attempts_      = &attempts;
  options_       = {};
  is_            = being::well;
  well_for_good_ = false;
  slow_          = false;
  left_          = is_calm ? 0 : 1 + w.chance.below(w.chance.one_in(4) ? 12 : 4);
  changes_at_    = w.now + w.ms_of({0, 0, 5'000, 15'000, 15'000});
  lateness_      = w.ms_of({0, 8, 16, 500});
  encrypts_      = w.chance.one_in(5);

  options_.deflate.enabled = false;
  if (w.chance.one_in(2)) options_.deadlines.ping_after = {};
}

void herd_server::changes() {
  changes_at_ = never;
  if (left_ == 0) return is_well();
  --left_;
  dice& d     = world_->chance;
  changes_at_ = world_->now + world_->ms_of({30, 1'500, 8'000, 20'000, 45'000, 45'000, 400'000});
  slow_       = d.one_in(5);
  status_     = d.of({401u, 401u, 407u, 403u, 404u, 410u, 200u, 302u, 426u, 408u, 425u, 429u, 429u,
                      500u, 502u, 503u, 503u, 503u, 599u});
  retry_kind_ = d.below(10);
  // What a server says that goes away, and what it says to those whom it does not want.
  code_  = d.of({1001u, 1001u, 1012u, 1012u, 1000u, 1011u, 1013u, without_close, without_close,
                 with_reset, silently});
  lasts_ = world_->ms_of({0, 0, 30, 3'000, 9'990, 10'000, 60'000});
  is_    = d.of({being::well, being::gone, being::gone, being::far, being::no_tls, being::ends_tcp,
                 being::mute, being::mumbles, being::refuses, being::refuses, being::refuses,
                 being::flaps, being::flaps, being::flaps});
  world_->tell(who::both, "the server changes: %llu (status %llu)", static_cast<unsigned>(is_),
               status_);
  if (is_ != being::flaps && !d.one_in(8)) lets_go();
  if (is_ == being::flaps)
    code_ = d.of({1000u, 1001u, 1003u, 1003u, 1007u, 1008u, 1009u, 1011u, 1012u, 1013u, 1014u,
                  3000u, 3003u, 3500u, 4004u, 4004u, 4500u, without_close, with_reset});
}

// All that are connected go.
void herd_server::lets_go() {
  for (herd_attempt* a : *attempts_)
    if (a->connected() && !a->server().ended()) closes(*a);
}

void herd_server::is_well() {
  well_for_good_ = true;
  slow_          = false;
  is_            = being::well;
  changes_at_    = never;
  world_->tell(who::both, "the server is well from now on");
}

conditions herd_server::conditions_now() {
  conditions c;
  c.delay = world_->ms_of({0, 0, 1, 30});
  c.split = world_->chance.one_in(4);
  if (world_->chance.one_in(8)) c.window = world_->chance.of({100u, 1000u});
  if (slow_) c.delay = world_->ms_of({700, 2'500});
  return c;
}

duration herd_server::until_call_arrives() { return world_->ms_of({0, 1, 30, 30}); }

// --- one attempt ---

void herd_server::acts(herd_attempt& a) {
  if (!a.connected()) return meets(a);
  if (a.asks()) {
    if (is_ == being::refuses && a.can_be_answered()) return a.refuses(status_, retry_after(a));
    if (is_ == being::mumbles && a.can_be_answered())
      return a.refuses_saying(world_->chance.of({"HTTP/1.1 503 Busy\r\nRetry-After : 1\r\n\r\n",
                                                 "503 Busy\r\n\r\n", "\x15\x03\x01\x02\x02P"}));
    return a.accepts();
  }
  if (!well_for_good_ && a.server().machine().state() == ready_state::open) closes(a);
}

void herd_server::meets(herd_attempt& a) {
  if (a.client().machine().state() != ready_state::connecting) return;
  dice& d           = world_->chance;
  const auto system = [](int number) {
    return error_code(number, boost::system::system_category());
  };
  switch (is_) {
    case being::gone:
      return a.cannot_connect(cause::unreachable,
                              d.one_in(4) ? phase::resolving : phase::connecting,
                              system(ECONNREFUSED));
    case being::far: return;  // the deadline of the opening will tell
    case being::no_tls:
      switch (d.below(4)) {
        case 0: return a.cannot_connect(cause::tls_failed, phase::tls, system(ECONNRESET));
        case 1:
          return a.cannot_connect(
              cause::tls_failed, phase::tls,
              error_code(adieu::net::tls_cut_off(), adieu::net::tls_category()));
        case 2: return a.cannot_connect(cause::tls_failed, phase::tls, system(EPIPE));
        default:
          if (!d.one_in(4)) return a.cannot_connect(cause::unreachable, phase::connecting, {});
          return a.cannot_connect(cause::tls_failed, phase::tls,
                                  error_code(20, adieu::net::tls_category()));
      }
    default: return a.connects();
  }
}

void herd_server::asked(herd_attempt& a) {
  if (is_ == being::mute) return;
  if (is_ == being::ends_tcp) {
    world_->chance.one_in(2) ? a.network().reset_both() : a.network().end_both();
    return;
  }
  a.server_acts_at = world_->now + (slow_ ? world_->ms_of({0, 4'000, 9'990, 12'000})
                                          : world_->ms_of({0, 0, 0, 2}));
}

void herd_server::opened(herd_attempt& a) {
  world_->tell(who::server, "accepts it");
  if (is_ == being::flaps) a.server_acts_at = world_->now + lasts_;
}

void herd_server::answers(herd_attempt& a, message_view) {
  if (world_->chance.one_in(4)) a.whose().is_sent(a);
}

void herd_server::closes(herd_attempt& a) {
  switch (code_) {
    case without_close: return a.network().end_both();
    case with_reset: return a.network().reset_both();
    case silently:
      world_->tell(who::server, "is gone without a word");
      a.network().from(who::client).silent = a.network().from(who::server).silent = true;
      // Who does not look for life would never know.
      if (a.whose().looks_for_life()) return;
      a.network().from(who::client).silent = a.network().from(who::server).silent = false;
      return a.network().reset_both();
    default: break;
  }
  world_->tell(who::server, "closes with %llu", code_);
  bool began = false;
  a.server().close(code_to_send(static_cast<std::uint16_t>(code_)), "", began);
}

// What is told, and what it means.
header_list herd_server::retry_after(herd_attempt& a) {
  const auto told = [&](std::string value, std::optional<std::chrono::seconds> meant) {
    a.retry_after_meant = meant;
    return header_list{{"Retry-After", std::move(value)}};
  };
  switch (retry_kind_) {
    case 0: return told("3", 3s);
    case 1: return told("120", 120s);
    case 2: return told("0", 0s);
    case 3: return told("-5", {});
    case 4: return told("1000000000000", 24h);
    case 5: return told("soon", {});
    case 6:
      a.retry_at_meant = wall_clock(*world_) + 40s;
      return told(http_date(*a.retry_at_meant), {});
    case 7: return told("3.5", {});
    default: return {};
  }
}

}  // namespace simulator
