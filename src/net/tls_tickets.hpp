// What a loop's clients remember of servers, so that the next connection to the same one needs no
// whole handshake. [RFC 8446 2.2] Few, the oldest goes. One thread.
#pragma once

#include "net/tls_context.hpp"
#include "net/tls_session.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace adieu::inline v1::net {

class tls_tickets {
 public:
  /// A session is resumed only with the context that made it, at the same host and port, and by who
  /// demands as much.
  struct key {
    tls_context context;
    std::string host;
    std::uint16_t port = 0;
    bool verified      = true;
    bool operator==(const key& other) const noexcept {
      return context.handle() == other.context.handle() && host == other.host &&
             port == other.port && verified == other.verified;
    }
  };

  /// Has the session resumed what is remembered, if anything is, and if the context, which may have
  /// been changed, still believes that server and shows it the same certificate.
  void offer(tls_session& to, const key& at);
  /// Unless the context's cache is off (SSL_SESS_CACHE_OFF).
  void remember(const tls_session& from, const key& at);
  /// A connection that resumed it has failed: the next one is not to fail for the same reason. [RFC
  /// 8446 6.2]
  void forget(const key& at) noexcept;

 private:
  struct freed {
    void operator()(ssl_session_st* counted) const noexcept;
    void operator()(x509_st* counted) const noexcept;
  };
  struct remembered {
    key at;
    std::unique_ptr<ssl_session_st, freed> session;
    std::unique_ptr<x509_st, freed> shown;  // the client's certificate, if it had one
  };
  std::vector<remembered> all_;  // the newest last
};

}  // namespace adieu::inline v1::net
