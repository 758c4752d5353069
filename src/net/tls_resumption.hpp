// Who may resume a session. OpenSSL asks whether it is named like the connection, and no more. Here
// a server also asks whether it was begun with the same host asked for, and whether the client's
// certificate in it is good here and now. If not, there is a whole handshake, which begins anew
// before anything of ours has left. [RFC 6066 3, RFC 8446 4.6.1; CVE-2025-23419] Knows no socket.
#pragma once

#include "base/byte_buffer.hpp"
#include "net/tls_context.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;
struct x509_st;

namespace adieu::inline v1::net {

/// Whether the peer's certificate in the session that `of` resumes verifies as it would in a whole
/// handshake of now: authorities, dates, revocation, purpose, name, verify callback. A ticket of a
/// server's holds the client's certificate only: one from below an intermediate authority does not,
/// unless that one is in the store. What SSL_CTX_set_cert_verify_callback says cannot be known.
bool remembered_certificate_is_good(ssl_st* of);

/// For one handshake of a server.
class tls_resumption {
 public:
  explicit tls_resumption(tls_context of) noexcept : context_(std::move(of)) {}

  ssl_ctx_st* context() const noexcept { return context_.handle(); }
  /// Before its handshake.
  void name_sessions(ssl_st* of) const noexcept;

  /// What a client says and OpenSSL does not answer yet. False: it says too much.
  bool hear(std::span<const std::byte> bytes);
  /// Whether what OpenSSL answers to what it was told, `bytes` last, may leave: so many bytes.
  bool allows(ssl_st* answering, std::span<const std::byte> bytes, std::size_t answer);
  /// If not: whether the handshake can begin anew with another ssl_st, which is to be given all of
  /// heard(). Of what that one says answered() bytes have left already.
  bool begins_anew() noexcept;
  std::span<const std::byte> heard() const noexcept { return heard_.bytes(); }
  std::size_t answered() const noexcept { return answered_; }

 private:
  struct freed {
    void operator()(x509_st* counted) const noexcept;
  };

  void mark(ssl_st* of, ssl_session_st* begun) const noexcept;
  bool may_resume(ssl_st* answering, std::span<const std::byte> bytes);

  tls_context context_;
  byte_buffer heard_;
  std::unique_ptr<x509_st, freed> good_;  // the one that was looked at
  std::size_t answered_ = 0;
  bool listens_         = true;  // nothing has left that would make it too late
  bool anew_            = false;
};

}  // namespace adieu::inline v1::net
