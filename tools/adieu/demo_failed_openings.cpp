// Scenarios: connections that never open.
#include "demo_scenario.hpp"

namespace adieu::tool {
namespace {

using namespace std::chrono_literals;
using by = adieu::initiator;

constexpr expected_ending unopened(cause why, phase where, by who = by::none,
                                   std::uint16_t status = 0) {
  return {.was_clean   = false,
          .code        = 1006,
          .initiator   = who,
          .cause       = why,
          .phase       = where,
          .http_status = status};
}

void play_refused(stage& s) {
  s.server_does.on_opening = [](const opening_request&, opening_reply reply) {
    reply.refuse({.status = 503, .headers = {{"Retry-After", "7"}}});
  };
}

constexpr expected_ending not_believed{.was_clean = false,
                                       .code      = 1015,
                                       .initiator = by::none,
                                       .cause     = cause::tls_failed,
                                       .phase     = phase::tls};

void play_untrusted(stage& s) { s.speak_tls(false); }

void play_wrong_host(stage& s) { s.speak_tls(true, "127.0.0.2"); }

void play_unreachable(stage& s) { s.url = s.url_that(stage::address::refuses); }

void play_ended(stage& s) { s.url = s.url_that(stage::address::ends); }

void play_opening_timed_out(stage& s) {
  s.url                                         = s.url_that(stage::address::silent);
  s.client_options.connection.deadlines.opening = 300ms;
}

void play_abandoned(stage& s) {
  s.url = s.url_that(stage::address::silent);
  s.later(50ms, [&s] { s.client().close(); });
}

const scenario table[] = {
    {"refused",
     "the server answers 503",
     unopened(cause::refused, phase::opening, by::none, 503),
     {},
     "(refuses)",
     play_refused},
    {"tls-untrusted",
     "wss, nobody vouches for it",
     not_believed,
     {},
     "(shows a certificate)",
     play_untrusted},
    {"tls-wrong-host",
     "wss, a certificate of another's",
     not_believed,
     {},
     "(shows a certificate)",
     play_wrong_host},
    {"unreachable",
     "nobody listens",
     unopened(cause::unreachable, phase::connecting),
     {},
     "(nobody)",
     play_unreachable},
    {"opening-ended",
     "TCP ends before the answer",
     unopened(cause::peer_vanished, phase::opening),
     {},
     "(ends TCP)",
     play_ended},
    {"opening-timed-out",
     "no answer to the opening",
     unopened(cause::opening_timed_out, phase::opening),
     {},
     "(says nothing)",
     play_opening_timed_out},
    {"abandoned",
     "close() while connecting",
     unopened(cause::abandoned, phase::opening, by::local),
     {},
     "(says nothing)",
     play_abandoned},
};

}  // namespace

std::span<const scenario> openings_that_failed() { return table; }

std::vector<scenario_group> all_scenarios() {
  return {{"Ended properly", endings_done_properly()},
          {"Cut short", endings_cut_short()},
          {"Rules broken", endings_by_broken_rules()},
          {"Never opened", openings_that_failed()},
          {"Coming back", clients_that_come_back()}};
}

}  // namespace adieu::tool
