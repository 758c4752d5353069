// A short list.
#include "net/tls_tickets.hpp"

#include "net/tls_resumption.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <new>
#include <utility>

namespace adieu::inline v1::net {
namespace {

constexpr std::size_t most = 32;

bool has_expired(SSL_SESSION* session) {
  const X509* const shown = SSL_SESSION_get0_peer(session);
  return shown && X509_cmp_current_time(X509_get0_notAfter(shown)) < 0;
}

// A server takes who resumes for who began.
bool are_equal(const X509* one, const X509* other) {
  return one == other || (one && other && X509_cmp(one, other) == 0);
}

}  // namespace

void tls_tickets::freed::operator()(SSL_SESSION* counted) const noexcept {
  SSL_SESSION_free(counted);
}
void tls_tickets::freed::operator()(X509* counted) const noexcept { X509_free(counted); }

void tls_tickets::offer(tls_session& to, const key& at) {
  if (SSL_CTX_get_session_cache_mode(at.context.handle()) == SSL_SESS_CACHE_OFF) return;
  std::erase_if(all_, [](const remembered& r) { return has_expired(r.session.get()); });
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const remembered& r) { return r.at == at; });
  if (found == all_.end() || !are_equal(found->shown.get(), SSL_get_certificate(to.handle())))
    return;
  to.resume(found->session.get());
  if (at.verified && !remembered_certificate_is_good(to.handle())) to.resume(nullptr);
}

void tls_tickets::remember(const tls_session& from, const key& at) {
  if (SSL_CTX_get_session_cache_mode(at.context.handle()) == SSL_SESS_CACHE_OFF) return;
  SSL_SESSION* const now = from.ssl_session();
  if (!now) return;
  std::erase_if(all_, [&](const remembered& r) { return r.at == at; });
  if (all_.size() == most) all_.erase(all_.begin());
  SSL_SESSION_up_ref(now);
  std::unique_ptr<SSL_SESSION, freed> counted(now);
  std::unique_ptr<X509, freed> shown(SSL_get_certificate(from.handle()));
  if (shown) X509_up_ref(shown.get());
  try {
    all_.push_back({at, std::move(counted), std::move(shown)});
  } catch (const std::bad_alloc&) {  // the next handshake is a whole one
  }
}

void tls_tickets::forget(const key& at) noexcept {
  std::erase_if(all_, [&](const remembered& r) { return r.at == at; });
}

}  // namespace adieu::inline v1::net
