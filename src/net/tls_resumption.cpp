// The judge, and the second beginning.
#include "net/tls_resumption.hpp"

#include "net/tls_hello.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <string_view>
#include <utility>

namespace adieu::inline v1::net {
namespace {

// A client says no more than one ClientHello before it is answered. A ticket in it has at most
// 64 KiB. [RFC 8446 4.2.11]
constexpr std::size_t most_heard = 128 * 1024;

// No session has this name, so none is resumed by it: each that begins so is given its own one
// before there is a ticket of it.
constexpr unsigned char nobody[] = "adieu: no session has this name";
static_assert(sizeof nobody <= SSL_MAX_SID_CTX_LENGTH);

std::string_view text(const char* c) noexcept { return c ? c : ""; }

}  // namespace

bool remembered_certificate_is_good(SSL* of) {
  const std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> check(X509_STORE_CTX_new(),
                                                                         X509_STORE_CTX_free);
  X509_STORE* store = nullptr;
  SSL_get0_verify_cert_store(of, &store);
  if (!store) store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(of));
  bool good = check &&
              X509_STORE_CTX_init(check.get(), store, SSL_get0_peer_certificate(of),
                                  SSL_get_peer_cert_chain(of)) == 1 &&
              X509_STORE_CTX_set_ex_data(check.get(), SSL_get_ex_data_X509_STORE_CTX_idx(), of);
  if (good) {
    X509_VERIFY_PARAM* const wanted = X509_STORE_CTX_get0_param(check.get());
    X509_VERIFY_PARAM_set_auth_level(wanted, SSL_get_security_level(of));
    X509_STORE_CTX_set_default(check.get(), SSL_is_server(of) ? "ssl_client" : "ssl_server");
    X509_VERIFY_PARAM_set1(wanted, SSL_get0_param(of));
    if (const auto callback = SSL_get_verify_callback(of))
      X509_STORE_CTX_set_verify_cb(check.get(), callback);
    good = X509_verify_cert(check.get()) == 1;
  }
  ERR_clear_error();
  return good;
}

void tls_resumption::freed::operator()(X509* counted) const noexcept { X509_free(counted); }

void tls_resumption::name_sessions(SSL* of) const noexcept {
  const auto name = anew_ ? std::span<const unsigned char>(nobody) : context_.sessions().bytes();
  // The connection's own: the application's context is left as it is.
  if (!name.empty())
    SSL_set_session_id_context(of, name.data(), static_cast<unsigned>(name.size()));
}

bool tls_resumption::hear(std::span<const std::byte> bytes) {
  if (!listens_) return true;
  if (heard_.size() + bytes.size() > most_heard) return false;
  heard_.append(bytes);
  return true;
}

bool tls_resumption::allows(SSL* answering, std::span<const std::byte> bytes, std::size_t answer) {
  if (SSL_session_reused(answering)) {
    if (!may_resume(answering, bytes)) return false;
    listens_ = false;
  } else if (SSL_SESSION* const begun = SSL_get0_session(answering)) {
    if (!SSL_is_init_finished(answering)) mark(answering, begun);
    listens_ = false;
  } else {  // a HelloRetryRequest: the client speaks once more [RFC 8446 4.1.4]
    listens_ = hear(bytes) && listens_;
    answered_ += answer;
  }
  return true;
}

// A session that begins, as long as no other thread can have it from a cache and there is no ticket
// of it. OpenSSL notes the host only if a callback of the application's has accepted it.
void tls_resumption::mark(SSL* of, SSL_SESSION* begun) const noexcept {
  const auto name = context_.sessions().bytes();
  SSL_SESSION_set1_hostname(begun, SSL_get_servername(of, TLSEXT_NAMETYPE_host_name));
  if (anew_) SSL_SESSION_set1_id_context(begun, name.data(), static_cast<unsigned>(name.size()));
}

bool tls_resumption::may_resume(SSL* answering, std::span<const std::byte> bytes) {
  X509* const shown = SSL_get0_peer_certificate(answering);
  const int mode    = SSL_get_verify_mode(answering);
  if (!shown && (mode & SSL_VERIFY_PEER) == 0) return true;
  listens_               = hear(bytes) && listens_;
  const char* const then = SSL_SESSION_get0_hostname(SSL_get0_session(answering));
  const bool same_host =
      SSL_version(answering) == TLS1_3_VERSION
          ? text(then) == text(SSL_get_servername(answering, TLSEXT_NAMETYPE_host_name))
          : text(then) == host_asked_for(heard());
  if (!same_host) return false;
  if (!shown) return (mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT) == 0;
  if (shown == good_.get()) return true;
  if (!remembered_certificate_is_good(answering)) return false;
  X509_up_ref(shown);
  good_.reset(shown);
  return true;
}

bool tls_resumption::begins_anew() noexcept {
  anew_ = std::exchange(listens_, false);
  return anew_;
}

}  // namespace adieu::inline v1::net
