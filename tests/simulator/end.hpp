// One end of a connection: a real machine, and what stands for the driver (src/net/driver.cpp)
// between it and the network. It keeps the driver's rules to the letter, turn by turn, over the
// sockets of link.hpp; whoever changes the driver changes this. Decides nothing. Knows of the
// application only what it tells it.
#pragma once

#include "http/url.hpp"
#include "protocol/client_opening.hpp"
#include "protocol/connection.hpp"
#include "protocol/server_opening.hpp"
#include "simulator/link.hpp"
#include "simulator/memory.hpp"
#include "simulator/patience.hpp"
#include "simulator/wire_watch.hpp"

#include <memory>
#include <optional>

namespace simulator {

using namespace adieu;
using protocol::connection;
using protocol::event;
using protocol::stage;
using protocol::stream_fate;

/// What the driver tells. False: the handler threw.
class application_of_end {
 public:
  virtual bool on_opened()                                 = 0;
  virtual bool on_message(message_view incoming)           = 0;
  virtual bool on_closing()                                = 0;
  virtual bool on_pong(std::span<const std::byte> payload) = 0;
  virtual bool on_drained()                                = 0;
  virtual void on_ended()                                  = 0;
  /// Server: a request that keeps the rules has come; accept() or refuse(), now or later.
  virtual void on_request() = 0;

 protected:
  ~application_of_end() = default;
};

/// What a handler of the simulator's says that throws.
inline constexpr std::string_view thrown_words = "thrown by the handler";

/// Randomness that tells its own number (wire_watch.hpp), and can fail.
class numbered_keys final : public protocol::random_source {
 public:
  bool fill(std::span<std::byte> to) noexcept override;
  bool fails          = false;
  std::uint32_t drawn = 0;
};

struct interest {
  bool read = false, write = false;
};

class end {
 public:
  static constexpr std::size_t buffer_size = 128 * 1024;

  void begin(world& w, link& l, who whose, application_of_end& told, wire_watch& watch,
             const connection_options& options);
  /// As if the opening had just succeeded.
  void starts_open(const protocol::deflate_agreement& deflate);
  /// A client looks for its server.
  void starts_connecting();
  /// …and does not find it.
  void cannot_connect(cause why, phase where);
  /// The opening is carried out; the transport is connected.
  void starts_opening();
  /// Destroys the machine; what it held is given back.
  void over();

  // --- the application's side of the driver ---
  error send(message_view outgoing, const content& what);
  error send_last_word(message_view outgoing, const content& what);
  error ping(std::span<const std::byte> payload);
  error close(code_to_send code, std::string_view reason, bool& began);
  void finish_reply();
  void terminate();
  void hurry(time until);
  void leave();
  /// What was posted to its thread throws, between two turns.
  void posted_work_throws();
  void flush_now();
  void pause(bool paused);
  bool accept();
  bool refuse(unsigned status, const header_list& headers = {});
  /// The same, with these bytes, whatever they are.
  bool refuse_saying(std::string_view answer);

  // --- the loop's side ---
  /// When the loop has its next turn, and whether that turn asks the poller.
  time next_turn(bool& asks_poller) const;
  void turn(bool asks_poller);
  /// The process does nothing until then; afterwards it sees that the clock has jumped, or not.
  void sleeps_until(time t, bool sees_it = false) {
    busy_until_ = t;
    doubts_     = sees_it;
  }
  time asleep_until() const noexcept { return busy_until_; }
  /// due() before its time, as the wheel may.
  void due_early();

  connection& machine() noexcept { return *machine_; }
  const connection& machine() const noexcept { return *machine_; }
  bool ended() const noexcept { return ended_; }
  who whose() const noexcept { return who_; }
  bool paused() const noexcept { return paused_; }
  bool is_opening() const noexcept { return opening_present_ && !opening_over_; }
  numbered_keys& keys() noexcept { return keys_; }
  const connection_options& options() const noexcept { return agreed_.options; }
  const ending& how() noexcept { return machine_->ending_so_far(); }

