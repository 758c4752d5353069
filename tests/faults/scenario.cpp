// The script, and the handlers that keep its ledger.
#include "faults/scenario.hpp"

#include "faults/strike.hpp"
#include "ledger.hpp"

#include <new>

namespace adieu::tests {
namespace {

constexpr std::size_t large = 300'000;

const std::string& text(int number) {
  static const std::vector<std::string> all = [] {
    std::string hardly_compressible(large, ' ');
    std::uint32_t x = 1;
    for (char& c : hardly_compressible) {
      x = x * 1664525u + 1013904223u;
      c = static_cast<char>('0' + (x >> 26));
    }
    return std::vector<std::string>{"one", "", std::string(1000, '3'), hardly_compressible};
  }();
  return all.at(static_cast<std::size_t>(number));
}

void count(end_seen& end, message_view m) {
  if (end.opened != 1 || end.closed != 0) ++end.out_of_order;
  if (end.messages >= messages_each_way || m.text() != text(end.messages)) ++end.spoilt;
  ++end.messages;
}

// A message may come late, when nothing can be answered any more.
void send(end_seen& end, websocket& ws, message_view m) { end.sent += !ws.send(m); }

websocket_handlers client_of(end_seen& seen, bool& over) {
  return {.on_open =
              [&](websocket& ws) {
                seen.opened += 1;
                for (int i = 0; i < messages_each_way; ++i) send(seen, ws, text(i));
              },
          .on_message =
              [&](websocket& ws, message_view m) {
                {
                  const out_of_reach here;
                  count(seen, m);
                }
                if (seen.messages == messages_each_way) ws.close();
              },
          .on_close =
              [&](websocket&, const close_event& e) {
                const out_of_reach here;
                ++seen.closed;
                seen.event = e;
                over       = true;
              }};
}

server_handlers server_of(end_seen& seen) {
  return {.on_refused =
              [&](const refusal& r) {
                const out_of_reach here;
                ++seen.refused;
                seen.event.error = r.error;
                seen.event.cause = r.cause;
              },
          .on_open = [&](websocket&) { ++seen.opened; },
          .on_message =
              [&](websocket& ws, message_view m) {
                {
                  const out_of_reach here;
                  count(seen, m);
                }
                send(seen, ws, m);
              },
          .on_close =
              [&](websocket&, const close_event& e) {
                const out_of_reach here;
                ++seen.closed;
                seen.event = e;
              }};
}

}  // namespace

std::ostream& operator<<(std::ostream& to, over what) {
  constexpr const char* names[] = {"plain", "deflate", "tls"};
  return to << names[static_cast<int>(what)];
}

bool life_seen::complete() const {
  return began && came_to_rest && client.event.was_clean && server.event.was_clean &&
         client.messages == messages_each_way && server.messages == messages_each_way;
}

// Made before any fault.
const trace_hook& listens_to_nothing() {
  static const trace_hook made = [](const trace_event&) {};
  return made;
}

connection_options hurried(over what) {
  connection_options o    = in_a_hurry(600ms);
  o.deadlines.ping_after  = 600ms;
  o.deadlines.pong_within = 600ms;
  o.deflate.enabled       = what == over::deflate;
  if (what == over::deflate) o.trace.hook = listens_to_nothing();
  return o;
}

std::string life_seen::in_words() const {
  const auto one = [](const char* who, const end_seen& e) {
    return std::string("\n  ") + who + ": " + std::to_string(e.opened) + " opened, " +
           std::to_string(e.messages) + " messages, " + std::to_string(e.refused) + " refused, " +
           std::to_string(e.closed) + " closed: " + (e.closed != 0 ? explain(e.event) : "") + " " +
           (e.event.error ? e.event.error.message() : "");
  };
  return one("client", client) + one("server", server);
}

void prepare() {
  trust_test_authority();
  test_server_context();
  text(0);
  for (over what : {over::plain, over::deflate, over::tls}) play(what);
}

server_options options_of(over what) {
  return {.tls = what == over::tls ? &test_server_context() : nullptr, .connection = hurried(what)};
}

std::string url_of(over what, const server& s) {
  return (what == over::tls ? "wss://127.0.0.1:" : "ws://127.0.0.1:") + std::to_string(s.port()) +
         "/";
}

void shut_down(asio::io_context& io, server& s, life_seen& seen) {
  bool shut = false;
  for (int tries = 0; tries < 20 && !shut; ++tries) {
    try {
      s.async_shutdown({.within = 1000ms}, [&](error_code, shutdown_report) { shut = true; });
      run(io, seen, [&] { return shut; });
    } catch (const std::bad_alloc&) {
      ++seen.thrown;
    }
  }
  run(io, seen, [&] { return io.stopped(); });
  seen.came_to_rest = shut && io.stopped();
}

life_seen play(over what) {
  life_seen seen;
  const auto began = std::chrono::steady_clock::now();
  try {
    asio::io_context io;
    server s(io, options_of(what), server_of(seen.server));
    bool over = false;
    websocket client(io, url_of(what, s), {.connection = hurried(what)},
                     client_of(seen.client, over));
    run(io, seen, [&] { return over; });
    shut_down(io, s, seen);
  } catch (const std::exception&) {
    seen.began = false;
  }
  seen.took = std::chrono::steady_clock::now() - began;
  return seen;
}

}  // namespace adieu::tests
