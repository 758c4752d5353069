// OpenSSL's numbers and words.
#include "net/tls_error.hpp"

#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

namespace adieu::inline v1::net {
namespace {

// Packed errors have the library's number above bit 23; the others are below this.
constexpr int verification_errors_end = 1 << 16;

class tls_errors final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "adieu.tls"; }
  std::string message(int value) const override {
    if (value < verification_errors_end) return X509_verify_cert_error_string(value);
    const char* reason = ERR_reason_error_string(static_cast<unsigned long>(value));
    return reason ? reason : "TLS error " + std::to_string(value);
  }
};

}  // namespace

const boost::system::error_category& tls_category() noexcept {
  static const tls_errors category;
  return category;
}

int tls_error_number(unsigned long packed) noexcept {
  // What OpenSSL reports of the system is none of ours: our BIO makes no system call.
  if (packed == 0 || ERR_SYSTEM_ERROR(packed))
    return static_cast<int>(ERR_PACK(ERR_LIB_SSL, 0, ERR_R_INTERNAL_ERROR));
  return static_cast<int>(packed);
}

int tls_cut_off() noexcept {
  return static_cast<int>(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_UNEXPECTED_EOF_WHILE_READING));
}

int tls_unwanted() noexcept {
  return static_cast<int>(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_UNEXPECTED_MESSAGE));
}

int tls_not_to_be_resumed() noexcept {
  return static_cast<int>(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_BAD_PSK));
}

error_code error_of(const io_result& how) noexcept {
  switch (how.status) {
    case io_status::failed: return {how.error, boost::system::system_category()};
    case io_status::broken: return {how.error, tls_category()};
    case io_status::truncated: return {tls_cut_off(), tls_category()};
    case io_status::done:
    case io_status::would_block:
    case io_status::ended: break;
  }
  return {};
}

}  // namespace adieu::inline v1::net
