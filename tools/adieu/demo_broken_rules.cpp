// Scenarios: connections that end because somebody broke a rule of the protocol.
#include "demo_scenario.hpp"
#include "misbehave_ways.hpp"

namespace adieu::tool {
namespace {

using namespace std::chrono_literals;
using by = adieu::initiator;

// At the end that finds the fault: it sends that code and reads no answer.
constexpr expected_ending failed(std::uint16_t sent, cause why) {
  return {.was_clean = false,
          .code      = 1006,
          .initiator = by::local,
          .cause     = why,
          .phase     = phase::open,
          .sent_code = sent};
}

// At the end that is told of it. The words are the library's to choose.
constexpr expected_ending told(std::uint16_t code) {
  return {.code = code, .reason = {}, .initiator = by::remote};
}

void play_garbage(stage& s) { s.raw_peer = ways::garbage(); }
void play_masked(stage& s) { s.raw_peer = ways::masked(); }
void play_fragmented_close(stage& s) { s.raw_peer = ways::fragmented_close(); }
void play_bad_code(stage& s) { s.raw_peer = ways::close(1005, ""); }
void play_bad_utf8(stage& s) { s.raw_peer = ways::bad_utf8(); }
void play_bad_reason(stage& s) { s.raw_peer = ways::close(1000, "\xC3\x28"); }
void play_oversize(stage& s) { s.raw_peer = ways::oversize(); }

void play_too_big(stage& s) {
  s.server_options.connection.max_message = 64 << 10;
  s.client_does.on_open = [](websocket& ws) { ws.send(std::string(256 << 10, 'b')); };
}

void play_flooded(stage& s) {
  s.server_options.connection.max_control_frames_per_second = 100;
  s.client_does.on_open                                     = [](websocket& ws) {
    for (int i = 0; i < 200; ++i)
      ws.async_ping([](const error_code&, std::chrono::steady_clock::duration) {});
  };
}

const scenario table[] = {
    {"garbage",
     "bytes that are no frames",
     failed(1002, cause::protocol_violation),
     {},
     "(sends noise)",
     play_garbage},
    {"masked",
     "a masked frame from a server",
     failed(1002, cause::protocol_violation),
     {},
     "(masks)",
     play_masked},
    {"fragmented-close",
     "a Close in two fragments",
     failed(1002, cause::protocol_violation),
     {},
     "(cuts its Close in two)",
     play_fragmented_close},
    {"bad-code",
     "a Close with 1005 in it",
     failed(1002, cause::protocol_violation),
     {},
     "(closes with 1005)",
     play_bad_code},
    {"bad-utf8",
     "a text that is not UTF-8",
     failed(1007, cause::invalid_text),
     {},
     "(sends bad text)",
     play_bad_utf8},
    {"bad-reason",
     "a reason that is not UTF-8",
     failed(1007, cause::invalid_text),
     {},
     "(closes with bad text)",
     play_bad_reason},
    {"oversize",
     "a message of one TiB begins",
     failed(1009, cause::message_too_big),
     {},
     "(sends its head)",
     play_oversize},
    {"too-big", "256 KiB, the server takes 64", told(1009), failed(1009, cause::message_too_big),
     "", play_too_big},
    {"flooded", "too many pings", told(1008), failed(1008, cause::flooded), "", play_flooded},
};

}  // namespace

std::span<const scenario> endings_by_broken_rules() { return table; }

}  // namespace adieu::tool
