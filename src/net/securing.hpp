// The TLS part of an opening, the same for both roles: carries the handshake on, and tells why it
// failed. Every failure is tls_failed, that of the stream too. Knows no certificate.
#pragma once

#include "net/driver.hpp"
#include "net/tls_session.hpp"

#include <memory>

namespace adieu::inline v1::net {

/// From now on the driver's stream goes through this; null: there is no memory for it.
bool begin_securing(driver& d, std::unique_ptr<tls_session> with);
/// Call whenever the stream is ready. True: it is secured. False: not yet, or the connection is
/// lost.
bool secured(driver& d);

}  // namespace adieu::inline v1::net
