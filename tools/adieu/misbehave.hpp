// A connection that the library has given away, driven by hand so that it can break any rule. What
// it does is data (`manners`); misbehave_ways.hpp has the ones that are known by name. One such
// connection never hurts another: its buffers are bounded, its turns are short, and its descriptor
// is closed when the peer ends TCP or when it is cut. Knows no path, no option and no output.
#pragma once

#include "misbehave_reader.hpp"

#include "api/door.hpp"

#include <adieu/close_event.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>

namespace adieu::tool {

/// What a connection does where it differs from a well-behaved echo. As it stands: a well-behaved
/// echo.
struct manners {
  enum class deed : std::uint8_t {
    nothing,
    violate,  ///< puts `bytes`, which break the protocol, on the wire
    close,    ///< puts `bytes` on the wire as its Close frame, which is `close`
    end_tcp,  ///< FIN without a Close
    reset,    ///< RST
    flood,    ///< sends messages without pause until TCP has ended
  };
  deed does                        = deed::nothing;
  std::string bytes                = {};
  std::optional<close_frame> close = {};
  /// Whether the deed keeps the protocol's rules: if not, the end is never called clean.
  bool lawful = true;

  /// When it does it: after this time or after so many messages, whichever comes first. Neither: at
  /// once.
  std::optional<std::chrono::milliseconds> after = {};
  std::optional<std::uint64_t> after_messages    = {};

  bool echoes        = true;
  bool answers_close = true;
  /// Ends TCP once both Close frames are there, or instead of an answer. If not, the peer has to,
  /// however long it takes.
  bool ends_tcp = true;
  /// Bytes a second that it reads at most, through a small receive buffer; 0: none at all until the
  /// peer ends TCP. Empty: as they come.
  std::optional<std::uint64_t> reads = {};
};

class raw_connection final : public std::enable_shared_from_this<raw_connection> {
 public:
  struct limits {
    std::chrono::milliseconds awaiting_close = std::chrono::seconds(5);
    std::chrono::milliseconds ending         = std::chrono::seconds(2);
    std::uint64_t max_message                = 16 << 20;
  };
  enum class direction : std::uint8_t { received, sent };

  raw_connection(boost::asio::any_io_executor where, api::taken_stream taken, manners how,
                 limits within);
  ~raw_connection();

  /// Sees the bytes of the wire. To be set before start().
  std::function<void(direction, std::span<const std::byte>)> on_bytes;
  /// What was done and seen, told as a close event. Exactly once, last.
  std::function<void(const close_event&)> on_end;

  void start();
  /// A Close with 1001, unless a Close was sent already or its manners are against it. What it does
  /// then is still according to its manners; cut() is what ends it for certain.
  void go_away();
  /// Closes the socket at once.
  void cut();

 private:
  using clock = std::chrono::steady_clock;

  void schedule_deed();
  void do_deed();
  void say(std::string_view bytes);
  void say_close(std::string_view bytes, close_frame meaning);
  void end_our_side();

  void await_readable();
  void await_writable();
  void await_tick();
  void tick();
  void read(std::uint64_t at_most);
  void stream_has_ended(cause why, error_code error);
  bool received_frame(wire::opcode opcode, std::string payload);
  void received_close(const std::string& payload);

  void flush();
  void refill();
  void note_close();
  void arm(std::chrono::milliseconds within, cause why);
  void finish(cause why, error_code error = {});
  close_event event(cause why, error_code error) const;

  net::stream stream_;
  std::vector<std::byte> glued_;
  manners how_;
  limits within_;
  frame_reader reader_;
  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer deed_timer_;
  boost::asio::steady_timer tick_timer_;
  boost::asio::steady_timer deadline_;

  std::string out_;  // what was said and the transport has not taken
  std::size_t out_begin_ = 0;
  std::optional<close_frame> our_close_;  // said; `sent_` once it has left
  std::optional<close_frame> sent_;
  std::optional<close_frame> received_;
  initiator initiator_ = initiator::none;
  std::optional<cause> own_doing_;  // set once this end has ended TCP on purpose
  std::uint64_t messages_ = 0;
  double allowance_       = 0;  // bytes that a slow reader may read now
  bool broke_rules_       = false;

  bool reading_       = false;  // a wait is under way
  bool writing_       = false;
  bool flooding_      = false;
  bool ending_        = false;  // our side of TCP is to be ended, or has been
  bool peer_has_gone_ = false;  // the end of its stream was read
  bool notified_      = false;  // its close_notify was read, and its end of TCP is awaited
  bool broken_        = false;  // writing has failed
  bool gone_          = false;
  clock::time_point opened_at_{};
  std::optional<clock::time_point> closing_since_;
};

/// All misbehaving connections of one server, so that a shutdown can end them.
class raw_connections {
 public:
  struct report {
    std::size_t clean      = 0;
    std::size_t terminated = 0;  ///< those that did not end cleanly
  };

  /// Keeps it until its end, and starts it. `on_end` is called after it has been forgotten here.
  void adopt(std::shared_ptr<raw_connection> one);
  std::size_t size() const noexcept { return all_.size(); }

  /// Sends Close 1001 where manners allow it; what is left when the time is over is cut.
  void shut_down(boost::asio::any_io_executor where, std::chrono::milliseconds within,
                 std::function<void(report)> done);
  void cut();

 private:
  void ended(const close_event& how);
  void finish_shutdown();

  std::set<std::shared_ptr<raw_connection>> all_;
  std::unique_ptr<boost::asio::steady_timer> limit_;
  std::function<void(report)> done_;
  report report_;
};

}  // namespace adieu::tool
