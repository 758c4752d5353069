// The table of the closing handshake. Read it row by row: in this stage, when this happens, we go
// there and send that; the server then does this with the byte stream, the client that.
#include "protocol/closing.hpp"

namespace adieu::inline v1::protocol {
namespace {

using enum stage;
using enum signal;
using enum stream_fate;

struct row {
  stage now;
  signal what;
  stage next;
  send sends;
  stream_fate server, client;
};

// clang-format off
constexpr row rows[] = {
  // in              when              we go to         and send        the server:    the client:
  {  connecting,     opened,           open,            send::nothing,  keep,          keep          },
  {  connecting,     close_called,     closed,          send::nothing,  release,       release       },
  {  connecting,     violation,        failing,         send::nothing,  keep,          keep          },
  {  connecting,     stream_ended,     closed,          send::nothing,  release,       release       },
  {  connecting,     stream_lost,      closed,          send::nothing,  release,       release       },
  {  connecting,     deadline_passed,  closed,          send::nothing,  release,       release       },
  {  connecting,     terminated,       closed,          send::nothing,  release,       release       },

  {  open,           close_called,     flushing,        send::close,    keep,          keep          },
  {  open,           close_received,   replying,        send::nothing,  keep,          keep          },
  {  open,           violation,        failing,         send::failure,  keep,          keep          },
  {  open,           stream_ended,     closed,          send::nothing,  release,       release       },
  {  open,           stream_lost,      closed,          send::nothing,  release,       release       },
  {  open,           deadline_passed,  ending,          send::failure,  end_our_side,  await_its_end },
  {  open,           terminated,       closed,          send::nothing,  release,       release       },

  {  flushing,       close_called,     flushing,        send::nothing,  keep,          keep          },
  {  flushing,       close_received,   answering,       send::nothing,  keep,          keep          },
  {  flushing,       violation,        failing,         send::failure,  keep,          keep          },
  {  flushing,       close_left,       awaiting_close,  send::nothing,  keep,          keep          },
  {  flushing,       stream_ended,     closed,          send::nothing,  release,       release       },
  {  flushing,       stream_lost,      closed,          send::nothing,  release,       release       },
  {  flushing,       deadline_passed,  closed,          send::nothing,  release,       release       },
  {  flushing,       talks_on,         ending,          send::nothing,  stop_sending,  stop_sending  },
  {  flushing,       terminated,       closed,          send::nothing,  release,       release       },

  {  awaiting_close, close_called,     awaiting_close,  send::nothing,  keep,          keep          },
  {  awaiting_close, close_received,   ending,          send::nothing,  end_our_side,  await_its_end },
  {  awaiting_close, violation,        ending,          send::nothing,  end_our_side,  await_its_end },
  {  awaiting_close, stream_ended,     closed,          send::nothing,  release,       release       },
  {  awaiting_close, stream_lost,      closed,          send::nothing,  release,       release       },
  {  awaiting_close, deadline_passed,  closed,          send::nothing,  release,       release       },
  {  awaiting_close, talks_on,         ending,          send::nothing,  stop_sending,  stop_sending  },
  {  awaiting_close, terminated,       closed,          send::nothing,  release,       release       },

  {  replying,       close_called,     replying,        send::nothing,  keep,          keep          },
  {  replying,       reply_finished,   answering,       send::answer,   keep,          keep          },
  {  replying,       stream_ended,     replying,        send::nothing,  keep,          keep          },
  {  replying,       stream_lost,      closed,          send::nothing,  release,       release       },
  {  replying,       deadline_passed,  answering,       send::answer,   keep,          keep          },
  {  replying,       terminated,       closed,          send::nothing,  release,       release       },

  {  answering,      close_called,     answering,       send::nothing,  keep,          keep          },
  {  answering,      reply_finished,   answering,       send::nothing,  keep,          keep          },
  {  answering,      close_left,       ending,          send::nothing,  end_our_side,  await_its_end },
  {  answering,      stream_ended,     answering,       send::nothing,  keep,          keep          },
  {  answering,      stream_lost,      closed,          send::nothing,  release,       release       },
  {  answering,      deadline_passed,  closed,          send::nothing,  release,       release       },
  {  answering,      talks_on,         ending,          send::nothing,  stop_sending,  stop_sending  },
  {  answering,      terminated,       closed,          send::nothing,  release,       release       },

  {  failing,        close_called,     failing,         send::nothing,  keep,          keep          },
  {  failing,        close_left,       ending,          send::nothing,  end_our_side,  await_its_end },
  {  failing,        stream_ended,     failing,         send::nothing,  keep,          keep          },
  {  failing,        stream_lost,      closed,          send::nothing,  release,       release       },
  {  failing,        deadline_passed,  closed,          send::nothing,  release,       release       },
  {  failing,        talks_on,         ending,          send::nothing,  stop_sending,  stop_sending  },
  {  failing,        terminated,       closed,          send::nothing,  release,       release       },

  {  ending,         close_called,     ending,          send::nothing,  keep,          keep          },
  {  ending,         reply_finished,   ending,          send::nothing,  keep,          keep          },
  {  ending,         close_left,       ending,          send::nothing,  keep,          keep          },
  {  ending,         stream_ended,     closed,          send::nothing,  release,       release       },
  {  ending,         stream_lost,      closed,          send::nothing,  release,       release       },
  {  ending,         deadline_passed,  closed,          send::nothing,  release,       release       },
  {  ending,         terminated,       closed,          send::nothing,  release,       release       },
};
// clang-format on

using table = std::array<std::array<transition, signals>, stages>;

constexpr std::size_t index(stage s) { return static_cast<std::size_t>(s); }
constexpr std::size_t index(signal s) { return static_cast<std::size_t>(s); }

constexpr table build() {
  table built{};
  for (const row& r : rows)
    built[index(r.now)][index(r.what)] = {r.next, r.sends, r.server, r.client, true};
  // Once closed, nothing happens any more, whatever comes.
  for (std::size_t s = 0; s < signals; ++s)
    built[index(closed)][s] = {closed, send::nothing, keep, keep, true};
  return built;
}

constexpr table transitions = build();

constexpr bool every_pair_has_at_most_one_row() {
  for (const row& a : rows)
    for (const row& b : rows)
      if (&a != &b && a.now == b.now && a.what == b.what) return false;
  return true;
}

// What no stage may be without: the calls that are legal in every state, the ways in which a
// stream ends, and a way out when time is over.
constexpr bool every_stage_answers_what_can_always_happen() {
  for (std::size_t s = 0; s < stages; ++s)
    for (signal always : {close_called, stream_ended, stream_lost, deadline_passed, terminated})
      if (!transitions[s][index(always)].possible) return false;
  return true;
}

// Bytes that are parsed may hold a Close or break a rule; bytes that are queued leave.
constexpr bool every_stage_answers_what_it_waits_for() {
  for (std::size_t s = 0; s < stages; ++s) {
    const stage now   = static_cast<stage>(s);
    const auto& row   = transitions[s];
    const bool queued = now == flushing || now == answering || now == failing;
    if (reads_frames(now) &&
        (!row[index(close_received)].possible || !row[index(violation)].possible))
      return false;
    if (queued && !row[index(close_left)].possible) return false;
    if (now == replying && !row[index(reply_finished)].possible) return false;
  }
  return true;
}

constexpr bool nothing_goes_backwards() {
  for (const row& r : rows)
    if (r.next < r.now) return false;
  return true;
}

constexpr bool the_roles_differ_only_in_who_ends_tcp_first() {
  for (const row& r : rows) {
    const bool begins_to_end = r.next == ending && r.now != ending;
    const bool differ        = r.server == end_our_side && r.client == await_its_end;
    const bool released      = r.server == release && r.client == release;
    const bool kept          = r.server == keep && r.client == keep;
    // Given up as it is: both ends protect what is on its way from a reset.
    const bool stopped = r.server == stop_sending && r.client == stop_sending;
    if (r.what == talks_on ? !stopped
        : begins_to_end    ? !differ
        : r.next == closed ? !released
                           : !kept)
      return false;
  }
  return true;
}

// At most one Close of ours: only where none was queued, or where an unsent one is replaced.
constexpr bool a_close_is_sent_once() {
  for (const row& r : rows)
    if (r.sends != send::nothing && r.now != open && r.now != replying &&
        !(r.now == flushing && r.sends == send::failure))
      return false;
  return true;
}

constexpr bool time_always_leads_on() {
  for (std::size_t s = 0; s < index(closed); ++s)
    for (signal late : {deadline_passed, talks_on})
      if (transitions[s][index(late)].possible &&
          transitions[s][index(late)].next == static_cast<stage>(s))
        return false;
  return true;
}

// Where our bytes may be on their way when time is over: a peer that still sends would have the
// kernel answer with a reset, which destroys them.
constexpr bool a_peer_that_still_sends_is_not_reset() {
  for (stage waits : {flushing, awaiting_close, answering, failing})
    if (transitions[index(waits)][index(talks_on)].next != ending) return false;
  return true;
}

static_assert(every_pair_has_at_most_one_row());
static_assert(every_stage_answers_what_can_always_happen());
static_assert(every_stage_answers_what_it_waits_for());
static_assert(nothing_goes_backwards());
static_assert(the_roles_differ_only_in_who_ends_tcp_first());
static_assert(a_close_is_sent_once());
static_assert(time_always_leads_on());
static_assert(a_peer_that_still_sends_is_not_reset());

}  // namespace

const transition& look_up(stage now, signal what) noexcept {
  return transitions[index(now)][index(what)];
}

const char* name(stage s) noexcept {
  constexpr const char* names[stages] = {"connecting",     "open",     "flushing",
                                         "awaiting_close", "replying", "answering",
                                         "failing",        "ending",   "closed"};
  return names[index(s)];
}

const char* name(signal s) noexcept {
  constexpr const char* names[signals] = {"opened",         "close_called", "close_received",
                                          "reply_finished", "violation",    "close_left",
                                          "stream_ended",   "stream_lost",  "deadline_passed",
                                          "talks_on",       "terminated"};
  return names[index(s)];
}

}  // namespace adieu::inline v1::protocol
