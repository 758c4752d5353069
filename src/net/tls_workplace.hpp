// What calls of TLS need only while they run, lent by a loop to all its sessions: so an idle
// session owns no buffers, and none can outlive what it was lent. Knows no TLS.
#pragma once

#include "net/sealed_queue.hpp"

#include <array>
#include <cstddef>
#include <memory>

namespace adieu::inline v1::net {

struct tls_workplace {
  // What one read may bring. Its plaintext, and that of a record of which a part had come before,
  // fits into the place where it is wanted, so that nothing has to be kept.
  static constexpr std::size_t input_size = 256 * 1024;
  static constexpr std::size_t record     = 16 * 1024;  // [RFC 8446 5.1]

  std::unique_ptr<std::byte[]> input = std::make_unique_for_overwrite<std::byte[]>(input_size);
  std::array<std::byte, record> cork;        // small pieces become one record
  std::unique_ptr<sealed_queue> queue = {};  // that no session has; null: make one
};

}  // namespace adieu::inline v1::net
