// Whom a client expects at the other end, the session it may resume, and the words for a handshake
// that failed. [RFC 6125, RFC 9525]
#include "net/tls_error.hpp"
#include "net/tls_session.hpp"

#include <boost/asio/ip/address.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace adieu::inline v1::net {
namespace {

bool is_address(const std::string& host) {
  error_code no_address;
  asio::ip::make_address(host, no_address);
  return !no_address;
}

// OpenSSL lets no wildcard be for a name with an underscore, as everybody else does: the wildcard's
// own name is then one more that is looked for, letter by letter. "" if there is none: like
// OpenSSL, none stands for what is right below a top-level domain.
std::string wildcard_for(const std::string& host) {
  const std::size_t dot = host.find('.');
  if (host.find('_') == std::string::npos || dot == std::string::npos) return {};
  if (host.find('.', dot + 1) == std::string::npos) return {};
  return "*" + host.substr(dot);
}

// The name or address in the certificate must be the one in the URL. A wildcard stands for one
// whole label; the subject's common name is not looked at.
bool expect(SSL* ssl, const std::string& host, bool address) {
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl);
  if (address) return X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(
      wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size()) != 1) return false;
  const std::string wildcard = wildcard_for(host);
  return wildcard.empty() ||
         X509_VERIFY_PARAM_add1_host(wanted, wildcard.data(), wildcard.size()) == 1;
}

std::string expected(SSL* ssl) {
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl);
  if (const char* host = X509_VERIFY_PARAM_get0_host(wanted, 0)) return host;
  char* const address = X509_VERIFY_PARAM_get1_ip_asc(wanted);
  std::string text    = address ? address : "the peer";
  OPENSSL_free(address);
  return text;
}

}  // namespace

std::unique_ptr<tls_session> tls_session::of_client(const tls_context& with, tls_workplace& at,
                                                    const std::string& host, bool verified) {
  auto made = make(with, at);
  if (!made) return made;
  SSL* const ssl     = made->ssl_;
  const bool address = is_address(host);
  // A name's last dot is the resolver's business, not the certificate's. [RFC 6066 3]
  const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  SSL_set_connect_state(ssl);
  if (!address && SSL_set_tlsext_host_name(ssl, name.c_str()) != 1) return nullptr;
  // No callback given: the context's stays.
  SSL_set_verify(ssl, verified ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (verified && !expect(ssl, name, address)) return nullptr;
  return made;
}

// --- resumption ---

void tls_session::resume(SSL_SESSION* earlier) {
  // One that does not fit is not taken, and the handshake is a whole one.
  SSL_set_session(ssl_, earlier);
  ERR_clear_error();
}

SSL_SESSION* tls_session::ssl_session() const noexcept {
  SSL_SESSION* const now = SSL_get_session(ssl_);
  return now && SSL_SESSION_is_resumable(now) == 1 ? now : nullptr;
}

bool tls_session::resumed() const noexcept { return SSL_session_reused(ssl_) == 1; }

// --- words ---

std::string tls_session::failure() const {
  if (asked_again_) return "the peer asked for renegotiation of TLS 1.2, which this end refuses";
  const bool client = SSL_is_server(ssl_) == 0;
  if (const long why = SSL_get_verify_result(ssl_); broken_ == why && why != X509_V_OK)
    return client ? "the certificate of " + expected(ssl_) +
                        " is not accepted: " + X509_verify_cert_error_string(why)
                  : std::string("the client's certificate is not accepted: ") +
                        X509_verify_cert_error_string(why);
  const auto packed = static_cast<unsigned long>(broken_);
  if (broken_ == 0 || ERR_GET_LIB(packed) != ERR_LIB_SSL) return {};
  switch (ERR_GET_REASON(packed)) {
    case SSL_R_HTTP_REQUEST: return "a client spoke HTTP without TLS: it has to use wss://";
    case SSL_R_WRONG_VERSION_NUMBER:
      return client ? "what answered is not TLS: ws:// instead of wss://?" : "what came is not TLS";
    default: break;
  }
  const char* const reason = ERR_reason_error_string(packed);
  if (!reason) return {};
  return (ERR_GET_REASON(packed) > SSL_AD_REASON_OFFSET ? "the peer refuses: " : "") +
         std::string(reason);
}

}  // namespace adieu::inline v1::net
