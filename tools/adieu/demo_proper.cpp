// Scenarios: connections that are ended properly, by either side, with all that was sent.
#include "demo_scenario.hpp"
#include "misbehave_ways.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace adieu::tool {
namespace {

using namespace std::chrono_literals;
using by = adieu::initiator;

constexpr std::size_t megabyte = 1'000'000;

constexpr expected_ending clean(std::uint16_t code, by who, std::string_view reason = "") {
  return {.code = code, .reason = reason, .initiator = who};
}

void queue_megabytes(websocket& ws, int count) {
  const message one(message_type::binary, std::string(megabyte, 'm'));
  for (int i = 0; i < count; ++i) ws.send(one);
}

void play_close(stage& s) {
  s.server_does.on_message = [](websocket& ws, message_view m) { ws.send(m); };
  s.client_does.on_open    = [](websocket& ws) { ws.send("hello"); };
  s.client_does.on_message = [](websocket& ws, message_view) { ws.close(); };
}

void play_close_over_tls(stage& s) {
  s.speak_tls();
  play_close(s);
}

void play_custom(stage& s) {
  s.client_does.on_open = [](websocket& ws) { ws.close(4001, "see you"); };
}

void play_no_status(stage& s) {
  s.client_does.on_open = [](websocket& ws) { ws.close(no_status); };
}

void play_server_closes(stage& s) {
  s.server_does.on_open = [](websocket& ws) { ws.close(1008, "bad token"); };
}

void play_going_away(stage& s) {
  s.client_does.on_open = [&s](websocket&) {
    s.server().async_shutdown({.code = 1001, .reason = "restart", .within = 5s},
                              [](const error_code&, const shutdown_report&) {});
  };
}

void play_dropped_object(stage& s) {
  s.client_does.on_open = [&s](websocket&) { s.later(0ms, [&s] { s.drop_client(); }); };
}

void play_both(stage& s) {
  s.client_does.on_open = [&s](websocket&) {
    s.later(20ms, [&s] {
      s.client().close(4001, "client");
      s.server().for_each([](websocket& ws) { ws.close(4002, "server"); });
    });
  };
}

// A message now and then as long as nobody has closed.
void read_slowly(stage& s, std::chrono::milliseconds each = 20ms) {
  s.server_does.on_message = [&s, each](websocket& ws, message_view m) {
    s.received_by_server += m.size();
    if (ws.state() != ready_state::open) return;
    ws.pause_reading();
    s.later(each,
            [where = ws.ref()] { where.post([](websocket& later) { later.resume_reading(); }); });
  };
  s.demand = [&s] {
    return s.received_by_server == 20 * megabyte ? "" : "not every byte arrived before the Close";
  };
}

// The client's Close still waits behind its messages when the server's comes.
void play_both_behind_messages(stage& s) {
  s.client_options.connection.max_buffered = 0;
  s.client_does.on_open                    = [&s](websocket& ws) {
    queue_megabytes(ws, 20);
    ws.close(4001, "client");
    s.later(100ms, [&s] {
      s.server().for_each([](websocket& server_side) {
        server_side.close(4002, "server");
        server_side.resume_reading();
      });
    });
  };
  read_slowly(s);
}

void play_last_words(stage& s) {
  s.client_does.on_open    = [](websocket& ws) { ws.close(1000, "enough"); };
  s.server_does.on_closing = [](websocket&, closing_reply reply) {
    for (int i = 1; i <= 3; ++i) reply.send(fmt::format("last words {} of 3", i));
  };
  s.demand = [&s] { return s.received_by_client == 3 * 17 ? "" : "the last words did not arrive"; };
}

void play_slow_reader(stage& s) {
  s.client_options.connection.max_buffered = 0;
  // Shorter than it takes: that the peer reads on is what counts.
  s.client_options.connection.deadlines.flushing       = 1s;
  s.client_options.connection.deadlines.awaiting_close = 1s;
  s.client_does.on_open                                = [](websocket& ws) {
    queue_megabytes(ws, 20);
    ws.close(1000, "all sent");
  };
  read_slowly(s, 70ms);
}

void play_linger(stage& s) {
  s.raw_peer                                   = ways::linger();
  s.client_options.connection.deadlines.ending = 300ms;
  s.client_does.on_open                        = [](websocket& ws) { ws.close(); };
}

void play_handler_failed(stage& s) {
  s.client_does.on_open    = [](websocket& ws) { ws.send("a message that is too much"); };
  s.server_does.on_message = [](websocket&, message_view) { throw planned_failure(); };
}

// Another connection of the same server asks and is answered meanwhile.
void play_handler_failed_beside_another(stage& s) {
  struct beside {
    websocket ws;
    bool answered = false;
  };
  const auto other         = std::make_shared<beside>();
  s.server_does.on_message = [](websocket& ws, message_view m) {
    if (m.text() == "a message that is too much") throw planned_failure();
    ws.send(m);
  };
  s.client_does.on_open = [&s, other](websocket& ws) {
    other->ws = websocket(ws, "ws://127.0.0.1:" + std::to_string(s.server().port()) + "/",
                          {.on_open =
                               [&s](websocket& beside_it) {
                                 s.client().send("a message that is too much");
                                 beside_it.send("are you there?");
                               },
                           .on_message = [answered = &other->answered](
                                             websocket&, message_view) { *answered = true; }});
  };
  s.demand = [other] { return other->answered ? "" : "the other connection had no answer"; };
}

void play_rejected(stage& s) {
  s.client_does.on_open = [](websocket& ws) {
    ws.close();
    ws.send("too late");
  };
}

void play_overflow(stage& s) {
  s.server_options.connection.max_buffered = 8 * megabyte;
  s.client_does.on_open                    = [&s](websocket& ws) {
    ws.pause_reading();
    s.later(100ms, [&s] { s.client().resume_reading(); });
  };
  s.server_does.on_open = [](websocket& ws) {
    const message one(message_type::binary, std::string(megabyte, 'm'));
    for (int i = 0; i < 40 && !ws.send(one); ++i) {
    }
  };
}

const scenario table[] = {
    {"close", "close()", clean(1000, by::local), clean(1000, by::remote), "", play_close},
    {"wss", "close(), over TLS", clean(1000, by::local), clean(1000, by::remote), "",
     play_close_over_tls},
    {"custom-code", "close(4001, \"see you\")", clean(4001, by::local),
     clean(4001, by::remote, "see you"), "", play_custom},
    {"no-status", "close(no_status)", clean(1005, by::local), clean(1005, by::remote), "",
     play_no_status},
    {"server-closes", "the server closes with 1008", clean(1008, by::remote, "bad token"),
     clean(1008, by::local), "", play_server_closes},
    {"going-away", "the server shuts down", clean(1001, by::remote, "restart"),
     clean(1001, by::local), "", play_going_away},
    {"dropped",
     "the websocket is destroyed",
     {},
     clean(1001, by::remote),
     "(gone)",
     play_dropped_object},
    {"both-at-once", "both close at once",
     expected_ending{.code = 4002, .reason = "server", .may_cross = true},
     expected_ending{.code = 4001, .reason = "client", .may_cross = true}, "", play_both},
    {"both-behind-20-mb", "both close, 20 MB on the way", clean(4002, by::both, "server"),
     clean(4001, by::local, "client"), "", play_both_behind_messages},
    {"last-words", "last words behind its Close", clean(1000, by::local),
     clean(1000, by::remote, "enough"), "", play_last_words},
    {"slow-reader", "20 MB, close(), a slow reader", clean(1000, by::local),
     clean(1000, by::remote, "all sent"), "", play_slow_reader},
    {"linger",
     "the peer never ends TCP",
     clean(1000, by::local),
     {},
     "(answers, and stays)",
     play_linger},
    {"handler-failed", "a handler throws",
     expected_ending{.code = 1011, .reason = {}, .initiator = by::remote},
     expected_ending{
         .code = 1011, .reason = {}, .cause = cause::handler_failed, .phase = phase::open},
     "", play_handler_failed},
    {"handler-failed-beside-another", "and the others go on",
     expected_ending{.code = 1011, .reason = {}, .initiator = by::remote},
     expected_ending{
         .code = 1011, .reason = {}, .cause = cause::handler_failed, .phase = phase::open},
     "", play_handler_failed_beside_another},
    {"rejected", "a message behind close()",
     expected_ending{.initiator = by::local, .rejected_messages = 1}, clean(1000, by::remote), "",
     play_rejected},
    {"overflow", "a send queue overflows",
     expected_ending{.code = 1013, .reason = {}, .initiator = by::remote},
     expected_ending{.code              = 1013,
                     .reason            = {},
                     .cause             = cause::send_queue_overflow,
                     .phase             = phase::open,
                     .rejected_messages = 1},
     "", play_overflow},
};

}  // namespace

std::span<const scenario> endings_done_properly() { return table; }

}  // namespace adieu::tool
