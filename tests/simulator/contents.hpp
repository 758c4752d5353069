// What messages contain: pieces of one text and of one run of bytes that never change, so that a
// message is known by where it lies and how long it is, and costs nothing to make or to compare.
#pragma once

#include <adieu/message.hpp>

#include "simulator/dice.hpp"

#include <cstdint>
#include <span>

namespace simulator {

/// A message by its place in the contents.
struct content {
  adieu::message_type type = adieu::message_type::binary;
  std::uint32_t at         = 0;
  std::uint32_t size       = 0;

  std::span<const std::byte> bytes() const noexcept;
};

/// A message of about that size; a text is cut between two characters.
content draw(dice& chance, std::uint32_t size);
inline constexpr std::uint32_t large_content = 70 * 1024;
/// So large that it lands in its message piece by piece, the last one too.
inline constexpr std::uint32_t largest_content = 3 * large_content;

}  // namespace simulator
