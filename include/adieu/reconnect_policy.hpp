// What a reconnecting client does about the end of a connection: the actions there are, the delays,
// what of the default table is changed, and the decision that comes out. Plain data; knows no
// connection, clock or chance. The table itself: docs/reconnecting.md.
#pragma once

#include <adieu/config.hpp>
#include <adieu/ending.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1 {

/// What to do about an end.
enum class action : std::uint8_t {
  back_off = 1,     ///< come back after the next delay
  slow,             ///< the same with the longer delays; at another endpoint first if there is one
  restart,          ///< after a stable connection a delay over a wider span; else back off
  retry_after,      ///< not before the answer's Retry-After; without one back off
  new_credentials,  ///< once, with what on_attempt brings; without on_attempt stop. A client that
                    ///< is known good goes on instead, with the delays for credentials
  stop_at_third,    ///< back off; stop at the third short-lived connection in a row that ended so
  stop_at_eighth,   ///< the same with the eighth
  stop_unless_known_good,  ///< give up; a client that is known good comes back, but rarely; at
                           ///< another endpoint first if there is one
  stop,                    ///< give up
};

/// "back_off", "slow", …: the enumerators' own names.
ADIEU_API std::string_view name(action value) noexcept;

/// The delays. Delay n, counted since the last stable connection, is drawn evenly from between
/// `floor` and `window` · `factor`ⁿ, at most `cap`: full jitter, which spreads a crowd best.
/// Neither `floor` nor `cap` is ever passed.
struct backoff {
  std::chrono::milliseconds floor  = std::chrono::milliseconds(100);
  std::chrono::milliseconds window = std::chrono::seconds(2);
  double factor                    = 1.6;
  std::chrono::milliseconds cap    = std::chrono::seconds(20);
  /// 1: drawn from all of it. Less: only from that share at its upper end.
  double jitter = 1;

  // For action::slow.
  std::chrono::milliseconds slow_floor  = std::chrono::seconds(5);
  std::chrono::milliseconds slow_window = std::chrono::seconds(10);
  std::chrono::milliseconds slow_cap    = std::chrono::seconds(60);

  // For action::restart, after a stable connection: drawn from between these.
  std::chrono::milliseconds restart_floor  = std::chrono::milliseconds(500);
  std::chrono::milliseconds restart_window = std::chrono::seconds(5);

  // For action::stop_unless_known_good.
  std::chrono::milliseconds rare_floor  = std::chrono::seconds(30);
  std::chrono::milliseconds rare_window = std::chrono::minutes(1);
  std::chrono::milliseconds rare_cap    = std::chrono::hours(1);

  // For action::new_credentials, once new ones did not help a client that is known good. Accounts
  // get locked: `credentials_floor` is also the shortest time between two attempts for which
  // on_attempt says the same although that was answered by 401 or 407.
  std::chrono::milliseconds credentials_floor  = std::chrono::minutes(1);
  std::chrono::milliseconds credentials_window = std::chrono::minutes(2);
  std::chrono::milliseconds credentials_cap    = std::chrono::minutes(30);
  /// Without on_attempt, so with the same ones: this, and up to a tenth of it more.
  std::chrono::milliseconds same_credentials = std::chrono::hours(1);

  /// Somebody waits for it: the default.
  ADIEU_API static backoff interactive();
  /// As RFC 6455 7.2.3 asks: the first attempt after 0 to 5 s, then twice as long each time.
  ADIEU_API static backoff rfc6455();
  /// Many clients, and nobody waits for one of them.
  ADIEU_API static backoff fleet();
  /// The delays of gRPC: 1 s ± 20 %, 1.6 times as long each time, up to 2 minutes.
  ADIEU_API static backoff grpc();
};

/// What of the default table is changed. Rules given later go before those given earlier.
class ADIEU_API reconnect_policy {
 public:
  /// A close code (1000–4999), or the HTTP status (200–599) of an opening that was refused. A code
  /// here is one with which an open connection ended; 1006 does not mean failed openings.
  reconnect_policy& on(std::uint16_t code_or_status, action then);
  reconnect_policy& on(std::uint16_t first, std::uint16_t last, action then);
  /// A cause where it decides: that of an attempt which never opened (unreachable,
  /// opening_timed_out, peer_vanished, reset; refused, if the answer could not be read and so has
  /// no status), and that of an end which this side brought about (protocol_violation,
  /// invalid_text, message_too_big, flooded, handler_failed, send_queue_overflow).
  reconnect_policy& on(cause why, action then);

  // What known services say with their own codes.
  /// https://discord.com/developers/docs/topics/opcodes-and-status-codes
  static reconnect_policy discord();
  /// https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol
  static reconnect_policy pusher();
  /// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
  static reconnect_policy graphql_ws();
  /// https://centrifugal.dev/docs/server/codes
  static reconnect_policy centrifugo();
  /// One of these by its name ("discord", …); empty if there is none of that name.
  static std::optional<reconnect_policy> profile(std::string_view name);
  /// Their names.
  static std::vector<std::string_view> profiles();

  struct rule {
    enum class about : std::uint8_t { code, status, cause } what = about::code;
    std::uint16_t first                                          = 0;
    std::uint16_t last                                           = 0;
    action then                                                  = action::back_off;
  };
  /// As given.
  const std::vector<rule>& rules() const noexcept { return rules_; }

 private:
  std::vector<rule> rules_;
};

/// What has happened so far, at the moment when an end is decided about.
struct reconnect_history {
  /// Attempts to come back since the last stable connection (or since the beginning).
  std::uint32_t attempts = 0;
  /// Connections that opened, and attempts, in all.
  std::uint64_t openings     = 0;
  std::uint64_t all_attempts = 0;
  /// Short-lived connections in a row, this one included, that ended with the same one of
  /// stop_at_third and stop_at_eighth.
  std::uint32_t in_a_row = 0;
  /// Whether the attempt that has just ended had opened, and lasted (or was confirmed).
  bool was_open   = false;
  bool was_stable = false;
  /// New credentials were asked for since the last stable connection.
  bool asked_for_credentials = false;
  /// A connection has been stable (this one included), or `reconnecting_options::known_good`: what
  /// has ever worked is no mistake of configuration.
  bool known_good = false;
  /// Since the last stable connection ended (or since the beginning).
  std::chrono::milliseconds elapsed = {};
};

/// What becomes of an end.
struct decision {
  /// False: given up.
  bool come_back = true;
  /// Until the next attempt.
  std::chrono::milliseconds delay = {};
  /// The next attempt is at the next of several endpoints.
  bool next_endpoint = false;
  /// The next attempt needs a new token: attempt_reply::needs_credentials().
  bool new_credentials = false;
  /// Which attempt since the last stable connection the next one is: 1, 2, …
  std::uint32_t attempt = 0;
  /// One sentence for a log.
  std::string why = {};
};

}  // namespace adieu::inline v1
