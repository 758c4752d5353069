// Counting, and the one context that is ours.
#include "net/tls_context.hpp"

#include <boost/asio/ssl/context.hpp>

#include <openssl/ssl.h>

#include <mutex>

namespace adieu::inline v1::net {

tls_context::tls_context(ssl_ctx_st* counted) noexcept : handle_(counted) {
  if (handle_) SSL_CTX_up_ref(handle_);
}

tls_context::~tls_context() {
  if (handle_) SSL_CTX_free(handle_);
}

tls_context tls_context::of(asio::ssl::context* given) noexcept {
  return tls_context(given ? given->native_handle() : nullptr);
}

// OpenSSL refuses to resume a session that was made with a client's certificate unless its context
// has a name. That is given to the context, not to each connection: one that a callback moves to
// another context (by SNI) takes that one's. It is given once: the connections of the context's
// first server, in another thread, read it when the second one is made.
tls_context tls_context::of_server(asio::ssl::context* given) noexcept {
  static std::mutex one_at_a_time;
  static const int has_name   = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  static unsigned char name[] = "adieu";
  tls_context made            = of(given);
  if (!made) return made;
  const std::lock_guard lock(one_at_a_time);
  if (SSL_CTX_get_ex_data(made.handle_, has_name)) return made;
  SSL_CTX_set_session_id_context(made.handle_, name, sizeof name);
  SSL_CTX_set_ex_data(made.handle_, has_name, name);
  return made;
}

tls_context tls_context::of_the_system() noexcept {
  struct made {
    SSL_CTX* handle = SSL_CTX_new(TLS_client_method());
    made() {
      if (!handle) return;
      SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
      // Without roots nobody is trusted: that is told by every handshake, with its reason.
      SSL_CTX_set_default_verify_paths(handle);
    }
    ~made() { SSL_CTX_free(handle); }
  };
  static const made once;
  return tls_context(once.handle);
}

}  // namespace adieu::inline v1::net
