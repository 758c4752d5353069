// Who is at the other end of a stream.
#pragma once

#include <adieu/endpoint.hpp>

#include "net/stream.hpp"

namespace adieu::inline v1::net {

/// Empty if it is not connected.
endpoint peer_of(const stream& connected);

}  // namespace adieu::inline v1::net
