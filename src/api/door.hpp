// The tool's own door into the library: to take a byte stream away from it, for a server that
// misbehaves on purpose. Not installed, no part of the interface.
#pragma once

#include <adieu/opening.hpp>

#include "net/stream.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace adieu::inline v1::api {

/// A stream whose opening was answered with 101, and which the library has forgotten.
struct taken_stream {
  net::stream stream;
  /// What came glued to the opening request.
  std::vector<std::byte> glued;
};

/// Accepts the opening and takes its stream away. Empty if the client has gone. The 101 has been
/// sent whole. No handler of the server is called for it.
std::optional<taken_stream> take_over(opening_reply reply, const acceptance& how);

}  // namespace adieu::inline v1::api
