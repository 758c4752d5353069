// The machine: one WebSocket connection, without I/O, clock or threads.
//
// The network speaks:     receive(bytes, now)  end_of_stream(now)  truncated(now)
//                         lose(cause, now)  tick(now)  looked(what the transport tells, now)
// The application speaks: send(message, now)  ping(bytes, now)  close(code, reason, now)
//                         finish_reply(now)  fail_handler(now)  terminate(now)  leave(now)
// The machine answers:    next_event()   output() / consumed()   fate()   deadline()
//
// The contract. Every call may change all the answers. After receive() the caller takes
// next_event() until there is none; a view in an event lives until the next call of it, and the
// bytes given to receive() must live until there is none (or keep_input() was called). Between two
// events the application may call anything. Whoever changed something then hands output() to the
// transport, says consumed(), asks fate() what to do with the stream once no output is left, and
// calls tick() when deadline() has come, and looked() when look_at() has (and just before a tick()
// while that is not `never`; without any look what leaves counts as what the peer reads). Once
// stage() is closed, ending() tells how; no call changes anything any more.
//
// Errors: the peer's fault becomes a Close frame and an ending; the caller's fault is an `error`
// with nothing changed; our own fault is an assert. std::bad_alloc leaves a call of the
// application's with nothing changed, or with the connection failed; out of a call of the network's
// it may come at any point, and the caller then says out_of_memory().
#pragma once

#include <adieu/close_code.hpp>
#include <adieu/ending.hpp>
#include <adieu/error.hpp>
#include <adieu/message.hpp>

#include "protocol/budget.hpp"
#include "protocol/closing.hpp"
#include "protocol/deflate_agreement.hpp"
#include "protocol/ending_record.hpp"
#include "protocol/jitter.hpp"
#include "protocol/outbox.hpp"
#include "protocol/terms.hpp"
#include "protocol/time.hpp"
#include "wire/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <ratio>
#include <span>
#include <string_view>
#include <type_traits>

namespace adieu::inline v1::protocol {

struct event {
  enum class kind : std::uint8_t {
    message,  // a whole message
    closing,  // the peer's Close; finish_reply() is owed
    pong,     // a pong and its payload
  };
  kind what         = kind::message;
  message_type type = message_type::binary;
  std::span<const std::byte> bytes;

  message_view message() const noexcept { return {type, bytes}; }
};

/// Whether close() takes this at that end: an error says what is wrong. [RFC 6455 5.5.1, 7.4]
error check_close(code_to_send code, std::string_view reason, role from) noexcept;

class connection {
 public:
  /// Connecting from now on.
  connection(const terms& agreed, time now) noexcept : terms_(&agreed), heard_(now) {}
  connection(const connection&)            = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  // --- the opening, which is carried out elsewhere ---
  void entering(phase p) noexcept { opening_phase_ = p; }
  /// Queues the bytes of a request or of the answer to one.
  void say(std::span<const std::byte> head);
  /// Before opened(): compression as the opening has agreed on it.
  void agree(deflate_agreement deflate) noexcept { deflate_ = deflate; }
  void opened(time now);
  /// Server: the answer queued refuses the opening; it is sent and the stream ended properly.
  void refused(time now);

  // --- the network ---
  void receive(std::span<std::byte> bytes, time now);
  bool next_event(event& to, time now);
  /// The application has stopped reading: what is not parsed is copied, until replay_input().
  void keep_input();
  /// What was kept is input again.
  void replay_input() noexcept;
  bool has_kept_input() const noexcept { return incoming_ && !incoming_->kept.empty(); }
  /// Where the rest of a large message may be received to directly; empty if there is no such.
  std::span<std::byte> landing();
  void landed(std::size_t n, time now);
  void end_of_stream(time now);
  /// The same, under TLS and without close_notify: unless the closing handshake is done with, or
  /// the peer's Close has come, something may be missing. [RFC 8446 6.1]
  void truncated(time now);
  void lose(cause why, time now);
  /// That will be the cause, whatever ends it.
  void because(cause why) { record().because(why, here()); }
  void tick(time now);
  /// What the transport tells of the peer while it owes an answer, or takes nothing.
  void looked(const transport_look& seen, time now);
  /// The clock has jumped (the machine slept): whether the peer is still there is asked at once.
  void doubt(time now);
  /// There was no memory for what has to be done: fails with 1011, or ends at once if there is none
  /// for that either.
  void out_of_memory(time now) noexcept;
  /// Ends at once for want of memory. Nothing more leaves.
  void give_up(time now) noexcept;
  /// Before it, if a call of the network's threw: forgets what was received and not handed out.
  void drop_input() noexcept;

