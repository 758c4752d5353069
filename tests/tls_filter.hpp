// The other end of TLS, in memory: OpenSSL between two strings, so that a test decides which bytes
// go when, and sees exactly what came. And the certificates that tests use.
#pragma once

#include "../tools/adieu/certificate.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>
#include <string_view>

struct ssl_st;

namespace adieu::tests {

/// All tests trust it. Its certificate stands in a file that OpenSSL takes for the system's roots.
const tool::certificate& test_authority();
void trust_test_authority();
/// A server's context with a certificate of the test authority's for localhost, 127.0.0.1 and ::1.
boost::asio::ssl::context& test_server_context();
std::shared_ptr<boost::asio::ssl::context> server_context(const tool::certificate& shown);

/// Whether connections of tests go over TLS: the environment says ADIEU_TESTS=tls.
bool over_tls();

class tls_filter {
 public:
  enum class role { client, server };
  tls_filter(boost::asio::ssl::context& with, role as);

  /// Ciphertext that came.
  void received(std::string_view bytes);
  /// Ciphertext to be sent; everything that has become ready since the last call.
  std::string to_send();

  /// True once it is over. False: to_send(), then received(); or it has failed().
  bool handshake();
  /// Plaintext that has come.
  std::string open();
  /// The records of a plaintext, one for each `size` bytes.
  std::string seal(std::string_view plaintext, std::size_t size = 16384);
  std::string close_notify();
  /// A KeyUpdate that asks for the peer's too.
  std::string key_update();

  bool notified() const;  // the peer's close_notify has come
  bool resumed() const;
  const std::string& failed() const { return failed_; }
  ssl_st* handle() const { return ssl_.get(); }

 private:
  bool check(int result);

  std::shared_ptr<ssl_st> ssl_;
  std::string failed_;
};

}  // namespace adieu::tests
