// Two machines, a client and a server, with one virtual clock and a link between them that can be
// cut into pieces, delayed, narrowed, silenced, reset. Each end's stream is driven as the library's
// driver does: it decides nothing. TCP-lawful: inside a stream nothing is lost or reordered, and a
// socket that is closed with unread bytes resets the other.
#pragma once

#include "protocol/script.hpp"

#include <algorithm>
#include <deque>

namespace adieu::inline v1::protocol {

/// One direction of the link.
struct direction {
  // What a test may turn.
  std::size_t piece  = ~std::size_t{0};  // bytes delivered at once
  std::size_t window = 1 << 20;          // bytes that may be under way
  duration delay     = {};
  bool silent        = false;  // delivers nothing (a black hole, while it lasts)

  struct batch {
    time arrives;
    std::size_t size;
  };
  std::string bytes;  // under way, in order, from `front` on
  std::size_t front = 0;
  std::deque<batch> batches;
  std::size_t taken = 0;  // of what the sender sent
  bool ended        = false;
  time end_arrives  = {};
  bool end_told     = false;

  std::size_t under_way() const { return bytes.size() - front; }
  std::string take(std::size_t n) {
    std::string taken = bytes.substr(front, n);
    front += n;
    if (front > 100'000 || front == bytes.size()) bytes.erase(0, std::exchange(front, 0));
    return taken;
  }
  void lose() {
    bytes.clear(), batches.clear();
    front = 0;
  }
};

class pair {
 public:
  explicit pair(const connection_options& for_client = {},
                const connection_options& for_server = {})
      : client(role::client, clock, for_client), server(role::server, clock, for_server) {
    client.opens(), server.opens();
    drive();
  }

  virtual_time clock;
  one_end client, server;
  direction to_server, to_client;

  /// Everything that can happen now happens.
  void drive() {
    for (bool moved = true; moved;) {
      moved = step(client, to_server, to_client);
      moved |= step(server, to_client, to_server);
    }
  }
  /// Time passes; deadlines and arrivals on the way happen at their moments.
  void passes(duration d) {
    const time until = clock.now + d;
    for (;;) {
      drive();
      const time next = next_moment();
      if (next > until) break;
      clock.now = std::max(clock.now, next);
      for (one_end* e : {&client, &server}) e->ticks();
    }
    clock.now = until;
  }
  /// Until both are closed. The deadlines of docs/closing.md 6 say that this much is always enough,
  /// once somebody has begun to end it.
  void ends_within(duration d) {
    passes(d);
    EXPECT_TRUE(client.closed()) << name(client.machine().at());
    EXPECT_TRUE(server.closed()) << name(server.machine().at());
  }
  /// Both ends lose the stream, and what is under way with it.
  void is_reset() {
    for (direction* d : {&to_server, &to_client}) d->lose();
    for (one_end* e : {&client, &server}) e->loses_stream();
  }
  direction& from(const one_end& e) { return &e == &client ? to_server : to_client; }
  one_end& peer_of(const one_end& e) { return &e == &client ? server : client; }

 private:
  // What e has for the link, and what the link has for e. True if anything moved.
  bool step(one_end& e, direction& out, direction& in) {
    bool moved = put(e, out);
    moved |= deliver(e, in, out);
    moved |= put(e, out);
    return moved;
  }

  bool put(one_end& e, direction& out) {
    bool moved = carry(e, out);
    e.transport_takes(e.closed() || out.ended ? 0 : room(out));
    moved |= carry(e, out);
    e.takes                     = e.closed() || out.ended ? 0 : room(out);
    const bool our_side_is_done = e.closed() || (e.machine().fate() == stream_fate::end_our_side &&
                                                 !e.machine().has_output());
    if (our_side_is_done && !out.ended) {
      out.ended       = true;
      out.end_arrives = clock.now + out.delay;
      moved           = true;
    }
    return moved;
  }

  // What e sent since the last time is under way.
  bool carry(one_end& e, direction& out) {
    if (e.sent.size() == out.taken) return false;
    const std::size_t n = e.sent.size() - out.taken;
    out.bytes.append(e.sent, out.taken, n);
    out.batches.push_back({clock.now + out.delay, n});
    out.taken = e.sent.size();
    return true;
  }
  static std::size_t room(const direction& out) {
    return out.window - std::min(out.window, out.under_way());
  }

  bool deliver(one_end& e, direction& in, direction& out) {
    if (in.silent) return false;
    if (e.closed()) {
      // Bytes for a closed socket: it answers with a reset.
      one_end& other = peer_of(e);
      if (in.batches.empty() || in.batches.front().arrives > clock.now || other.closed())
        return false;
      in.lose(), out.lose();
      other.loses_stream();
      return true;
    }
    if (!e.reads || !e.machine().wants_input()) return false;
    if (!in.batches.empty()) {
      direction::batch& b = in.batches.front();
      if (b.arrives > clock.now) return false;
      const std::size_t n     = std::min(b.size, in.piece);
      const std::string bytes = in.take(n);
      if ((b.size -= n) == 0) in.batches.pop_front();
      e.hears(bytes);
      return true;
    }
    if (!in.ended || in.end_told || in.end_arrives > clock.now) return false;
    in.end_told = true;
    e.hears_end_of_stream();
    return true;
  }

  time next_moment() const {
    time next = never;
    for (const one_end* e : {&client, &server}) next = std::min(next, e->machine().deadline());
    for (const direction* d : {&to_server, &to_client}) {
      if (d->silent) continue;
      // What has arrived and is not read does not happen by waiting.
      if (!d->batches.empty() && d->batches.front().arrives > clock.now)
        next = std::min(next, d->batches.front().arrives);
      if (d->batches.empty() && d->ended && !d->end_told && d->end_arrives > clock.now)
        next = std::min(next, d->end_arrives);
    }
    return next;
  }
};

/// What holds between two ends once both are closed. [docs/closing.md 9]
inline void expect_agreement(pair& p) {
  for (one_end* e : {&p.client, &p.server}) {
    SCOPED_TRACE(name(e->machine().side()));
    one_end& other = p.peer_of(*e);
    // 3: what was delivered is a prefix of what was accepted.
    ASSERT_LE(e->messages.size(), other.accepted.size());
    for (std::size_t i = 0; i < e->messages.size(); ++i)
      ASSERT_EQ(e->messages[i].bytes.size(), other.accepted[i].bytes.size()) << i;
    EXPECT_TRUE(std::equal(e->messages.begin(), e->messages.end(), other.accepted.begin()));
    if (!e->closed()) continue;
    // 5: a Close that is said to be received was put on the wire by the other.
    if (e->how().received) {
      std::optional<close_frame> theirs;
      for (const frame& f : frames_in(other.sent))
        if (f.opcode == 8) {
          theirs.emplace();
          if (f.payload.size() >= 2) {
            theirs->code =
                static_cast<std::uint16_t>(static_cast<unsigned char>(f.payload[0]) << 8 |
                                           static_cast<unsigned char>(f.payload[1]));
            theirs->reason = f.payload.substr(2);
          }
        }
      EXPECT_EQ(e->how().received, theirs);
    }
    // 4: clean, and we began: the peer got everything we accepted, unless the closes crossed.
    if (e->how().was_clean && e->how().initiator == initiator::local &&
        other.how().initiator == initiator::remote) {
      EXPECT_EQ(other.messages.size(), e->accepted.size());
    }
    // What is told as unsent was not delivered.
    EXPECT_LE(other.messages.size() + e->how().unsent_messages, e->accepted.size());
  }
}

}  // namespace adieu::inline v1::protocol
