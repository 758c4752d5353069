// OpenSSL with memory BIOs.
#include "tls_filter.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <unistd.h>

namespace adieu::tests {
namespace {

namespace ssl = boost::asio::ssl;
using tool::certificate;

}  // namespace

const certificate& test_authority() {
  static const certificate made({.subject = "adieu tests", .authority = true});
  return made;
}

void trust_test_authority() {
  struct in_a_file {
    std::string path = testing::TempDir() + "adieu-tests-XXXXXX";
    in_a_file() {
      ::close(::mkstemp(path.data()));
      std::ofstream(path) << test_authority().pem();
      ::setenv("SSL_CERT_FILE", path.c_str(), 1);
    }
    ~in_a_file() {
      if (::getpid() == made_by) ::unlink(path.c_str());  // not a child of a death test
    }
    pid_t made_by = ::getpid();
  };
  static const in_a_file once;
}

std::shared_ptr<ssl::context> server_context(const certificate& shown) {
  auto made             = std::make_shared<ssl::context>(ssl::context::tls_server);
  const std::string pem = shown.pem(), key = shown.key_pem();
  made->use_certificate_chain(boost::asio::buffer(pem));
  made->use_private_key(boost::asio::buffer(key), ssl::context::pem);
  return made;
}

ssl::context& test_server_context() {
  static const auto made = server_context(certificate(
      {.subject = "adieu tests' server", .names = {"localhost"}, .addresses = {"127.0.0.1", "::1"}},
      test_authority()));
  return *made;
}

bool over_tls() {
  const char* const how = std::getenv("ADIEU_TESTS");
  return how && std::strcmp(how, "tls") == 0;
}

tls_filter::tls_filter(ssl::context& with, role as)
    : ssl_(SSL_new(with.native_handle()), [](SSL* s) { SSL_free(s); }) {
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  if (as == role::server)
    SSL_set_accept_state(ssl_.get());
  else
    SSL_set_connect_state(ssl_.get());
}

void tls_filter::received(std::string_view bytes) {
  BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
}

std::string tls_filter::to_send() {
  BIO* const from = SSL_get_wbio(ssl_.get());
  std::string bytes(BIO_ctrl_pending(from), '\0');
  if (!bytes.empty()) BIO_read(from, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

bool tls_filter::check(int result) {
  if (result > 0) return true;
  const int why = SSL_get_error(ssl_.get(), result);
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_ZERO_RETURN && failed_.empty()) {
    const char* const reason = ERR_reason_error_string(ERR_peek_error());
    failed_                  = reason ? reason : "failed";
  }
  ERR_clear_error();
  return false;
}

bool tls_filter::handshake() { return check(SSL_do_handshake(ssl_.get())); }

std::string tls_filter::open() {
  std::string plaintext;
  char some[16384];
  for (int n; check(n = SSL_read(ssl_.get(), some, sizeof some));)
    plaintext.append(some, static_cast<std::size_t>(n));
  return plaintext;
}

std::string tls_filter::seal(std::string_view plaintext, std::size_t size) {
  for (std::size_t at = 0; at < plaintext.size(); at += size) {
    const auto part = plaintext.substr(at, size);
    check(SSL_write(ssl_.get(), part.data(), static_cast<int>(part.size())));
  }
  return to_send();
}

std::string tls_filter::close_notify() {
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  return to_send();
}

std::string tls_filter::key_update() {
  SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED);
  SSL_do_handshake(ssl_.get());
  return to_send();
}

bool tls_filter::notified() const {
  return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}
bool tls_filter::resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

}  // namespace adieu::tests
