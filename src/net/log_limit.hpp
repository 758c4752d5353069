// How many lines the log may have: ten in any second. Knows no line and no clock.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace adieu::inline v1::net {

class log_limit {
 public:
  using time = std::chrono::steady_clock::time_point;

  /// Whether a line may be written at that time; `missing`: it has to come behind one that says
  /// how many are missing, which counts as well.
  struct verdict {
    bool passes           = false;
    std::uint64_t missing = 0;
  };
  verdict ask(time now) noexcept {
    const std::size_t wanted = missing_ == 0 ? 1 : 2;
    if (!has_room(wanted, now)) {
      ++missing_;
      return {};
    }
    for (std::size_t i = 0; i < wanted; ++i) {
      lines_[oldest_] = now;
      oldest_         = (oldest_ + 1) % lines_.size();
    }
    return {.passes = true, .missing = missing_};
  }
  /// So many lines have come and were not written.
  void not_written(std::uint64_t lines) noexcept { missing_ += lines; }
  /// How many are missing was written.
  void told() noexcept { missing_ = 0; }

 private:
  bool has_room(std::size_t wanted, time now) const noexcept {
    const time last = lines_[(oldest_ + wanted - 1) % lines_.size()];
    return last == time() || now - last >= std::chrono::seconds(1);
  }

  std::array<time, 10> lines_{};  // when each of the last ten was written, in a ring
  std::size_t oldest_    = 0;
  std::uint64_t missing_ = 0;  // since the last line that told of them
};

}  // namespace adieu::inline v1::net
