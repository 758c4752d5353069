// What every fuzzer needs: the input taken apart, and a way to say that a promise is broken. Knows
// nothing of what is tested.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fuzz {

/// Ends the program, which libFuzzer takes for a finding, unless it is so.
inline void require(bool so, const char* promise) {
  if (so) return;
  std::fprintf(stderr, "BROKEN: %s\n", promise);
  std::abort();
}

/// The fuzzer's bytes, from front to back. Once they are over all numbers are 0.
class input {
 public:
  input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool over() const { return rest_.empty(); }
  unsigned byte() {
    if (over()) return 0;
    const auto b = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return b;
  }
  template <typename T, std::size_t N>
  T of(const T (&any)[N]) {
    return any[byte() % N];
  }
  std::string_view bytes(std::size_t most) {
    const std::string_view taken = rest_.substr(0, most);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view rest() { return bytes(rest_.size()); }

 private:
  std::string_view rest_;
};

/// A copy that ends where its memory ends, so that a byte read or written behind it is noticed.
class own_copy {
 public:
  explicit own_copy(std::string_view of) : size_(of.size()), bytes_(new std::byte[of.size()]) {
    if (!of.empty()) std::memcpy(bytes_.get(), of.data(), of.size());
  }
  std::span<std::byte> span() { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte[]> bytes_;
};

/// Where something is cut into pieces, and other small decisions: the same for the same seed.
class cuts {
 public:
  enum class kind : std::uint8_t { none, every_byte, anywhere };
  static constexpr kind all[] = {kind::none, kind::every_byte, kind::anywhere};

  cuts(kind how, unsigned seed) : how_(how), state_(seed * 2654435761u + 1) {}

  /// How long the next piece is, of that much.
  std::size_t next(std::size_t left) {
    if (how_ == kind::none || left <= 1) return left;
    if (how_ == kind::every_byte) return 1;
    const std::size_t most = below(4) == 0 ? left : std::min<std::size_t>(left, 16);
    return 1 + below(static_cast<std::uint32_t>(most));
  }
  std::uint32_t below(std::uint32_t n) {
    state_ = state_ * 1664525u + 1013904223u;
    return static_cast<std::uint32_t>(std::uint64_t{state_} * n >> 32);
  }

 private:
  kind how_;
  std::uint32_t state_;
};

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace fuzz
