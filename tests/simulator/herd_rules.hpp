// What a reconnecting client has to decide about an end: docs/reconnecting.md once more, by another
// hand than src/protocol/reconnect*.cpp, from what is seen outside. Knows bounds where the library
// draws.
#pragma once

#include <adieu/close_event.hpp>
#include <adieu/reconnecting_websocket.hpp>

#include "simulator/trace.hpp"

#include <algorithm>
#include <deque>
#include <optional>

namespace simulator {

class herd_rules {
 public:
  void begin(const adieu::reconnecting_options& options, bool brings_credentials);

  void attempt_begins(time now);
  void opened() { open_ = true; }
  void confirmed() { confirmed_ = open_; }

  struct expected {
    bool come_back = true;
    std::chrono::milliseconds least{}, most{};  // the delay
    bool next_endpoint = false, new_credentials = false;
    bool may_stop = false;  // max_elapsed: the delay decides
    bool crowd    = false;  // by chance alone, over the delays of the back-off
  };
  /// Of an end that the policy judges. `unchanged`: the attempt was not made, for its credentials
  /// had been refused.
  expected judge(const adieu::close_event& event, time now, bool unchanged = false);
  /// The attempt that follows at that time is this one, counted since the last stable connection.
  std::uint32_t comes_back(bool new_credentials, time at);
  /// It has worked, or is said to have.
  bool is_known_good() const { return good_; }
  /// "" or what is wrong with the decision.
  const char* wrong_with(const expected& right, const adieu::decision& made, time now) const;
  /// At that time at the earliest, because of the ceiling.
  time ceiling(time now) const;
  /// The same for an attempt that the application wants.
  time soonest(time now) const { return std::max(ceiling(now), not_before_); }

 private:
  enum class does : std::uint8_t {
    backs_off,
    slowly,
    restarts,
    waits,
    credentials,
    third,
    eighth,
    rarely,  // or stops, if it has never worked
    stops
  };
  does lookup(const adieu::close_event& event) const;
  does changed(does then, const adieu::close_event& event, bool by_cause) const;
  std::chrono::milliseconds top() const;
  void longer(expected& right, std::chrono::milliseconds floor, std::chrono::milliseconds window,
              std::chrono::milliseconds cap) const;
  void credentials(expected& right, time now);

  const adieu::reconnecting_options* options_ = nullptr;
  bool brings_credentials_ = false, asked_ = false, open_ = false, confirmed_ = false;
  std::uint32_t n_      = 0;  // attempts since the last stable connection
  std::uint32_t row_    = 0;
  does row_of_          = does::backs_off;
  std::size_t slow_row_ = 0;
  bool good_ = false, keeps_credentials_ = false;
  std::optional<time> refused_at_;  // its credentials
  time not_before_{};
  std::deque<time> begun_;
  time since_{};
};

}  // namespace simulator
