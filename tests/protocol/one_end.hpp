// One end of a connection: a real machine, an application that notes what it is told, and a
// transport that takes as many bytes as a test lets it. After every step it checks what has to hold
// in every run. Knows neither the peer nor whether there is one.
#pragma once

#include "protocol/connection.hpp"
#include "protocol/frames.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1::protocol {

inline constexpr role both_roles[] = {role::client, role::server};
inline constexpr role other(role r) { return r == role::client ? role::server : role::client; }
inline const char* name(role r) { return r == role::client ? "client" : "server"; }

/// Time for tests: passes only when it is told to.
struct virtual_time {
  time now = time(std::chrono::hours(1000));
};

/// Keys that a test can foretell: key n is the bytes n, n+1, n+2, n+3 (taken from the back).
class counted_keys : public random_source {
 public:
  bool fails              = false;
  std::uint32_t now_epoch = 0;
  int fills               = 0;

  bool fill(std::span<std::byte> to) noexcept override {
    if (fails) return false;
    ++fills;
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<std::byte>(i / 4 + i % 4);
    return true;
  }
  std::uint32_t epoch() const noexcept override { return now_epoch; }
};

struct sent_message {
  message_type type;
  std::string bytes;
  bool operator==(const sent_message&) const = default;
};

class one_end {
 public:
  static constexpr std::size_t unlimited = ~std::size_t{0};

  one_end(role side, virtual_time& clock, const connection_options& options = {}) : clock_(&clock) {
    agreed_.side    = side;
    agreed_.options = options;
    agreed_.shared  = &shared_;
    shared_.jitter.turn_off();
    machine_ = std::make_unique<connection>(agreed_, clock.now);
  }

  // --- what a test may turn ---
  std::size_t takes  = unlimited;  // how many bytes the transport still takes
  bool holds_reply   = false;      // the application keeps its closing_reply
  bool reads         = true;       // the application reads
  bool checks_frames = true;       // what leaves is frames (not an HTTP head)
  std::function<void(const event&)> on_event;

  // --- what was seen ---
  std::vector<sent_message> accepted;  // by send()
  std::vector<sent_message> messages;  // delivered
  std::vector<std::string> pongs;
  int closings = 0;
  std::string sent;  // every byte that was handed to the transport

  connection& machine() { return *machine_; }
  const connection& machine() const { return *machine_; }
  counted_keys& keys() { return keys_; }
  resources& shared() { return shared_; }
  time now() const { return clock_->now; }
  bool closed() const { return machine_->at() == stage::closed; }
  const ending& how() { return machine_->ending_so_far(); }

  // --- the application ---
  void opens() {
    machine_->opened(now());
    settle();
  }
  error sends(message_view m) {
    const error refused = machine_->send(m, now());
    if (refused == error::none) accepted.push_back({m.type(), std::string(m.text())});
    hand_over();
    machine_->keep_borrowed();
    settle();
    return refused;
  }
  error sends_last_word(message_view m) {
    const error refused = machine_->send_last_word(m, now());
    if (refused == error::none) accepted.push_back({m.type(), std::string(m.text())});
    machine_->keep_borrowed();
    settle();
    return refused;
  }
  bool closes(code_to_send code = 1000, std::string_view reason = "") {
    bool began = false;
    EXPECT_EQ(machine_->close(code, reason, now(), began), error::none);
    settle();
    return began;
  }
  error refused_close(code_to_send code, std::string_view reason = "") {
    bool began        = true;
    const error wrong = machine_->close(code, reason, now(), began);
    EXPECT_FALSE(began);
    settle();
    return wrong;
  }
  void finishes_reply() { machine_->finish_reply(now()), settle(); }
  void throws(std::string_view what = {}) { machine_->fail_handler(now(), what), settle(); }
  void terminates() { machine_->terminate(now()), settle(); }
  void leaves() { machine_->leave(now()), settle(); }
  void stops_reading() {
    reads = false;
    machine_->set_reading(false, now());
  }
  void reads_again() {
    reads = true;
    machine_->set_reading(true, now());
    machine_->replay_input();
    settle();
  }

  // --- the network ---
  void hears(std::string_view bytes) {
    // Memory of exactly that size, so that a sanitizer sees a step beyond it.
    const auto own = std::make_unique<std::byte[]>(bytes.size());
    std::memcpy(own.get(), bytes.data(), bytes.size());
    machine_->receive({own.get(), bytes.size()}, now());
    settle();
  }
  void hears_truncation() { machine_->truncated(now()), settle(); }
  void hears_end_of_stream() { machine_->end_of_stream(now()), settle(); }
  void loses_stream(cause why = cause::reset) { machine_->lose(why, now()), settle(); }
  void transport_takes(std::size_t n) {
    takes = n;
    settle();
  }
  void ticks() { machine_->tick(now()), settle(); }
  void looks(const transport_look& seen) { machine_->looked(seen, now()), settle(); }

