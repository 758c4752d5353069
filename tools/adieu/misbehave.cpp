// The driving: waits for the socket with Asio, reads and writes it directly, and keeps of the
// protocol only what the manners ask for.
#include "misbehave.hpp"

#include "misbehave_frames.hpp"
#include "misbehave_socket.hpp"

#include "net/tls_error.hpp"

#include <boost/asio/post.hpp>

#include <sys/uio.h>

#include <algorithm>
#include <utility>

namespace adieu::tool {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t read_in_a_turn = 256 << 10;
constexpr std::size_t flood_message    = 16 << 10;
constexpr std::size_t flood_ahead      = 256 << 10;
constexpr std::size_t enough_unsent    = 1 << 20;  // above it nothing more is read

close_frame meaning_of(std::string_view payload) {
  if (payload.size() < 2) return {};
  return {static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                     static_cast<unsigned char>(payload[1])),
          std::string(payload.substr(2))};
}

}  // namespace

raw_connection::raw_connection(boost::asio::any_io_executor where, api::taken_stream taken,
                               manners how, limits within)
    : stream_(std::move(taken.stream)),
      glued_(std::move(taken.glued)),
      how_(std::move(how)),
      within_(within),
      reader_(within.max_message,
              [this](wire::opcode opcode, std::string payload) {
                return received_frame(opcode, std::move(payload));
              }),
      descriptor_(where),
      deed_timer_(where),
      tick_timer_(where),
      deadline_(where) {}

// Asio would close the descriptor too.
raw_connection::~raw_connection() {
  if (descriptor_.is_open()) descriptor_.release();
}

void raw_connection::start() {
  const auto self = shared_from_this();
  opened_at_      = clock::now();
  descriptor_.assign(stream_.descriptor());
  if (how_.reads) hold_back_sender(stream_.descriptor(), *how_.reads);
  if (!glued_.empty()) {
    if (on_bytes) on_bytes(direction::received, glued_);
    if (!reader_.take(glued_)) return finish(cause::protocol_violation);
  }
  schedule_deed();
  if (!gone_) how_.reads ? await_tick() : await_readable();
}

void raw_connection::schedule_deed() {
  if (gone_ || how_.does == manners::deed::nothing) return;
  if (how_.after) {
    deed_timer_.expires_after(*how_.after);
    deed_timer_.async_wait([self = shared_from_this()](const error_code& ec) {
      if (!ec) self->do_deed();
    });
  } else if (!how_.after_messages || messages_ >= *how_.after_messages) {
    do_deed();
  }
}

void raw_connection::do_deed() {
  const auto deed = std::exchange(how_.does, manners::deed::nothing);
  if (gone_ || ending_ || our_close_ || received_) return;
  broke_rules_ = !how_.lawful;
  switch (deed) {
    case manners::deed::nothing: return;
    case manners::deed::violate: return say(how_.bytes);
    case manners::deed::close: return say_close(how_.bytes, *how_.close);
    case manners::deed::end_tcp:
      own_doing_ = cause::terminated;
      initiator_ = initiator::local;
      return end_our_side();
    case manners::deed::reset:
      own_doing_ = cause::terminated;
      initiator_ = initiator::local;
      descriptor_.release();
      stream_.reset();
      return finish(cause::terminated);
    case manners::deed::flood: flooding_ = true; return flush();
  }
}

void raw_connection::go_away() {
  if (gone_ || ending_) return;
  how_.ends_tcp = true;
  if (flooding_ || (received_ && !our_close_)) return cut();
  if (our_close_ && received_) return end_our_side();
  if (!our_close_) say_close(close_bytes(1001, {}), {1001, {}});
}

void raw_connection::cut() {
  if (gone_) return;
  if (!own_doing_ && initiator_ == initiator::none) initiator_ = initiator::local;
  finish(cause::terminated);
}

void raw_connection::say(std::string_view bytes) {
  if (gone_ || broken_) return;
  if (out_begin_ > out_.size() / 2) out_.erase(0, std::exchange(out_begin_, 0));
  out_.append(bytes);
  flush();
}

