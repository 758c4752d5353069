// One life: two ends, the network between them, the weather, and the clock, from a seed. Each step
// does the next thing that happens; of several at the same moment chance says which. Then the
// faults stop, and both have to come to their end.
#pragma once

#include "simulator/profile.hpp"

namespace simulator {

class life {
 public:
  /// True if every rule was kept. `words`: where the trace is written.
  bool run(std::uint64_t seed, profile which, std::string* words = nullptr) {
    return run(dice(seed), which, words);
  }
  bool run(dice chance, profile which, std::string* words = nullptr);

  const world& seen() const noexcept { return world_; }
  std::uint64_t events() const noexcept { return events_; }
  bool clean() const noexcept { return clean_; }

 private:
  void begin(dice chance, profile which, std::string* words);
  bool step();
  void weather_changes();
  void wind_up();
  bool closes_unasked();
  void over();

  world world_;
  plan plan_;
  link link_;
  end ends_[2];
  application applications_[2];
  wire_watch watches_[2];
  invariants invariants_[2];
  trial trial_;
  time weather_at_      = never;
  unsigned faults_left_ = 0;
  bool winding_up_      = false;
  time wound_up_at_     = {};
  std::uint64_t events_ = 0;
  bool clean_           = false;
};

}  // namespace simulator
