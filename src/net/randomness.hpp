// Strong randomness from the operating system, safe across fork(). Knows nothing of masks.
#pragma once

#include "protocol/mask_keys.hpp"

namespace adieu::inline v1::net {

class system_randomness final : public protocol::random_source {
 public:
  system_randomness();
  bool fill(std::span<std::byte> to) noexcept override;
  /// Another one in every process, so that a child does not repeat what its parent had fetched.
  std::uint32_t epoch() const noexcept override;
};

}  // namespace adieu::inline v1::net