  /// Everything that is due at this moment, in the order of the driver: events, then output.
  void settle() {
    event e;
    while (reads && machine_->next_event(e, now())) note(e);
    if (!reads) machine_->keep_input();
    hand_over();
    check();
  }

  std::uint64_t payload_of_accepted() const {
    std::uint64_t all = 0;
    for (const auto& m : accepted) all += m.bytes.size();
    return all;
  }

 private:
  void note(const event& e) {
    ASSERT_FALSE(closed()) << "nothing comes after the end";
    switch (e.what) {
      case event::kind::message:
        messages.push_back({e.type, std::string(e.message().text())});
        break;
      case event::kind::pong: pongs.emplace_back(e.message().text()); break;
      case event::kind::closing: ++closings; break;
    }
    if (on_event) on_event(e);
    if (e.what == event::kind::closing && !holds_reply) machine_->finish_reply(now());
  }

  void hand_over() {
    piece pieces[4];
    while (machine_->has_output()) {
      const std::size_t count = machine_->output(pieces);
      ASSERT_GT(count, 0u);
      std::size_t total = 0, taken = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t n = std::min(pieces[i].size, takes);
        ASSERT_GT(pieces[i].size, 0u);
        sent.append(reinterpret_cast<const char*>(pieces[i].data), n);
        total += pieces[i].size;
        taken += n;
        if (takes != unlimited) takes -= n;
      }
      machine_->consumed(taken, now());
      if (taken < total) return machine_->output_blocked(now());
    }
  }

  // What holds after every step of every test. [docs/closing.md 9, 2]
  void check() {
    const stage at = machine_->at();
    EXPECT_GE(at, furthest_) << "a state never goes backwards";
    furthest_ = at;
    if (at == stage::closed) {
      EXPECT_EQ(machine_->deadline(), never);
      EXPECT_FALSE(machine_->wants_input());
      EXPECT_EQ(machine_->fate(),
                furthest_fate_ == stream_fate::keep ? machine_->fate() : stream_fate::release);
      if (!ended_)
        ended_ = how();
      else
        expect_unchanged();
      if (how().was_clean) {
        EXPECT_TRUE(how().sent && how().received);
        EXPECT_EQ(how().unsent_messages, 0u);
      }
      if (!how().received) {
        EXPECT_TRUE(how().code == 1006 || how().code == 1015);
        EXPECT_EQ(how().reason, "");
      }
    } else if (at != stage::open) {
      EXPECT_NE(machine_->deadline(), never) << "every phase has a deadline";
    }
    furthest_fate_ = machine_->fate();
    if (checks_frames) check_frames();
  }

  void expect_unchanged() {
    EXPECT_EQ(how().cause, ended_->cause);
    EXPECT_EQ(how().code, ended_->code);
    EXPECT_EQ(how().was_clean, ended_->was_clean);
    EXPECT_EQ(how().sent, ended_->sent);
    EXPECT_EQ(how().unsent_messages, ended_->unsent_messages);
    EXPECT_EQ(how().unsent_bytes, ended_->unsent_bytes);
  }

  // At most one Close, and nothing after it on the wire.
  void check_frames() {
    std::string_view rest = std::string_view(sent).substr(checked_);
    while (auto f = take_frame(rest)) {
      EXPECT_FALSE(our_close_left_) << "after our Close: " << *f;
      our_close_left_ = our_close_left_ || f->opcode == 8;
      checked_        = sent.size() - rest.size();
    }
    EXPECT_TRUE(!our_close_left_ || checked_ == sent.size()) << "bytes after our Close";
    const bool said = machine_->state() > ready_state::open && how().sent.has_value();
    EXPECT_EQ(said, our_close_left_) << "`sent` is what left";
  }

  virtual_time* clock_;
  counted_keys keys_;
  resources shared_{keys_};
  terms agreed_;
  std::unique_ptr<connection> machine_;
  stage furthest_            = stage::connecting;
  stream_fate furthest_fate_ = stream_fate::keep;
  std::optional<ending> ended_;
  std::size_t checked_ = 0;
  bool our_close_left_ = false;
};

}  // namespace adieu::inline v1::protocol
