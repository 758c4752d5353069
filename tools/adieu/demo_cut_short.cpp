// Scenarios: connections that are cut short, by this end, by the peer, or by a deadline.
#include "demo_scenario.hpp"
#include "misbehave_ways.hpp"

namespace adieu::tool {
namespace {

using namespace std::chrono_literals;
using by = adieu::initiator;

constexpr expected_ending cut(by who, cause why, phase where) {
  return {.was_clean = false, .code = 1006, .initiator = who, .cause = why, .phase = where};
}

deadlines& client_deadlines(stage& s) { return s.client_options.connection.deadlines; }

void close_at_open(stage& s) {
  s.client_does.on_open = [](websocket& ws) { ws.close(); };
}

// More than the transport takes from a sender whose peer does not read.
void queue_at_open(stage& s) {
  s.client_options.connection.max_buffered = 0;
  s.client_does.on_open                    = [](websocket& ws) {
    const message one(message_type::binary, std::string(1'000'000, 'm'));
    for (int i = 0; i < 20; ++i) ws.send(one);
  };
}

void play_terminate(stage& s) {
  s.client_does.on_open = [](websocket& ws) { ws.terminate(); };
}

void play_vanished(stage& s) { s.raw_peer = ways::drop(20ms); }

void play_truncated(stage& s) {
  s.speak_tls();
  play_vanished(s);
}

void play_reset(stage& s) { s.raw_peer = ways::reset(20ms); }

void play_hang_up(stage& s) {
  s.raw_peer = ways::hang_up();
  close_at_open(s);
}

void play_mute(stage& s) {
  s.raw_peer                         = ways::mute();
  client_deadlines(s).awaiting_close = 300ms;
  close_at_open(s);
}

void play_flood(stage& s) {
  s.raw_peer                         = ways::flood();
  client_deadlines(s).awaiting_close = 300ms;
  close_at_open(s);
}

void play_blocked(stage& s) {
  s.raw_peer                   = ways::silent();
  client_deadlines(s).flushing = 300ms;
  queue_at_open(s);
  s.client_does.on_open = [queue = std::move(s.client_does.on_open)](websocket& ws) mutable {
    queue(ws);
    ws.close();
  };
}

void play_blocked_answer(stage& s) {
  s.raw_peer                   = ways::close(4000, "deaf", 50ms);
  s.raw_peer->reads            = 0;
  client_deadlines(s).flushing = 300ms;
  queue_at_open(s);
}

void send_a_little(stage& s) {
  if (s.client().state() != ready_state::open) return;
  s.client().send("tick");
  s.later(20ms, [&s] { send_a_little(s); });
}

void play_keepalive(stage& s) {
  s.raw_peer                      = ways::silent();
  client_deadlines(s).ping_after  = 150ms;
  client_deadlines(s).pong_within = 150ms;
  client_deadlines(s).ending      = 100ms;
}

// Its kernel acknowledges all that we send; that proves nothing.
void play_hanging(stage& s) {
  play_keepalive(s);
  s.client_does.on_open = [&s](websocket&) { send_a_little(s); };
}

const scenario table[] = {
    {"terminate", "terminate()", cut(by::local, cause::terminated, phase::open),
     cut(by::none, cause::peer_vanished, phase::open), "", play_terminate},
    {"vanished",
     "the peer vanishes",
     cut(by::none, cause::peer_vanished, phase::open),
     {},
     "(ends TCP)",
     play_vanished},
    {"tls-truncated",
     "TLS ends without close_notify",
     cut(by::none, cause::tls_truncated, phase::open),
     {},
     "(ends TCP)",
     play_truncated},
    {"reset",
     "the stream is reset",
     cut(by::none, cause::reset, phase::open),
     {},
     "(sends RST)",
     play_reset},
    {"hang-up",
     "close(), the peer hangs up",
     cut(by::local, cause::peer_vanished, phase::awaiting_close),
     {},
     "(ends TCP)",
     play_hang_up},
    {"mute",
     "close(), never answered",
     cut(by::local, cause::closing_timed_out, phase::awaiting_close),
     {},
     "(says nothing)",
     play_mute},
    {"flood",
     "close(), the peer talks on",
     cut(by::local, cause::closing_timed_out, phase::awaiting_close),
     {},
     "(sends and sends)",
     play_flood},
    {"blocked",
     "20 MB, close(), nobody reads",
     expected_ending{.was_clean      = false,
                     .code           = 1006,
                     .cause          = cause::closing_timed_out,
                     .phase          = phase::flushing,
                     .loses_messages = true},
     {},
     "(reads nothing)",
     play_blocked},
    {"blocked-answer",
     "its Close comes, ours cannot go",
     expected_ending{.was_clean      = false,
                     .code           = 4000,
                     .reason         = "deaf",
                     .initiator      = by::remote,
                     .cause          = cause::closing_timed_out,
                     .phase          = phase::flushing,
                     .loses_messages = true},
     {},
     "(closes, reads nothing)",
     play_blocked_answer},
    {"keepalive",
     "nothing comes back",
     cut(by::local, cause::keepalive_timed_out, phase::open),
     {},
     "(reads nothing)",
     play_keepalive},
    {"hanging",
     "we send, the peer hangs",
     cut(by::local, cause::keepalive_timed_out, phase::open),
     {},
     "(reads nothing)",
     play_hanging},
};

}  // namespace

std::span<const scenario> endings_cut_short() { return table; }

}  // namespace adieu::tool
