// A row of a table: octets that a peer sends to an echoing end. It is replayed whole, frame by
// frame, and octet by octet, and after each piece what the end has sent is held against what the
// RFC asks of it by then (expectation.hpp). Knows no rule itself.
#pragma once

#include "conformance/expectation.hpp"
#include "conformance/zlib_streams.hpp"
#include "protocol/script.hpp"

#include <functional>
#include <iomanip>
#include <sstream>

namespace adieu::inline v1::protocol {

struct row_of_octets {
  std::string name;
  role side = role::client;  // the end that is tested
  std::string bytes;         // what its peer sends
  connection_options options = {};
  bool we_closed             = false;  // the end has called close() before they come
  deflate_agreement agreed   = {};     // from the end's point of view
};

/// A peer's bytes, frame after frame.
inline std::string octets_of(role from, std::initializer_list<frame> frames) {
  std::string all;
  for (const frame& f : frames) all += bytes_of(f, from);
  return all;
}

inline std::string hex(std::string_view bytes) {
  std::ostringstream to;
  for (char c : bytes.substr(0, 48))
    to << std::hex << std::setw(2) << std::setfill('0') << static_cast<int>(c & 0xFF) << ' ';
  if (bytes.size() > 48) to << "… (" << std::dec << bytes.size() << " octets)";
  return to.str();
}

/// Where the pieces end.
using cuts = std::vector<std::size_t>;

// Every octet; of long ones those at the beginning, at the end and around the frames' ends, and
// blocks of odd sizes between.
inline cuts octet_by_octet(const row_of_octets& r, const expectation& e) {
  constexpr std::size_t all_of = 4096, near = 24, block = 997;
  cuts at;
  if (r.bytes.size() <= all_of) {
    for (std::size_t i = 1; i <= r.bytes.size(); ++i) at.push_back(i);
    return at;
  }
  std::size_t frame = 0;
  for (std::size_t i = 1; i <= r.bytes.size(); ++i) {
    while (frame + 1 < e.frame_ends.size() && e.frame_ends[frame] + near < i) ++frame;
    const std::size_t end = e.frame_ends[frame];
    if (i <= near || (i + near >= end && i <= end + near) || i % block == 0) at.push_back(i);
  }
  if (at.back() != r.bytes.size()) at.push_back(r.bytes.size());
  return at;
}

class table_of_octets : public ::testing::Test {
 protected:
  ~table_of_octets() override { RecordProperty("rows", static_cast<int>(rows_)); }

  std::size_t rows() const { return rows_; }

  /// Whole, frame by frame, octet by octet.
  void replay(const row_of_octets& r) {
    const expectation e = expected(r);
    run(r, e, "whole", {r.bytes.size()});
    if (e.frame_ends.size() > 1) run(r, e, "frame by frame", e.frame_ends);
    run(r, e, "octet by octet", octet_by_octet(r, e));
  }
  void replay_whole(const row_of_octets& r) { run(r, expected(r), "whole", {r.bytes.size()}); }
  void replay_cut_at(const row_of_octets& r, const cuts& at) {
    run(r, expected(r), "in pieces", at);
  }
  /// At the end of some test: that it had the rows that it should have had.
  void expect_rows(std::size_t least) { EXPECT_GE(rows_, least); }

 private:
  expectation expected(const row_of_octets& r) {
    ++rows_;
    inflating inflate;
    const auto streams = std::make_shared<zlib_streams>(r.agreed);
    if (r.agreed.on)
      inflate = [streams](const std::string& p) { return streams->inflate_theirs(p); };
    return reference(r.side, r.options.max_message, r.we_closed, std::move(inflate)).of(r.bytes);
  }

  void run(const row_of_octets& r, const expectation& e, const char* how, const cuts& at) {
    if (wrong_ >= most_wrong) return;
    const bool had_failed  = HasFailure();
    const std::string what = difference(r, e, at);
    const bool broke_rule  = HasFailure() && !had_failed;  // one that holds in every run
    if (what.empty() && !broke_rule) return;
    ++wrong_;
    ADD_FAILURE() << r.name << ", " << name(r.side) << (r.we_closed ? ", which had closed" : "")
                  << ", " << how << ": " << what << "\n  the peer sent " << hex(r.bytes);
  }

