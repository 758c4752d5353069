// One machine, with a network and an application that do what the input says: any bytes, any calls,
// any times. Whatever they do it keeps its contract and comes to its end; what it writes is lawful;
// and however the bytes were cut on their way, it does the same.
#include "input.hpp"
#include "reference_decoder.hpp"

#include "protocol/connection.hpp"

#include <algorithm>
#include <fstream>
#include <vector>

using namespace adieu;
using namespace adieu::protocol;
using namespace fuzz;

namespace {

constexpr std::uint64_t most_message = 4096;

class fixed_keys final : public random_source {
 public:
  std::uint32_t left = ~std::uint32_t{0};

 private:
  bool fill(std::span<std::byte> to) noexcept override {
    if (left == 0) return false;
    --left;
    std::fill(to.begin(), to.end(), std::byte{0x5A});
    return true;
  }
};

class play {
 public:
  play(input told, cuts cut) : told_(told), cut_(cut), shared_(source_) {
    const unsigned who = told_.byte(), how = told_.byte();
    connection_options& o           = agreed_.options;
    agreed_.side                    = who % 2 ? role::server : role::client;
    agreed_.shared                  = &shared_;
    o.max_message                   = most_message;
    o.max_buffered                  = who & 2 ? 500 : 0;
    o.on_overflow                   = who & 4 ? overflow::close : overflow::refuse;
    o.late_messages                 = who & 8 ? late::discard : late::deliver;
    o.max_control_frames_per_second = who & 16 ? 3 : 0;
    o.deflate                       = {.threshold = who & 32 ? 0u : 20u};
    if (who & 64) source_.left = 1;
    deflate_agreement deflate{
        .on = how % 2 != 0, .our_takeover = (how & 2) != 0, .their_takeover = (how & 4) != 0};
    deflate.our_window_bits = deflate.their_window_bits =
        static_cast<std::uint16_t>((8 + how / 8 % 8) & 15);
    machine_ = std::make_unique<connection>(agreed_, now_);
    machine_->agree(deflate);
    if ((how & 64) == 0) machine_->opened(now_);
    peer_.masked      = agreed_.side == role::client;
    peer_.deflate     = deflate.on;
    peer_.takeover    = deflate.our_takeover;
    peer_.window_bits = 8 + static_cast<int>(how / 8 % 8);
  }

  void run() {
    while (!told_.over()) {
      step(told_.byte());
      hold();
      note("then", static_cast<std::uint64_t>(machine_->at()), machine_->buffered_amount(),
           machine_->queued_messages());
    }
    come_to_the_end();
    if (was_open_) judge_what_was_written();
  }

  /// All that it did, to be compared.
  std::string log;

 private:
  void note(const char* what, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0) {
    for (std::uint64_t n : {a, b, c}) (log += std::to_string(n)) += ' ';
    (log += what) += '\n';
  }

  void step(unsigned what) {
    connection& m = *machine_;
    switch (what % 16) {
      case 0:
      case 1:
      case 2: return receive(told_.bytes(told_.byte()));
      case 3: return m.end_of_stream(now_);
      case 4: return m.lose(cause::reset, now_);
      case 5: now_ += std::chrono::milliseconds(told_.byte() * 50); return m.tick(now_);
      case 6: return close(told_.byte());
      case 7: return hand_over(told_.byte());
      case 8: return m.finish_reply(now_);
      case 9:
      case 10: return send(what / 16, told_.bytes(told_.byte()));
      case 11: return m.output_blocked(now_, what / 16);
      case 12:
        return note("ping", static_cast<std::uint64_t>(m.ping(as_bytes(ping_of(what)), now_)));
      case 13: return m.set_reading((what & 16) != 0, now_);
      case 14: return opens(what);
      default: return ends(what);
    }
  }
  std::string_view ping_of(unsigned what) { return told_.bytes(what / 16 * 8); }
  void opens(unsigned what) {
    if (what & 16)
      machine_->opened(now_);
    else if (machine_->at() == stage::connecting && (what & 32))
      machine_->refused(now_);
  }
  void ends(unsigned what) {
    switch (what / 16 % 5) {
      case 0: return machine_->terminate(now_);
      case 1: return machine_->fail_handler(now_);
      case 2: return machine_->leave(now_);
      case 3: return machine_->hurry(now_ + std::chrono::seconds(told_.byte()));
      default: return machine_->truncated(now_);
    }
  }

  // Every piece of it, one after the other, as the driver does.
  void receive(std::string_view bytes) {
    if (machine_->at() == stage::connecting) return;
    while (!bytes.empty() && machine_->wants_input()) {
      const std::size_t n = cut_.next(bytes.size());
      own_copy piece(bytes.substr(0, n));
      bytes.remove_prefix(n);
      machine_->receive(piece.span(), now_);
      event e;
      while (machine_->next_event(e, now_)) {
        require(e.what != event::kind::message || e.bytes.size() <= most_message,
                "a message is within max_message");
        note("event", static_cast<std::uint64_t>(e.what),
             e.what == event::kind::message && e.type == message_type::text);
        if (e.what == event::kind::closing) continue;
        log += as_text(e.bytes);
        require(e.what != event::kind::message || e.type != message_type::text ||
                    utf8_lacks(as_text(e.bytes)) == 0,
                "a text is UTF-8");
      }
    }
  }

