// OpenSSL's context: certificates, keys and settings of TLS. Counted by OpenSSL itself, so that the
// application's own context may die or be replaced while connections go on. Knows no connection.
#pragma once

#include "net/asio.hpp"

#include <adieu/options.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

struct ssl_ctx_st;

namespace adieu::inline v1::net {

/// What a server's sessions are called, in them and on its connections: none is resumed under
/// another name. OpenSSL's "session id context".
class session_name {
 public:
  static constexpr std::size_t longest = 32;

  session_name() = default;  // none
  /// No longer than `longest`.
  explicit session_name(std::string_view text) noexcept;
  static session_name at_random();

  std::span<const unsigned char> bytes() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<unsigned char, longest> bytes_{};
  std::size_t size_ = 0;
};

class tls_context {
 public:
  tls_context() = default;  // none: plain TCP
  explicit tls_context(ssl_ctx_st* counted) noexcept;
  /// The application's; null gives none.
  static tls_context of(asio::ssl::context* given) noexcept;
  /// The application's, for a server whose sessions have that name. Without one: a name drawn at
  /// random for each context, the same for all its servers in this process; throws the system's
  /// error if it has no randomness.
  static tls_context of_server(asio::ssl::context* given, std::string_view sessions);
  /// For clients that bring none: the system's roots, TLS 1.2 or later. One a process, made at
  /// first use. None if OpenSSL cannot make one.
  static tls_context of_the_system() noexcept;

  tls_context(const tls_context& other) noexcept : tls_context(other.handle_) {
    sessions_ = other.sessions_;
  }
  tls_context(tls_context&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), sessions_(other.sessions_) {}
  tls_context& operator=(tls_context other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(sessions_, other.sessions_);
    return *this;
  }
  ~tls_context();

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  ssl_ctx_st* handle() const noexcept { return handle_; }
  /// Of a server.
  const session_name& sessions() const noexcept { return sessions_; }

 private:
  ssl_ctx_st* handle_ = nullptr;
  session_name sessions_;
};

}  // namespace adieu::inline v1::net
