// A life of whichever profile: of two ends (life.hpp), or of a herd. Made once and lived again and
// again, for what it costs to make one.
#pragma once

#include "simulator/herd.hpp"
#include "simulator/life.hpp"

#include <memory>

namespace simulator {

class lives {
 public:
  /// True if every rule was kept. `words`: where the trace is written.
  bool run(std::uint64_t seed, profile which, std::string* words = nullptr) {
    is_herd_ = which == profile::herd;
    if (!is_herd_) {
      if (!two_) two_ = std::make_unique<life>();
      return two_->run(seed, which, words);
    }
    if (!many_) many_ = std::make_unique<herd>();
    return many_->run(seed, words);
  }
  const char* what_was_breached() const noexcept { return seen().what; }
  std::uint64_t hash() const noexcept { return seen().told.hash(); }
  std::uint64_t events() const noexcept { return is_herd_ ? many_->events() : two_->events(); }

 private:
  const world& seen() const noexcept { return is_herd_ ? many_->seen() : two_->seen(); }

  std::unique_ptr<life> two_;
  std::unique_ptr<herd> many_;
  bool is_herd_ = false;
};

}  // namespace simulator