  void send(unsigned how, std::string_view bytes) {
    own_copy kept(bytes);
    const message_view m{how % 2 ? message_type::text : message_type::binary, kept.span()};
    const bool text_is_bad = m.is_text() && utf8_lacks(bytes) != 0;
    const error e          = how & 2 ? machine_->send_last_word(m, now_) : machine_->send(m, now_);
    require(e != error::none || !text_is_bad, "no text that is not UTF-8 is sent");
    if (e == error::none)
      accepted_.push_back(
          {m.is_text() ? told::kind::text : told::kind::binary, std::string(bytes)});
    note("send", static_cast<std::uint64_t>(e));
    machine_->keep_borrowed();
  }

  void close(unsigned how) {
    const auto code = static_cast<std::uint16_t>(how % 4 == 0 ? 4000 + how : 990 + how);
    bool began      = false;
    const error e =
        how == 255 ? machine_->close(no_status, "", now_, began)
                   : machine_->close(close_code(code), std::string(how % 3 * 62, 'r'), now_, began);
    note("close", static_cast<std::uint64_t>(e), began);
  }

  void hand_over(std::uint64_t most) {
    piece pieces[4];
    std::uint64_t taken = 0;
    const std::size_t n = machine_->output(pieces);
    for (std::size_t i = 0; i < n && taken < most; ++i) {
      const auto part = std::min<std::uint64_t>(pieces[i].size, most - taken);
      written_ += as_text({pieces[i].data, static_cast<std::size_t>(part)});
      taken += part;
    }
    if (taken != 0) machine_->consumed(taken, now_);
  }

  // What holds after whatever has happened.
  void hold() {
    const connection& m = *machine_;
    require(m.at() >= before_, "the stage only moves forward");
    before_   = m.at();
    was_open_ = was_open_ || m.was_open();
    require(m.at() == stage::closed || m.at() == stage::open || m.deadline() != never,
            "what is neither open nor closed has a deadline");
    require(m.at() != stage::closed || (!m.has_output() && !m.wants_input()),
            "nothing follows the end");
    require((m.buffered_amount() == 0) || m.queued_messages() != 0,
            "bytes are buffered of messages only");
  }

  // Time alone ends it, and what is queued leaves.
  void come_to_the_end() {
    if (machine_->at() == stage::connecting) machine_->leave(now_);
    for (int n = 0; machine_->at() != stage::closed; ++n) {
      require(n < 200, "it comes to its end");
      bool began = false;
      if (machine_->at() == stage::open) machine_->close(close_code::normal, "", now_, began);
      if (n < 100) hand_over(~std::uint64_t{0});
      if (machine_->at() == stage::closed) break;
      now_ = std::max(now_, machine_->deadline());
      machine_->tick(now_);
      hold();
    }
    const ending& how = machine_->ending_so_far();
    require(!how.was_clean || (how.sent && how.received && how.unsent_messages == 0),
            "clean means both Closes, and nothing lost");
    require(how.received.has_value() == (how.code != 1006) || how.code == 1015,
            "the code is that of the Close received");
    log += explain(how);
    note("", static_cast<std::uint64_t>(how.cause), static_cast<std::uint64_t>(how.initiator),
         how.late_messages);
    log += written_;
  }

  void judge_what_was_written() {
    const decoded read = decode(written_, peer_);
    std::size_t next   = 0;
    for (const told& t : read.all) {
      require(t.what != told::kind::broken, "what is written is lawful");
      if (t.what != told::kind::text && t.what != told::kind::binary) continue;
      require(next < accepted_.size() && t == accepted_[next++],
              "the messages written are those accepted, in their order");
    }
    if (read.all.empty() || read.all.back().what != told::kind::close) return;
    require(read.used == written_.size(), "nothing is written behind the Close");
    require(next == accepted_.size(), "every message accepted is written before the Close");
    require(machine_->ending_so_far().sent.has_value(), "a Close that has left is told as sent");
  }

  input told_;
  cuts cut_;
  fixed_keys source_;
  resources shared_;
  terms agreed_;
  reading peer_;
  protocol::time now_ = protocol::time(std::chrono::hours(1000));
  std::unique_ptr<connection> machine_;
  stage before_  = stage::connecting;
  bool was_open_ = false;
  std::vector<told> accepted_;
  std::string written_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string expected;
  for (cuts::kind how : cuts::all) {
    play one(input(data, size), cuts(how, static_cast<unsigned>(size)));
    one.run();
    if (how == cuts::kind::none) expected = one.log;
    if (one.log != expected) {
      (std::ofstream("whole.log") << expected).flush();
      (std::ofstream("cut.log") << one.log).flush();
      std::fprintf(stderr, "compare whole.log and cut.log\n");
    }
    require(one.log == expected, "cut in other places, the same happens");
  }
  return 0;
}
