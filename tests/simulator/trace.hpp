// What happened in a life: always as a hash, which two runs of a seed must share; in words, in two
// columns, only when somebody wants to read it. Knows nothing of what it is told.
#pragma once

#include "protocol/time.hpp"

#include <cstdint>
#include <string>

namespace simulator {

using adieu::protocol::time;

/// Whose column. `both`: the network, across the two.
enum class who : std::uint8_t { client, server, both };
constexpr who peer_of(who w) noexcept { return w == who::client ? who::server : who::client; }
constexpr std::size_t index(who w) noexcept { return static_cast<std::size_t>(w); }

class trace {
 public:
  /// `words`: where the lines go; null: only the hash is kept.
  void begin(std::string* words) noexcept {
    words_ = words;
    hash_  = 0xCBF29CE484222325u;
    of_    = 0;
  }
  /// Of several clients this one; 0: all, or there is only one.
  void of(unsigned number) noexcept { of_ = number; }
  unsigned of() const noexcept { return of_; }
  bool in_words() const noexcept { return words_ != nullptr; }
  std::uint64_t hash() const noexcept { return hash_; }

  /// `what` is a printf format that wants up to two `%llu`: a literal, whose address is not hashed.
  void tell(time now, who w, const char* what, std::uint64_t a = 0, std::uint64_t b = 0) {
    mix(static_cast<std::uint64_t>(now.time_since_epoch().count()) << 2 | index(w));
    mix((a * 31 + b) * 64 + of_);
    if (words_) [[unlikely]]
      say(now, w, what, static_cast<unsigned long long>(a), static_cast<unsigned long long>(b));
  }
  /// A line in words only.
  void say(time now, who w, const char* format, ...);

  /// When the life began, so that times are told from there.
  static constexpr time epoch = time(std::chrono::hours(1000));

 private:
  void mix(std::uint64_t n) noexcept {
    hash_ = (hash_ ^ n) * 0x9FB21C651E98DF25u;
    hash_ ^= hash_ >> 32;
  }

  std::uint64_t hash_ = 0;
  std::string* words_ = nullptr;
  unsigned of_        = 0;
};

}  // namespace simulator