  static std::string difference(const row_of_octets& r, const expectation& e, const cuts& at) {
    auto s = script::open(r.side, r.options, r.agreed);
    zlib_streams streams(r.agreed);
    // It echoes, and holds on to nothing else.
    s.on_event = [&](const event& heard) {
      if (heard.what != event::kind::message) return;
      if (s.machine().state() == ready_state::open) s.sends(heard.message());
      s.messages.clear();
    };
    if (r.we_closed) s.closes();
    s.newly_sent();

    std::string unread, wrong;
    std::size_t sent = 0, fed = 0;
    for (const std::size_t end : at) {
      s.hears(std::string_view(r.bytes).substr(fed, end - fed));
      fed = end;
      unread += s.newly_sent();
      std::string_view rest = unread;
      while (auto f = take_frame(rest)) {
        if (r.agreed.on && f->rsv == 4 && (f->opcode == 1 || f->opcode == 2)) {
          const auto inflated = streams.inflate_ours(f->payload);
          if (!inflated)
            return "what it sent compressed cannot be inflated, or refers too far back";
          *f = {f->opcode, *inflated, f->fin};
        }
        if (sent == e.sends.size())
          return "after octet " + std::to_string(end) + " it sent " + said(*f);
        const due_frame& due = e.sends[sent++];
        if (end < due.from)
          return said(*f) + " at octet " + std::to_string(end) + ", before octet " +
                 std::to_string(due.from);
        if (due.fails ? f->opcode != 8 || f->payload.substr(0, 2) != due.what.payload
                      : *f != due.what)
          return "it sent " + said(*f) + ", not " + said(due.what);
      }
      unread = std::string(rest);
      if (sent < e.sends.size() && end >= e.sends[sent].by)
        return "nothing at octet " + std::to_string(end) + ", where " + said(e.sends[sent].what) +
               " was due";
    }
    if (!unread.empty()) return "half a frame: " + hex(unread);
    return difference_at_the_end(s, r, e);
  }

  static std::string difference_at_the_end(script& s, const row_of_octets& r,
                                           const expectation& e) {
    const stage at = s.machine().at();
    if (e.open) {
      const stage wanted = r.we_closed ? stage::awaiting_close : stage::open;
      if (at != wanted) return std::string("it is ") + name(at) + ", not " + name(wanted);
      if (s.machine().fate() != stream_fate::keep) return "it ends TCP";
      return "";
    }
    // The server ends TCP first, at once; the client waits for that. [7.1.1]
    if (at != stage::ending) return std::string("it is ") + name(at) + ", not ending";
    const stream_fate wanted =
        r.side == role::server ? stream_fate::end_our_side : stream_fate::await_its_end;
    if (s.machine().fate() != wanted) return "TCP is ended by the wrong side";
    s.peer_ends_stream();
    const ending& how = s.how();
    if (!s.closed()) return "it does not end with the stream";
    std::ostringstream wrong;
    if (how.was_clean != e.clean) wrong << "was_clean is " << how.was_clean << "; ";
    if (how.code != e.code) wrong << "code is " << how.code << ", not " << e.code << "; ";
    if (how.reason != e.reason) wrong << "reason is '" << how.reason << "'; ";
    if (how.cause != e.why)
      wrong << "cause is " << name(how.cause) << ", not " << name(e.why) << "; ";
    const initiator who = r.we_closed || !e.clean ? initiator::local : initiator::remote;
    if (how.initiator != who) wrong << "begun by " << name(how.initiator) << "; ";
    return wrong.str();
  }

  static std::string said(const frame& f) {
    std::ostringstream to;
    to << f;
    return to.str();
  }

  static constexpr int most_wrong = 10;
  std::size_t rows_               = 0;
  int wrong_                      = 0;
};

}  // namespace adieu::inline v1::protocol