void raw_connection::say_close(std::string_view bytes, close_frame meaning) {
  our_close_ = std::move(meaning);
  if (!closing_since_) {
    closing_since_ = clock::now();
    initiator_     = initiator::local;
    arm(within_.awaiting_close, cause::closing_timed_out);
  }
  say(bytes);
}

void raw_connection::end_our_side() {
  if (gone_ || ending_) return;
  ending_ = true;
  arm(within_.ending, own_doing_.value_or(cause::completed));
  flush();
}

void raw_connection::await_readable() {
  if (gone_ || reading_ || peer_has_gone_ || notified_ || how_.reads) return;
  reading_        = true;
  const auto then = [self = shared_from_this()](const error_code& ec) {
    self->reading_ = false;
    if (ec || self->gone_) return;
    self->read(read_in_a_turn);
    if (self->out_.size() - self->out_begin_ < enough_unsent || self->flooding_ || self->received_)
      self->await_readable();
  };
  // What TLS has in hand no socket reports.
  if (stream_.holds_input())
    return boost::asio::post(descriptor_.get_executor(), [then] { then({}); });
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read, then);
}

void raw_connection::await_writable() {
  if (gone_ || writing_ || broken_) return;
  writing_ = true;
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                         [self = shared_from_this()](const error_code& ec) {
                           self->writing_ = false;
                           if (!ec) self->flush();
                         });
}

void raw_connection::await_tick() {
  if (gone_) return;
  tick_timer_.expires_after(slow_tick);
  tick_timer_.async_wait([self = shared_from_this()](const error_code& ec) {
    if (!ec && !self->gone_) self->tick();
  });
}

// Once the peer has ended its side there is nothing left to hold back: the rest is read at once.
void raw_connection::tick() {
  const bool ended = peer_ended_unread(stream_.descriptor());
  if (notified_) return ended ? stream_has_ended(cause::peer_vanished, {}) : await_tick();
  if (ended) {
    how_.reads.reset();
    return await_readable();
  }
  const auto rate = static_cast<double>(*how_.reads);
  allowance_      = std::min(allowance_ + rate * std::chrono::duration<double>(slow_tick).count(),
                             std::max(rate, 1.0));
  if (allowance_ >= 1) read(static_cast<std::uint64_t>(allowance_));
  if (!notified_) await_tick();
}

void raw_connection::read(std::uint64_t at_most) {
  std::byte buffer[32 << 10];
  while (at_most > 0 && !gone_ && !peer_has_gone_) {
    const auto got = stream_.receive(
        buffer, static_cast<std::size_t>(std::min<std::uint64_t>(sizeof buffer, at_most)));
    switch (got.status) {
      case net::io_status::done: break;
      case net::io_status::would_block: return;
      case net::io_status::ended:
        // Who holds until the peer ends TCP is not content with close_notify.
        if (stream_.tls() && !how_.ends_tcp) {
          notified_ = true;
          return await_tick();
        }
        return stream_has_ended(cause::peer_vanished, {});
      case net::io_status::truncated: return stream_has_ended(cause::tls_truncated, {});
      case net::io_status::failed:
      case net::io_status::broken: return stream_has_ended(cause::reset, net::error_of(got));
    }
    at_most -= got.bytes;
    if (how_.reads) allowance_ -= static_cast<double>(got.bytes);
    const std::span bytes(buffer, got.bytes);
    if (on_bytes) on_bytes(direction::received, bytes);
    if (!reader_.take(bytes)) return finish(cause::protocol_violation);
  }
}

// A peer that has ended its side still gets what was said before, its Close's answer above all.
void raw_connection::stream_has_ended(cause why, error_code error) {
  peer_has_gone_ = true;
  if (why != cause::reset && out_begin_ < out_.size() && !broken_ && !flooding_)
    return arm(within_.ending, why);
  finish(why, error);
}

bool raw_connection::received_frame(wire::opcode opcode, std::string payload) {
  if (gone_) return false;
  switch (opcode) {
    case wire::opcode::close: received_close(payload); return false;
    case wire::opcode::ping:
      if (!our_close_ && how_.reads != 0u) say(frame_bytes(0x8A, payload));
      break;
    case wire::opcode::text:
    case wire::opcode::binary:
      ++messages_;
      if (how_.echoes && !our_close_ && payload.size() <= within_.max_message)
        say(frame_bytes(static_cast<std::uint8_t>(0x80 | static_cast<int>(opcode)), payload));
      if (how_.after_messages && messages_ >= *how_.after_messages) do_deed();
      break;
    default: break;
  }
  return !gone_;
}

