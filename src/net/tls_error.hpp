// What went wrong in TLS, in OpenSSL's own words, as an error code. Knows no connection.
#pragma once

#include "net/stream.hpp"

#include <adieu/error_code.hpp>

namespace adieu::inline v1::net {

/// Values: of an X509_V_ERR_… (why a certificate was not accepted), or packed as OpenSSL's error
/// queue has them.
const boost::system::error_category& tls_category() noexcept;

/// The number for io_result::error of an entry of OpenSSL's error queue.
int tls_error_number(unsigned long packed) noexcept;
/// That the stream ended where TLS did not.
int tls_cut_off() noexcept;
/// That the peer sends records that nobody wants, too many of them.
int tls_unwanted() noexcept;
/// That a client resumes what must not be resumed here, and it is too late for a whole handshake.
int tls_not_to_be_resumed() noexcept;

/// The error of a result that is no success.
error_code error_of(const io_result& how) noexcept;

}  // namespace adieu::inline v1::net
