// Writing to a descriptor that others share, without ever waiting for who reads it and without a
// signal. Knows no log.
#pragma once

#include <cstdint>
#include <string_view>

namespace adieu::inline v1::net {

enum class written : std::uint8_t { all, part, nothing };

/// A pipe or socket that is full, a terminal that is stopped: nothing, or a part of it. A pipe
/// takes up to PIPE_BUF bytes (4,096 on Linux, 512 elsewhere) whole or not at all. Regular files
/// and devices that are no terminals are written to as ever. The descriptor's flags stay as they
/// are.
written write_at_once(int descriptor, std::string_view bytes) noexcept;

}  // namespace adieu::inline v1::net