void raw_connection::received_close(const std::string& payload) {
  received_ = meaning_of(payload);
  if (!closing_since_) {
    closing_since_ = clock::now();
    initiator_     = initiator::remote;
  }
  if (!our_close_) {
    if (!how_.answers_close) {
      if (!how_.ends_tcp) return;
      own_doing_ = cause::terminated;
      return end_our_side();
    }
    say_close(frame_bytes(0x88, std::string_view(payload).substr(0, 2)), {received_->code, {}});
  }
  if (how_.ends_tcp)
    end_our_side();
  else
    deadline_.cancel();
}

void raw_connection::flush() {
  while (!gone_ && !broken_) {
    refill();
    if (out_begin_ == out_.size()) break;
    const iovec piece{out_.data() + out_begin_, out_.size() - out_begin_};
    const auto put = stream_.send({&piece, 1});
    if (put.status == net::io_status::failed || put.status == net::io_status::broken) {
      broken_ = true;  // what the peer sent before is still worth reading
      out_.clear();
      out_begin_ = 0;
      return peer_has_gone_ ? finish(cause::reset, net::error_of(put)) : await_readable();
    }
    if (on_bytes && put.bytes != 0)
      on_bytes(direction::sent, std::as_bytes(std::span(out_).subspan(out_begin_, put.bytes)));
    out_begin_ += put.bytes;
    if (put.status == net::io_status::would_block || flooding_)
      return await_writable();  // the others' turn
  }
  out_.clear();
  out_begin_ = 0;
  if (gone_ || broken_) return;
  if (our_close_) sent_ = our_close_;
  // One that ends TCP on purpose says no word of it, with TLS neither.
  if (ending_) own_doing_ ? stream_.break_off() : stream_.shut_down_sending();
  if (stream_.holds_output()) await_writable();
  if (peer_has_gone_) return finish(cause::peer_vanished);
  await_readable();
}

void raw_connection::refill() {
  if (!flooding_) return;
  if (out_begin_ >= flood_ahead / 2) {
    out_.erase(0, out_begin_);
    out_begin_ = 0;
  }
  while (out_.size() - out_begin_ < flood_ahead)
    out_ += frame_bytes(0x82, std::string(flood_message, 'f'));
}

void raw_connection::arm(std::chrono::milliseconds within, cause why) {
  deadline_.expires_after(within);
  deadline_.async_wait([self = shared_from_this(), why](const error_code& ec) {
    if (!ec) self->finish(why);
  });
}

void raw_connection::finish(cause why, error_code error) {
  if (std::exchange(gone_, true)) return;
  const auto self = shared_from_this();
  if (descriptor_.is_open()) descriptor_.release();
  stream_.close();
  deed_timer_.cancel();
  tick_timer_.cancel();
  deadline_.cancel();
  out_ = {};
  if (const auto told = std::exchange(on_end, nullptr)) told(event(why, error));
  on_bytes = nullptr;
}

close_event raw_connection::event(cause why, error_code error) const {
  const auto now         = clock::now();
  const bool both_closes = sent_ && received_;
  close_event e;
  e.was_clean = both_closes && !broke_rules_;
  e.code      = received_ ? received_->code.value_or(1005) : 1006;
  e.reason    = received_ ? received_->reason : "";
  e.sent      = sent_;
  e.received  = received_;
  e.initiator = initiator_;
  e.cause     = e.was_clean   ? cause::completed
                : both_closes ? cause::protocol_violation
                              : own_doing_.value_or(why);
  e.phase     = both_closes ? phase::ending
                : sent_     ? phase::awaiting_close
                : received_ ? phase::flushing
                            : phase::open;
  if (!e.was_clean) e.error = error;
  const auto length = [](auto span) {
    return std::chrono::duration_cast<std::chrono::microseconds>(span);
  };
  const auto since = closing_since_.value_or(now);
  e.time_open      = length(since - opened_at_);
  e.time_closing   = length(now - since);
  return e;
}

}  // namespace adieu::tool
