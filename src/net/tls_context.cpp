// Counting, naming, and the one context that is ours.
#include "net/tls_context.hpp"

#include "net/randomness.hpp"

#include <adieu/error_code.hpp>

#include <boost/asio/ssl/context.hpp>

#include <openssl/ssl.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <mutex>
#include <new>
#include <unordered_map>

namespace adieu::inline v1::net {
namespace {

// The names drawn for contexts, as long as these live. They are kept beside the contexts, not in
// them: another thread of the application's may be reading what SSL_CTX_set_ex_data() would move.
class drawn_names {
 public:
  static drawn_names& all() {
    static drawn_names& made = *new drawn_names;  // contexts may die after all static objects
    return made;
  }

  session_name of(SSL_CTX* context) {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(context);
    if (found != names_.end()) return found->second;
    return names_.emplace(context, session_name::at_random()).first->second;
  }

 private:
  drawn_names() {
    const auto forget = +[](void* context, void*, CRYPTO_EX_DATA*, int, long, void*) {
      const std::lock_guard lock(all().mutex_);
      all().names_.erase(context);
    };
    if (SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, forget) < 0) throw std::bad_alloc();
  }

  std::mutex mutex_;
  std::unordered_map<void*, session_name> names_;
};

}  // namespace

session_name::session_name(std::string_view text) noexcept : size_(text.size()) {
  assert(size_ <= longest);
  std::copy_n(text.begin(), size_, bytes_.begin());
}

session_name session_name::at_random() {
  session_name made;
  made.size_ = longest;
  if (!system_randomness().fill(std::as_writable_bytes(std::span(made.bytes_))))
    throw system_error({EIO, boost::system::system_category()},
                       "adieu: the operating system has no randomness for TLS");
  return made;
}

tls_context::tls_context(ssl_ctx_st* counted) noexcept : handle_(counted) {
  if (handle_) SSL_CTX_up_ref(handle_);
}

tls_context::~tls_context() {
  if (handle_) SSL_CTX_free(handle_);
}

tls_context tls_context::of(asio::ssl::context* given) noexcept {
  return tls_context(given ? given->native_handle() : nullptr);
}

tls_context tls_context::of_server(asio::ssl::context* given, std::string_view sessions) {
  tls_context made = of(given);
  if (made)
    made.sessions_ =
        sessions.empty() ? drawn_names::all().of(made.handle_) : session_name(sessions);
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
