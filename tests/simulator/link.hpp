// The network between two ends, as TCP has it: two directions of bytes, each in order and without
// loss; ends of stream; resets, which destroy what is under way; and the weather in which all this
// happens. A socket that is closed with unread bytes resets the other, and so does one that gets
// bytes after it was closed. Knows nothing of what the bytes mean.
#pragma once

#include "protocol/outbox.hpp"
#include "protocol/peer_watch.hpp"
#include "simulator/saboteur.hpp"
#include "simulator/world.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace simulator {

using adieu::protocol::piece;
using adieu::protocol::transport_look;

enum class io : std::uint8_t { done, would_block, ended, failed };
struct io_result {
  io status         = io::done;
  std::size_t bytes = 0;
  bool is_reset     = false;  // failed, with the error that a reset is told by, once
  bool timed_out    = false;  // failed: the kernel has given up the peer; told once
};
struct readiness {
  bool read = false, write = false, hung_up = false;
};

/// How a direction is, unless the weather changes it.
struct conditions {
  std::uint32_t window    = 1 << 20;  // bytes that are sent and not read, at most
  std::uint32_t write_cap = ~0u;      // a write takes at most this much
  std::uint32_t read_cap  = ~0u;      // a read gives at most this much
  duration delay          = {};
  duration jitter         = {};
  bool split              = false;  // segments arrive in parts
  std::uint32_t held_back = 0;      // bytes that the sender's kernel takes beyond the window
  std::uint32_t announces = ~0u;    // of the window the receiver's kernel tells no more than this
  bool lazy               = false;  // and, while nothing arrives, only that it has doubled
};

/// One direction: from the sender's write to the receiver's read.
class direction {
 public:
  void begin(const conditions& c);

  std::size_t room() const noexcept {
    const std::uint64_t inside = put_ - read_, most = std::uint64_t{how.window} + how.held_back;
    return inside >= most ? 0 : static_cast<std::size_t>(most - inside);
  }
  void put(const std::byte* bytes, std::size_t n);
  void seal(world& w, std::size_t n);  // the bytes put last are a segment
  void put_end(world& w);

  time next_arrival() const noexcept;
  /// True if anything arrived.
  bool arrive(world& w);
  std::size_t unread() const noexcept { return static_cast<std::size_t>(arrived_ - read_); }
  bool under_way() const noexcept { return put_ != arrived_; }
  std::size_t take(std::byte* to, std::size_t n);

  // --- what the sender's kernel knows of the receiver's ---
  /// Something is told on the way back.
  void acknowledge(time now) noexcept;
  std::uint64_t acknowledged() const noexcept { return acknowledged_; }
  /// Taken by the sender's kernel, and not acknowledged.
  std::uint64_t unacknowledged() const noexcept {
    return put_ > acknowledged_ ? put_ - acknowledged_ : 0;
  }
  std::uint64_t announced() const noexcept { return edge_ - acknowledged_; }
  /// Since when something is owed an acknowledgement.
  time owes_since() const noexcept { return unacknowledged() != 0 ? owes_since_ : never; }

  /// What has not arrived is destroyed.
  void lose_rest();
  void lose_unread() { read_ = arrived_; }

  std::uint64_t put_total() const noexcept { return put_; }
  std::uint64_t arrived_total() const noexcept { return arrived_; }
  std::uint64_t read_total() const noexcept { return read_; }

  conditions how;
  bool silent       = false;  // nothing arrives
  bool ended        = false;  // the sender's end of stream is under way
  bool end_arrived  = false;
  time last_arrival = {};

 private:
  struct segment {
    std::uint64_t end;
    time arrives;
  };
  time later(world& w);
  // Up to where there is room. What has been put without a look at the window arrives all the same.
  std::uint64_t arrives_up_to(std::uint64_t end) const noexcept {
    return how.held_back == 0 ? end : std::min(end, read_ + how.window);
  }

  std::vector<std::byte> bytes_;
  std::uint64_t base_ = 0;  // the position of bytes_[0]
  std::uint64_t put_ = 0, arrived_ = 0, read_ = 0;
  std::array<segment, 64> segments_;
  std::size_t first_ = 0, count_ = 0;
  time end_arrives_           = {};
  std::uint64_t acknowledged_ = 0;
  std::uint64_t edge_         = 0;  // of the window: the position up to which it was announced
  time owes_since_            = {};
};

class link {
 public:
  void begin(world& w, const conditions& to_server, const conditions& to_client);

  // --- system calls ---
  io_result send(who w, std::span<const piece> pieces);
  /// A reset that is on its way arrives while a call runs that writes more than once.
  bool breaks_in_mid_call(who w);
  io_result receive(who w, std::byte* to, std::size_t n);
  void shut_down_sending(who w);
  void close(who w);
  readiness ready(who w) const;
  /// Whether there was an error; `timed_out`: that one.
  bool take_error(who w, bool& timed_out);
  /// As TCP_INFO.
  transport_look look(who w);
  /// As TCP_USER_TIMEOUT: how long something may stay unacknowledged. 0: for ever.
  void set_user_timeout(who w, duration within) noexcept { sockets_[index(w)].patience = within; }

  // --- time ---
  time next_moment() const noexcept;
  void happens();

  // --- weather ---
  direction& from(who w) noexcept { return directions_[index(w)]; }
  const direction& from(who w) const noexcept { return directions_[index(w)]; }
  /// Something between resets the stream: both ends hear of it.
  void reset_both();
  /// A proxy ends both sides, and resets whoever still sends.
  void end_both();
  /// After that many more bytes in this direction: reset_both() or end_both().
  void cut_after(who from, std::uint32_t bytes, bool with_reset);

  bool was_reset(who w) const noexcept { return sockets_[index(w)].reset; }
  bool closed(who w) const noexcept { return sockets_[index(w)].closed; }
  saboteur& behind(who w) noexcept { return saboteurs_[index(w)]; }
  bool any_reset() const noexcept { return resets_ != 0; }
  bool timed_out(who w) const noexcept { return sockets_[index(w)].timed_out; }

  /// Whether a reset also takes from the receiver what had arrived and was not read.
  bool reset_destroys_unread = true;
  /// What these systems tell of a transport.
  enum class tells : std::uint8_t { all, acknowledged, nothing } told = tells::all;

 private:
  struct socket {
    bool closed = false, shut = false, reset = false;
    bool error_pending        = false;
    bool severed              = false;  // a proxy answers what it still sends with a reset
    bool timed_out            = false;  // the kernel has given up the peer
    duration patience         = {};
    time reset_arrives        = never;
    std::uint64_t readable_to = ~std::uint64_t{0};  // what came until it was reset
  };
  void reset_towards(who w);
  void reset_comes(who w);
  time times_out_at(who w) const noexcept;
  void times_out(who w);
  void acknowledge_all() noexcept;
  void put(who w, std::span<const piece> pieces, std::size_t n);
  void put_end(who w);
  void arrived(who sender);
  std::size_t unread(who w) const noexcept;
  void check_cut(who sender);
  direction& to(who w) noexcept { return from(peer_of(w)); }

  world* world_ = nullptr;
  std::array<direction, 2> directions_;
  std::array<socket, 2> sockets_;
  std::array<saboteur, 2> saboteurs_;
  std::vector<std::byte> changed_;
  std::array<std::uint64_t, 2> cut_at_{};
  std::array<bool, 2> cut_resets_{};
  unsigned resets_ = 0;
};

}  // namespace simulator
