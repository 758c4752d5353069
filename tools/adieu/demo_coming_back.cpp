// Scenarios: a client that decides from the close event whether it comes back.
#include "demo_scenario.hpp"

namespace adieu::tool {
namespace {

using namespace std::chrono_literals;
using by = adieu::initiator;

constexpr expected_ending closed_here = {.code = 1000, .initiator = by::local};

backoff quick() {
  backoff made;
  made.floor = 30ms, made.window = 60ms, made.cap = 60ms;
  return made;
}

void come_back(stage& s, handler<void(reconnecting_websocket&)> on_open) {
  s.returner_options.backoff = quick();
  s.returner_does.emplace();
  s.returner_does->on_open = std::move(on_open);
}

void close_at_once(reconnecting_websocket& client) { client.close(); }

void play_restart(stage& s) {
  come_back(s, [&s](reconnecting_websocket& client) {
    if (client.openings() > 1) return close_at_once(client);
    s.server().async_shutdown(
        {.code = 1012, .reason = "restart", .within = 5s},
        [&s](const error_code&, const shutdown_report&) { s.raise_server_again({}); });
  });
}

void play_new_token(stage& s) {
  come_back(s, close_at_once);
  s.returner_does->on_attempt = [](reconnecting_websocket&, attempt_reply reply) {
    const char* token = reply.needs_credentials() ? "Bearer fresh" : "Bearer stale";
    reply.connect({.headers = {{"Authorization", token}}});
  };
  s.server_does.on_opening = [](const opening_request& request, opening_reply reply) {
    if (request.header("Authorization") == "Bearer fresh") return reply.accept();
    reply.refuse({.status = 401});
  };
}

void play_retry_after(stage& s) {
  come_back(s, close_at_once);
  s.server_does.on_opening = [n = 0](const opening_request&, opening_reply reply) mutable {
    if (++n > 1) return reply.accept();
    reply.refuse({.status = 503, .headers = {{"Retry-After", "1"}}});
  };
  s.demand = [&s] {
    return s.longest_delay() >= 1s ? std::string()
                                   : std::string("it came before the second was over");
  };
}

void play_flapping(stage& s) {
  come_back(s, [](reconnecting_websocket& client) {
    client.send("hello");
    if (client.openings() > 3) client.close();
  });
  s.server_does.on_message = [n = 0](websocket& ws, message_view) mutable {
    if (++n <= 3) ws.terminate();
  };
}

void play_third(stage& s) {
  come_back(s, [](reconnecting_websocket&) {});
  s.server_does.on_open = [](websocket& ws) { ws.close(1003, "text only"); };
}

void play_stop(stage& s) {
  come_back(s, [](reconnecting_websocket&) {});
  s.server_does.on_open = [](websocket& ws) { ws.close(1008, "banned"); };
}

const scenario table[] = {
    {"back-restart",
     "the server restarts with 1012",
     closed_here,
     {},
     "(goes, and is there again)",
     play_restart,
     "1012"},
    {"back-new-token",
     "401, then with a new token",
     closed_here,
     {},
     "(wants another token)",
     play_new_token,
     "401"},
    {"back-retry-after",
     "503 with Retry-After",
     closed_here,
     {},
     "(says when)",
     play_retry_after,
     "503"},
    {"back-flapping",
     "a server that flaps",
     closed_here,
     {},
     "(drops three of them)",
     play_flapping,
     "3x1006"},
    {"gave-up-third",
     "1003 again and again",
     expected_ending{.code = 1003, .reason = "text only", .initiator = by::remote},
     {},
     "(does not want what it says)",
     play_third,
     "2x1003"},
    {"gave-up-at-once",
     "1008: it does not come back",
     expected_ending{.code = 1008, .reason = "banned", .initiator = by::remote},
     {},
     "(does not want it)",
     play_stop},
};

}  // namespace

std::span<const scenario> clients_that_come_back() { return table; }

}  // namespace adieu::tool