  // --- what was seen, for the invariants ---
  struct seen {
    bool blocked              = false;  // the transport had refused some
    bool ended_input          = false;  // the machine was told of the end of stream
    bool ended_before_timeout = false;  // …when its kernel had not given up the peer
    bool lost                 = false;  // the machine was told that the stream is lost
    bool said_lost_reset      = false;
    bool ticked_ever          = false;
    bool ticked_closing       = false;  // a deadline fell due once somebody had closed
    bool stopped              = false;  // nothing was sent any more, for the peer talks on
    bool threw                = false;
    bool threw_first          = false;  // …when there was no cause yet
    bool had_its_turn         = false;  // there was more to tell than one turn has room for
    bool threw_in_on_closing  = false;
    bool closed_by_us         = false;  // close() began it
    bool terminated = false, left_by_owner = false;
    bool own_close_on_wire_at_theirs = false;  // whether ours had left whole when theirs came
    unsigned closings                = 0;
    unsigned refusals                = 0;  // how often the transport took not all
    std::uint64_t queue_then         = 0;  // what was queued when a message was sent: bytes
    std::uint64_t messages_then      = 0;
    protocol::deflate_agreement deflate;
    std::uint64_t read      = 0;  // bytes
    std::uint64_t discarded = 0;  // bytes read once frames were no longer read
  };
  const seen& was() const noexcept { return seen_; }
  seen& was() noexcept { return seen_; }
  bool has_kept_input() const noexcept { return machine_->has_kept_input(); }
  /// Whether there is somebody to hand bytes to.
  bool hands_over() const noexcept { return !is_opening() && !broken_ && !stopped_; }
  const patience& waits() const noexcept { return patience_; }
  patience& waits() noexcept { return patience_; }
  const wire_watch& watch() const noexcept { return *watch_; }

  /// How late a turn for a deadline may be.
  duration lateness = {};
  /// It ends its side of the stream right behind its Close, as some peers do, and reads on.
  bool half_closes = false;
  /// Of the driver's.
  int messages_a_turn = 1000;
  /// Its process reads so much, and is busy with it for so long. 0: as it comes.
  std::uint32_t reads_at_once = 0;
  duration busy_with_it       = {};
  /// Its stream encrypts: what a write did not take is fixed, and an end of stream may be a cut.
  bool encrypts = false;

 private:
  void ready(readiness how);
  io_result receive(std::span<std::byte> to);
  bool holds_input() const noexcept { return !held_.empty(); }
  void opening_ready(readiness how);
  void client_received(std::span<std::byte> bytes);
  void server_received(std::span<std::byte> bytes);
  void due();
  void looks();
  void ticks();
  void doubts();
  void pings_are_queued(unsigned many, std::uint64_t queued_before);
  void notes_stage() { patience_.at(machine_->at()); }
  bool goes_on_after_a_throw();
  void hands_over_if_full();
  void stops_sending(bool half_close);
  cause lost_by(bool timed_out) const;
  bool read(bool to_the_end);  // true: there is more than is read in one turn
  void came_to_nothing(const io_result& how);
  void replay();
  void pump();
  bool tell(const event& e);
  void settle();
  void flush();
  void seal(std::span<const piece> pieces, std::size_t sent);
  void is_as_sealed(std::span<const piece> pieces);
  void drain_and_lose();
  void finish();
  void end_it();
  void opened(std::span<const std::byte> glued);
  void lose(cause why);
  void much_queued();
  bool opening_timed_out();
  void arm(time at);
  interest wants() const;
  bool reads() const noexcept {
    return !paused_ || broken_ || machine_->state() == ready_state::closing;
  }
  bool next(event& e);
  void changed();
  void say(std::string_view head);
  void agree(const protocol::deflate_agreement& deflate);
  memory_of scale() const noexcept { return memory_of(index(who_)); }

  world* world_             = nullptr;
  link* link_               = nullptr;
  application_of_end* told_ = nullptr;
  wire_watch* watch_        = nullptr;
  who who_                  = who::client;

  numbered_keys keys_;
  std::optional<protocol::resources> shared_;
  protocol::terms agreed_;
  std::optional<connection> machine_;
  std::unique_ptr<std::byte[]> buffer_ = std::make_unique<std::byte[]>(buffer_size);

  std::optional<protocol::client_opening> client_opening_;
  std::optional<protocol::server_opening> server_opening_;
  std::vector<std::byte> glued_;
  bool asked_ = false;
  std::vector<std::byte> held_;  // TLS has read it, and nobody has asked for it

  interest watched_;
  bool opening_present_ = false;
  bool scheduled_       = false;
  bool paused_          = false;
  bool broken_          = false;
  bool reset_           = false;
  bool timed_out_       = false;
  bool shut_            = false;
  bool stopped_         = false;
  bool doubts_          = false;
  bool open_untold_     = false;
  bool was_high_        = false;
  bool opening_over_    = false;
  bool ended_           = false;
  std::vector<std::byte> sealed_;  // what may not be others any more
  bool threw_ = false;             // a handler threw: this turn is over

  time wheel_at_   = never;
  time wheel_late_ = never;
  time posted_at_  = never;
  time busy_until_ = {};
  patience patience_;
  seen seen_;
};

}  // namespace simulator
