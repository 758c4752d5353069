// The server of a herd, and the network before it: well, gone, restarting, refusing, flapping, slow
// or deaf, one after the other. Decides what becomes of each attempt. Knows no policy.
#pragma once

#include "simulator/herd_attempt.hpp"

#include <vector>

namespace simulator {

class herd_server {
 public:
  void begin(world& w, std::vector<herd_attempt*>& attempts, bool is_calm);

  /// When it becomes another.
  time next_change() const noexcept { return changes_at_; }
  void changes();
  /// The faults stop: whoever comes may stay.
  void is_well();
  bool has_calmed() const noexcept { return well_for_good_; }

  // --- about one attempt ---
  void acts(herd_attempt& a);
  void asked(herd_attempt& a);
  void opened(herd_attempt& a);
  void answers(herd_attempt& a, message_view incoming);

  conditions conditions_now();
  duration until_call_arrives();
  duration lateness() const noexcept { return lateness_; }
  bool encrypts() const noexcept { return encrypts_; }
  const connection_options& options() const noexcept { return options_; }

 private:
  enum class being : std::uint8_t {
    well,
    gone,      // nobody listens
    far,       // nothing arrives, nothing comes back
    no_tls,    // its certificate is refused, or TLS is cut off
    ends_tcp,  // in the middle of the opening
    mute,      // takes the request and says nothing
    refuses,   // with an HTTP answer
    mumbles,   // answers what nobody can read
    flaps,     // accepts, and closes soon
  };
  void lets_go();
  void meets(herd_attempt& a);
  void closes(herd_attempt& a);
  header_list retry_after(herd_attempt& a);

  world* world_                         = nullptr;
  std::vector<herd_attempt*>* attempts_ = nullptr;
  connection_options options_;
  being is_            = being::well;
  unsigned left_       = 0;  // changes
  time changes_at_     = never;
  bool well_for_good_  = false;
  unsigned status_     = 503;
  unsigned retry_kind_ = 0;
  unsigned code_       = 1001;
  duration lasts_      = {};
  duration lateness_   = {};
  bool encrypts_       = false;
  bool slow_           = false;
};

}  // namespace simulator
