// One machine against a peer that a test plays: what the peer sends, what the application does,
// what time passes, and what has to come of it, line by line.
#pragma once

#include "protocol/one_end.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace adieu::inline v1::protocol {

using namespace std::chrono_literals;

/// A row of docs/closing.md 3a.
struct row_of_ending {
  bool clean;
  unsigned code;
  initiator who;
  cause why;
  phase where;
};

inline void expect_row(const ending& how, const row_of_ending& row) {
  EXPECT_EQ(how.was_clean, row.clean);
  EXPECT_EQ(how.code, row.code);
  EXPECT_EQ(name(how.initiator), name(row.who));
  EXPECT_EQ(name(how.cause), name(row.why));
  EXPECT_EQ(name(how.phase), name(row.where));
}

struct own_time {
  virtual_time own;
};

class script : private own_time, public one_end {
 public:
  explicit script(role side, const connection_options& options = {})
      : one_end(side, own, options) {}

  /// A machine that is open.
  static script open(role side, const connection_options& options = {},
                     deflate_agreement deflate = {}) {
    return script(side, options, deflate);
  }

  role peer() const { return other(machine().side()); }

  // --- the peer ---
  void peer_sends(std::initializer_list<frame> frames) {
    std::string all;
    for (const frame& f : frames) all += bytes_of(f, peer());
    hears(all);
  }
  void peer_sends(const frame& f) { peer_sends({f}); }
  void peer_sends_bytes(std::string_view bytes) { hears(bytes); }
  void peer_sends_in_pieces(std::string_view bytes, std::size_t size) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
      hears(bytes.substr(0, size));
  }
  void peer_ends_stream() { hears_end_of_stream(); }
  /// TLS without close_notify.
  void peer_is_cut_off() { hears_truncation(); }
  void peer_resets() { loses_stream(); }

  // --- time ---
  /// Time passes and the machine is ticked at each deadline on the way, at that very moment.
  void passes(duration d) {
    const time until = own.now + d;
    while (!closed() && machine().deadline() <= until) {
      own.now = std::max(own.now, machine().deadline());
      ticks();
    }
    own.now = until;
    ticks();
  }
  /// Time passes, and nobody looked at the deadlines meanwhile.
  void clock_jumps(duration d) {
    own.now += d;
    ticks();
  }
  /// This process is stopped, so that it cannot do anything meanwhile.
  void is_stopped_for(duration d) { own.now += d; }
  /// Nothing happens until just before `d` has passed, and then it does.
  void expect_deadline_in(duration d) {
    EXPECT_EQ(machine().deadline() - own.now, d);
    const stage before = machine().at();
    own.now += d - 1ns;
    ticks();
    EXPECT_EQ(name(machine().at()), name(before)) << "too early";
    own.now += 1ns;
    ticks();
  }

  // --- what the machine does ---
  void expect_sent(std::initializer_list<frame> frames) {
    EXPECT_EQ(frames_in(newly_sent()), std::vector<frame>(frames));
  }
  void expect_sent(const frame& f) { expect_sent({f}); }
  void expect_nothing_sent() { expect_sent(std::initializer_list<frame>{}); }
  /// All that was sent and that no expectation has seen.
  std::string newly_sent() { return sent.substr(std::exchange(seen_, sent.size())); }

  void expect_messages(std::initializer_list<std::string> texts) {
    std::vector<std::string> got;
    for (const auto& m : messages) got.push_back(m.bytes);
    EXPECT_EQ(got, std::vector<std::string>(texts));
    messages.clear();
  }
  void expect_at(stage s) { EXPECT_STREQ(name(machine().at()), name(s)); }
  void expect_fate(stream_fate f) { EXPECT_EQ(machine().fate(), f); }
  /// The server ends TCP first, the client waits for it.
  void expect_ends_tcp_by_role() {
    expect_at(stage::ending);
    expect_fate(machine().side() == role::server ? stream_fate::end_our_side
                                                 : stream_fate::await_its_end);
  }
  void expect_ended(const row_of_ending& row) {
    expect_at(stage::closed);
    EXPECT_EQ(machine().state(), ready_state::closed);
    expect_row(how(), row);
  }

 private:
  script(role side, const connection_options& options, deflate_agreement deflate)
      : one_end(side, own, options) {
    machine().agree(deflate);
    opens();
  }

  std::size_t seen_ = 0;
};

/// The tests that hold for both ends: `side()` is the one that is tested.
class either_end : public ::testing::TestWithParam<role> {
 protected:
  static role side() { return GetParam(); }
  static role peer() { return other(GetParam()); }
};

inline std::string name_of_role(const ::testing::TestParamInfo<role>& info) {
  return name(info.param);
}

}  // namespace adieu::inline v1::protocol