  // --- the application ---
  /// A large payload may be borrowed: keep_borrowed() before the view ends. What is refused is
  /// counted; a full queue closes the connection, if the options say so.
  error send(message_view outgoing, time now);
  error send_last_word(message_view outgoing, time now);
  /// Refused while all that is queued comes to `max_buffered`, whatever it is.
  error ping(std::span<const std::byte> payload, time now);
  /// `began`: this call started the closing (or abandoned the opening).
  error close(code_to_send code, std::string_view reason, time now, bool& began);
  void finish_reply(time now) noexcept;
  /// A handler threw, that is what(): 1011.
  void fail_handler(time now, std::string_view what = {}) noexcept;
  /// A message was refused by the layer above.
  void count_rejected(std::uint64_t bytes, time now) noexcept;
  void terminate(time now) noexcept;
  /// The application has dropped the connection: closes with 1001, whichever the role, as a browser
  /// does that navigates away; abandons an opening.
  void leave(time now) noexcept;
  /// Whatever is under way has to be over by then.
  void hurry(time until);
  /// Whether the application reads: while it does not no answer of the peer's can be seen.
  void set_reading(bool reading, time now) noexcept;
  /// A message that came after our Close was dropped by the layer above.
  void count_late_message() { ++record().how.late_messages; }

  // --- the answers ---
  stage at() const noexcept { return stage_; }
  ready_state state() const noexcept { return state_of(stage_); }
  bool was_open() const noexcept { return opened_at_ != time{}; }
  /// Once closed nothing leaves any more: what was not handed over by then is told as unsent.
  bool has_output() const noexcept {
    return outgoing_ && !outgoing_->queue.empty() && stage_ != stage::closed &&
           fate_ != stream_fate::stop_sending;
  }
  std::size_t output(std::span<piece> to) const noexcept {
    return has_output() ? outgoing_->queue.pieces(to) : 0;
  }
  void consumed(std::uint64_t n, time now);
  /// The transport takes no more for now. The first `fixed` bytes of what is left cannot be others
  /// any more: they are encrypted.
  void output_blocked(time now, std::size_t fixed = 0) noexcept {
    if (!outgoing_) return;
    if (!outgoing_->blocked) outgoing_->blocked_at = now;
    outgoing_->blocked = true;
    outgoing_->queue.fix(fixed);
  }
  /// Once this output has left our side of the stream is to be ended.
  bool ends_our_side_next() const noexcept {
    return side() == role::server && (stage_ == stage::answering || stage_ == stage::failing);
  }
  bool borrows() const noexcept { return outgoing_ && outgoing_->queue.borrows(); }
  /// There is more than low_water; or it is full, where the two are the same: who was refused is
  /// told when there is room.
  bool is_high() const noexcept {
    return is_full(options().low_water + 1, buffered_amount(), queued_messages()) ||
           send_queue_is_full();
  }
  bool send_queue_is_full() const noexcept {
    return is_full(options().max_buffered, buffered_amount(), queued_messages());
  }
  bool has_much_queued() const noexcept {
    return outgoing_ && (outgoing_->queue.borrows() || is_high());
  }
  /// If it throws give_up() is owed: the bytes are not ours any more.
  void keep_borrowed() {
    if (outgoing_) outgoing_->queue.keep_borrowed();
  }
  /// What to do with the byte stream once there is no output.
  stream_fate fate() const noexcept { return fate_; }
  /// Whether bytes from the peer are wanted, as far as the protocol goes.
  bool wants_input() const noexcept;
  bool input_ended() const noexcept { return input_ended_; }
  time deadline() const noexcept;
  /// When looked() is wanted next. No deadline of anything: nothing is given up for want of it.
  time look_at() const noexcept;
  std::uint64_t buffered_amount() const noexcept {
    return outgoing_ ? outgoing_->queue.payload() : 0;
  }
  /// Bytes of all frames that are not handed over.
  std::uint64_t queued_bytes() const noexcept { return outgoing_ ? outgoing_->queue.size() : 0; }
  /// Messages that are not handed over whole.
  std::uint64_t queued_messages() const noexcept {
    return outgoing_ ? outgoing_->queue.messages() : 0;
  }

  const terms& agreed() const noexcept { return *terms_; }
  const deflate_agreement& deflate() const noexcept { return deflate_; }
  role side() const noexcept { return terms_->side; }
  const connection_options& options() const noexcept { return terms_->options; }
  /// The ending so far; whole once closed. May throw std::bad_alloc the first time.
  ending& ending_so_far() { return record().how; }
  /// Once closed: whether all of ours had left before the stream was to end: a Close, or the answer
  /// that refused an opening.
  bool has_said_all() const noexcept { return record_ && record_->said_all; }
  /// Once closed: gives away what is no longer needed but the ending.
  void let_go() noexcept;

 private:
  enum class verdict : std::uint8_t { fine, violation, too_big };

  // short_cuts.hpp
  bool take_small_message(event& to);
  bool send_small_message(message_view outgoing);

