// The tool's own door into the library: to take a byte stream away from it (a server that
// misbehaves on purpose) and to watch the bytes of its connections (verbose output). Not installed,
// no part of the interface.
#pragma once

#include <adieu/executor_of.hpp>
#include <adieu/opening.hpp>

#include "net/stream.hpp"

#include <cstddef>
#include <optional>
#include <span>
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

/// Sees the bytes of every connection on an executor's loop as they go over the wire (under TLS:
/// before encryption), heads of the opening included. Called on the loop, before the library acts
/// on them.
class tap {
 public:
  virtual ~tap()                                                                 = default;
  virtual void received(const session_ref& on, std::span<const std::byte> bytes) = 0;
  virtual void sent(const session_ref& on, std::span<const std::byte> bytes)     = 0;
};

/// Null takes it off again. It must live as long as it is installed.
void install(executor_of where, tap* watching);

}  // namespace adieu::inline v1::api
