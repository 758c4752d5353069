// OpenSSL's context: certificates, keys and settings of TLS. Counted by OpenSSL itself, so that the
// application's own context may die or be replaced while connections go on. Knows no connection.
#pragma once

#include "net/asio.hpp"

#include <adieu/options.hpp>

#include <utility>

struct ssl_ctx_st;

namespace adieu::inline v1::net {

class tls_context {
 public:
  tls_context() = default;  // none: plain TCP
  explicit tls_context(ssl_ctx_st* counted) noexcept;
  /// The application's; null gives none.
  static tls_context of(asio::ssl::context* given) noexcept;
  /// The application's, for a server.
  static tls_context of_server(asio::ssl::context* given) noexcept;
  /// For clients that bring none: the system's roots, TLS 1.2 or later. One a process, made at
  /// first use. None if OpenSSL cannot make one.
  static tls_context of_the_system() noexcept;

  tls_context(const tls_context& other) noexcept : tls_context(other.handle_) {}
  tls_context(tls_context&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  tls_context& operator=(tls_context other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~tls_context();

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  ssl_ctx_st* handle() const noexcept { return handle_; }

 private:
  ssl_ctx_st* handle_ = nullptr;
};

}  // namespace adieu::inline v1::net
