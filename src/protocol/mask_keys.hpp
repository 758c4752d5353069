// Masking keys for a client's frames, from an injected source of strong randomness, fetched many
// at a time. [RFC 6455 5.3, 10.3] Knows no operating system.
#pragma once

#include "wire/mask.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace adieu::inline v1::protocol {

/// Strong randomness. `epoch` changes when bytes fetched before must not be used any more (a fork).
class random_source {
 public:
  virtual ~random_source() = default;
  /// False if there is no randomness to be had.
  virtual bool fill(std::span<std::byte> to) noexcept = 0;
  virtual std::uint32_t epoch() const noexcept { return 0; }
};

class mask_keys {
 public:
  explicit mask_keys(random_source& source) noexcept : source_(source) {}

  random_source& source() noexcept { return source_; }

  /// False if the source failed: nothing may be sent then.
  bool next(wire::mask_key& key) noexcept {
    if (left_ == 0 || epoch_ != source_.epoch()) {
      if (!refill()) return false;
    }
    key = keys_[--left_];
    return true;
  }

 private:
  bool refill() noexcept {
    left_  = 0;
    epoch_ = source_.epoch();
    if (!source_.fill(std::as_writable_bytes(std::span(keys_)))) return false;
    left_ = keys_.size();
    return true;
  }

  random_source& source_;
  std::array<wire::mask_key, 256> keys_;
  std::size_t left_    = 0;
  std::uint32_t epoch_ = 0;
};

}  // namespace adieu::inline v1::protocol