  // connection_receive.cpp
  bool next_event_the_long_way(event& to, time now);
  bool start_frame(event& to, time now);
  bool continue_frame(event& to, time now);
  bool continue_start(event& to, time now);
  bool take_data_frame(const wire::frame_head& head, event& to, time now);
  bool take_message(const wire::frame_head& head, event& to, time now);
  bool take_payload(event& to, time now);
  bool payload_came(std::byte* at, std::size_t n, time now);
  bool control_frame(const wire::frame_head& head, std::byte* payload, event& to, time now);
  bool receive_close(std::span<const std::byte> payload, event& to, time now);
  bool deliver(message_type type, std::span<const std::byte> bytes, event& to);
  bool deliver_message(event& to);
  bool take_landed(event& to);
  verdict judge(const wire::frame_head& head) const noexcept;
  bool fail_frame(verdict why, time now);
  bool within_control_budget(time now);
  void stash(const std::byte* from, std::size_t n);
  void discard_input();
  void tidy_incoming();
  incoming& arriving();
  bool mid_message() const noexcept { return incoming_ && incoming_->unfinished; }

  // connection_deflate.cpp
  bool starts_compressed(const wire::frame_head& head) const noexcept;
  bool take_compressed_message(const wire::frame_head& head, event& to, time now);
  void start_compressed();
  bool take_compressed_payload(event& to, time now);
  bool fail_inflating(wire::inflated why, std::span<const std::byte> came, time now);
  std::uint64_t compressed_left() const noexcept;
  std::span<const std::byte> compressed(message_view outgoing);
  void forget_contexts() noexcept;

  // connection_send.cpp
  error send_the_long_way(message_view outgoing, time now);
  outgoing& new_departing();
  error queue_message(message_view outgoing, time now);
  void reject(message_view refused, error why, time now) noexcept;
  bool is_valid_text(std::span<const std::byte> text) const noexcept;
  std::size_t append_frame(wire::opcode op, std::span<const std::byte> payload,
                           bool is_compressed = false);
  error queue_ping(std::span<const std::byte> payload, time now);
  void queue_pong(std::span<const std::byte> payload);
  void queue_close(close_frame frame);
  void no_randomness(time now);
  outgoing& departing() { return outgoing_ ? *outgoing_ : new_departing(); }

  // connection.cpp: the table carried out
  void apply(signal what, time now, const close_frame* ours = nullptr);
  void end(time now);
  phase here() const noexcept {
    return stage_ == stage::connecting ? opening_phase_ : phase_of(stage_);
  }
  void count_unsent();
  void fail(cause why, close_code code, std::string_view reason, time now);
  void begin_closing(const close_frame& ours, time now);

  // connection_liveness.cpp
  bool keeps_alive() const noexcept;
  bool is_blocked() const noexcept { return outgoing_ && outgoing_->blocked; }
  duration silence_allowed() const noexcept {
    return terms_->ping_after() + options().deadlines.pong_within;
  }
  time open_deadline() const noexcept;
  time gives_up_at() const noexcept;
  time blocked_until() const noexcept;
  duration patience() const noexcept;
  bool still_sends(time now) const noexcept;
  void keep_alive(time now);
  void ask(time now);
  void give_up_silent(time now);
  void answered() noexcept;
  void stop_watching() noexcept;
  void heard(time now) noexcept {
    heard_ = now;
    if (pinged_) [[unlikely]]
      answered();
  }
  // Times of which only the distance to now matters, in half the bytes: about milliseconds.
  static std::uint32_t coarse(time t) noexcept {
    return static_cast<std::uint32_t>(t.time_since_epoch().count() >> coarse_bits);
  }
  time last_sent() const noexcept {
    static_assert(std::is_same_v<duration::period, std::nano>);
    const auto apart = static_cast<std::int32_t>(sent_ - coarse(heard_));
    return time(
        duration(((heard_.time_since_epoch().count() >> coarse_bits) + apart + 1) << coarse_bits));
  }
  static constexpr int coarse_bits = 20;
  // What ends a connection ends it, though there is no memory for how.
  template <typename Do>
  void whatever_memory(time now, Do act) noexcept {
    try {
      act();
    } catch (const std::bad_alloc&) {
      out_of_memory(now);
    }
  }
  ending_record& record();

  // The layout of an idle connection is decided: 96 bytes.
  const terms* terms_;
  std::byte* in_     = nullptr;  // input that is not parsed yet
  std::byte* in_end_ = nullptr;
  std::unique_ptr<incoming> incoming_;
  std::unique_ptr<outgoing> outgoing_;
  std::unique_ptr<ending_record> record_;
  time opened_at_ = {};
  time heard_;                             // a byte came
  std::uint32_t sent_                = 0;  // one left; coarse
  std::uint32_t control_second_      = 0;  // when the second of control frames began; coarse
  std::uint32_t control_frames_ : 24 = 0;  // in it
  std::uint32_t jitter_ : 8          = jitter::none;
  stage stage_ : 4                   = stage::connecting;
  stream_fate fate_ : 4              = stream_fate::keep;
  phase opening_phase_ : 4           = phase::opening;
  bool input_ended_ : 1              = false;
  bool reading_ : 1                  = true;
  bool pinged_ : 1                   = false;  // a keepalive ping is unanswered
  bool unrecorded_ : 1               = false;  // it has ended without memory for a record
  deflate_agreement deflate_         = {};
  // The text handed out last, already checked: echoing it needs no second check.
  std::span<const std::byte> checked_;
};

}  // namespace adieu::inline v1::protocol

#include "protocol/short_cuts.hpp"  // IWYU pragma: keep
