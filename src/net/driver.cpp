// Bytes in, bytes out, and the end of the stream.
#include "net/driver.hpp"

#include "net/tls_error.hpp"
#include "net/tls_session.hpp"
#include "net/transport_look.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <sys/socket.h>
#include <sys/uio.h>

namespace adieu::inline v1::net {
namespace {

// What one connection may do before others have their turn; one that floods has no more.
constexpr std::size_t bytes_a_turn = 128 * 1024;
constexpr int messages_a_turn      = 1000;

error_code system_error_code(int number) { return {number, boost::system::system_category()}; }

}  // namespace

driver::driver(loop& where, const protocol::terms& agreed)
    : loop_(&where), machine_(agreed, where.now()) {}

driver::~driver() = default;

// --- the poller and the wheel ---

bool driver::ready(readiness how) {
  loop_->schedule(*this);  // this keeps it alive
  bool did_something = true;
  within_memory([&] {
    if (opening()) {
      loop_->time_left().spend(turn_time::an_opening);
      // One that was given up in this turn is not carried on, though its answer is there.
      if (machine_.state() == ready_state::connecting) opening()->ready(how);
      return;
    }
    // The end of this turn tells the application that it is open, before there are messages.
    if (open_untold_) return;
    if (how.write) flush(false);
    did_something = (how.read || how.hung_up) && read(how.hung_up) == came::all;
  });
  return did_something;
}

void driver::due(protocol::time now) {
  loop_->schedule(*this);
  within_memory([&] {
    const bool over           = machine_.deadline() <= now;
    const protocol::time look = machine_.look_at();
    if (look <= now || (over && look != protocol::never))
      machine_.looked(look_at_transport(stream_.descriptor()), now);
    if (machine_.deadline() <= now && !(opening() && opening()->timed_out())) machine_.tick(now);
  });
}

// --- no memory, and handlers that throw ---

void driver::out_of_memory() noexcept {
  if (!loop_) return;
  on_error(system_error_code(ENOMEM));
  machine_.out_of_memory(now());
  changed();
}

void driver::fail_handler(const std::exception_ptr& thrown) noexcept {
  if (!on_handler_threw(thrown)) {
    try {
      machine_.fail_handler(now(), what_of(thrown));
    } catch (const std::bad_alloc&) {  // for its words
      machine_.fail_handler(now(), {});
    }
  }
  if (propagates()) keep_input();
  changed();
}

void driver::keep_input() noexcept {
  try {
    machine_.keep_input();
  } catch (const std::bad_alloc&) {
    machine_.drop_input();
    out_of_memory();
  }
}

// TCP gives up by itself only where nothing came back for longer than we wait.
cause driver::lost_by(int error) const noexcept {
  if (error != ETIMEDOUT || machine_.state() == ready_state::connecting) return cause::reset;
  return machine_.state() == ready_state::open ? cause::keepalive_timed_out
                                               : cause::closing_timed_out;
}

// Level-triggered: what is left unread is reported again. What TLS holds is not, and a stream that
// is over is read to its end: settle() comes back.
driver::came driver::read(bool to_the_end) {
  if (to_the_end) broken_ = true;
  if (to_the_end && !machine_.wants_input()) {
    drain_and_lose();
    return came::all;
  }
  replay();  // what came first is parsed first
  for (std::size_t left = bytes_a_turn; left > 0;) {
    if (machine_.has_kept_input()) return came::more;
    if (!reads() || !machine_.wants_input()) return came::all;
    const std::span<std::byte> landing = machine_.landing();
    std::span<std::byte> into          = landing.empty() ? loop_->receive_buffer() : landing;
    into                               = into.first(std::min(into.size(), left));
    const io_result got                = stream_.receive(into.data(), into.size());
    // Before an end that comes with it: it is not unsent any more.
    if (const std::size_t gone = stream_.handed_over(); gone != 0) handed_over(gone);
    if (got.status != io_status::done) {
      came_to_nothing(got);
      const bool first = left == bytes_a_turn;
      return got.status == io_status::would_block && first ? came::nothing : came::all;
    }
    left -= got.bytes;
    loop_->time_left().spend(turn_time::of_bytes(got.bytes));
    watch_received(into.first(got.bytes));
    if (landing.empty())
      machine_.receive(into.first(got.bytes), loop_->now());
    else
      machine_.landed(got.bytes, loop_->now());
    pump();
    if (got.bytes < into.size() && !to_the_end && !stream_.holds_input())
      return machine_.has_kept_input() ? came::more : came::all;
  }
  if (stream_.holds_input() || to_the_end) changed();
  return came::more;
}

bool driver::was_asked_to_renegotiate() const noexcept {
  return machine_.state() == ready_state::open && stream_.tls()->was_asked_to_renegotiate();
}

void driver::came_to_nothing(const io_result& how) {
  if (reset_) return machine_.lose(cause::reset, now());
  if (timed_out_) return machine_.lose(lost_by(ETIMEDOUT), now());
  switch (how.status) {
    case io_status::done:
    case io_status::would_block: return;
    case io_status::ended: return machine_.end_of_stream(now());
    case io_status::truncated:
      if (was_asked_to_renegotiate()) break;
      return machine_.truncated(now());
    case io_status::failed: return lose(lost_by(how.error), error_of(how));
    case io_status::broken: break;
  }
  const bool was_open = machine_.state() != ready_state::connecting;
  if (was_open && !was_asked_to_renegotiate()) return lose(cause::reset, error_of(how));
  // With TLS 1.3 a server refuses a client's certificate behind the client's handshake.
  if (!was_open) machine_.entering(phase::tls);
  machine_.ending_so_far().note = stream_.tls()->failure();
  lose(cause::tls_failed, error_of(how));
}

// What was kept while the application did not read.
void driver::replay() {
  if (!machine_.has_kept_input() || !reads()) return;
  machine_.replay_input();
  pump();
}

void driver::pump() {
  protocol::event e;
  const protocol::time now = loop_->now();
  turn_time& time          = loop_->time_left();
  for (int left = messages_a_turn; left > 0 && reads();) {
    const int most = std::min(left, time.until_next_look());
    int told       = 0;
    while (told < most && reads() && machine_.next_event(e, now)) {
      tell(e);
      ++told;
    }
    time.spend(told * turn_time::a_message);
    if (told < most && reads()) return;
    left -= told;
    if (time.is_over()) break;
  }
  machine_.keep_input();
  if (reads()) changed();  // the rest, in the next turn
}

void driver::tell(const protocol::event& e) {
  switch (e.what) {
    case protocol::event::kind::message: return on_message(e.message());
    case protocol::event::kind::closing: return on_closing();
    case protocol::event::kind::pong: return on_pong(e.bytes);
  }
}

// --- the end of a turn ---

void driver::settle() {
  const driver_ref alive(this);  // who throws at its end is looked at once more
  within_memory([&] {
    if (opening_over_) opening_.reset();
    if (ended_) return;
    opening_over_ = false;
    if (open_untold_) {
      open_untold_ = false;
      on_opened();
    }
    if (!opening_) replay();
    if (stream_.holds_input()) [[unlikely]] {
      if (!opening())
        read(false);
      else if (machine_.state() == ready_state::connecting)
        opening()->ready({.read = true});
    }
    flush(false);
    if (broken_) drain_and_lose();
    finish();
  });
}

void driver::flush(bool all) {
  std::array<protocol::piece, 64> pieces;
  std::array<iovec, 64> vectors;
  while ((machine_.has_output() || stream_.holds_output()) && !broken_ && !stopped_ && stream_) {
    const std::size_t count = machine_.output(pieces);
    std::size_t total       = 0;
    for (std::size_t i = 0; i < count; ++i) {
      vectors[i] = {const_cast<std::byte*>(pieces[i].data), pieces[i].size};
      total += pieces[i].size;
    }
    const io_result sent =
        stream_.send(std::span(vectors.data(), count), machine_.ends_our_side_next());
    handed_over(sent.bytes);
    if (sent.status == io_status::failed || sent.status == io_status::broken) {
      on_error(error_of(sent));
      broken_ = true;
      // The system says it once; whoever reads afterwards finds the end of the stream.
      reset_     = sent.status == io_status::failed && sent.error == ECONNRESET;
      timed_out_ = sent.status == io_status::failed && sent.error == ETIMEDOUT;
      return changed();
    }
    if (sent.bytes < total || stream_.holds_output()) {
      machine_.output_blocked(now(), stream_.sealed());
      break;
    }
    if (!all) {
      loop_->time_left().spend(turn_time::of_bytes(sent.bytes));
      if (loop_->time_left().is_over()) return changed();  // the rest, in the next turn
    }
  }
}

// So much of the output has been handed to the transport.
void driver::handed_over(std::uint64_t n) {
  if (is_traced()) [[unlikely]]
    n -= trace_output(n);
  machine_.consumed(n, now());
}

// Returns how much of it was said to be consumed.
std::uint64_t driver::trace_output(std::uint64_t n) {
  std::array<protocol::piece, 64> pieces;
  for (std::uint64_t done = 0;;) {
    const std::size_t count = machine_.output(pieces);
    std::uint64_t told      = 0;
    for (std::size_t i = 0; i < count && done + told < n; ++i) {
      const auto size = std::min<std::uint64_t>(n - done - told, pieces[i].size);
      seen({pieces[i].data, static_cast<std::size_t>(size)}, trace_direction::sent);
      told += size;
    }
    if (told == 0 || done + told == n) return done;
    machine_.consumed(told, now());
    done += told;
  }
}

// A write has failed, or the poller says that both directions are over: everything readable counts
// first (a Close may be among it), in as many turns as it takes, then the stream is lost.
void driver::drain_and_lose() {
  if (!opening() && machine_.wants_input() && read(true) == came::more) return;
  if (machine_.state() == ready_state::closed) return;
  int error      = 0;
  socklen_t size = sizeof error;
  const bool has_error =
      stream_ && ::getsockopt(stream_.descriptor(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
      error != 0;
  if (has_error) on_error(system_error_code(error));
  machine_.lose(lost_by(timed_out_ ? ETIMEDOUT : error), now());
}

void driver::finish() {
  if (machine_.state() == ready_state::closed) return end();
  if (!machine_.has_output() && !shut_ && machine_.fate() != protocol::stream_fate::keep) {
    shut_ = true;
    switch (machine_.fate()) {
      case protocol::stream_fate::end_our_side: stream_.shut_down_sending(); break;
      case protocol::stream_fate::stop_sending:
        stopped_ = true;
        stream_.break_off();
        break;
      default: stream_.notify_close();
    }
  }
  if (was_high_ && !machine_.is_high()) {
    was_high_ = false;
    on_drained();
  }
  if (const interest now_wanted = wants(); in_poller_ && now_wanted != watched_) {
    watched_ = now_wanted;
    loop_->poller().change(stream_.descriptor(), watched_, *this);
  }
  loop_->deadlines().schedule(*this, std::min(machine_.deadline(), machine_.look_at()));
}

interest driver::wants() const noexcept {
  if (opening()) return opening()->wants();
  return {.read  = reads() && machine_.wants_input(),
          .write = !stopped_ && (machine_.has_output() || stream_.holds_output())};
}

}  // namespace adieu::inline v1::net
