// The host that a ClientHello asks for, whole, in small records, cut anywhere.
#include "net/tls_hello.hpp"

#include "tls_filter.hpp"

#include <gtest/gtest.h>

#include <openssl/ssl.h>

namespace adieu::tests {
namespace {

std::string hello(const char* host) {
  boost::asio::ssl::context any(boost::asio::ssl::context::tls_client);
  tls_filter client(any, tls_filter::role::client);
  if (host) SSL_set_tlsext_host_name(client.handle(), host);
  client.handshake();
  return client.to_send();
}

std::string asked_for(std::string_view bytes) {
  return net::host_asked_for(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

std::string in_records_of(std::size_t size, const std::string& one_record) {
  std::string all;
  for (std::size_t at = 5; at < one_record.size(); at += size) {
    const std::string part = one_record.substr(at, size);
    all += std::string("\x16\x03\x01\0", 4) + static_cast<char>(part.size()) + part;
  }
  return all;
}

TEST(tls_client_hello, names_the_host_or_none) {
  EXPECT_EQ(asked_for(hello("some.test")), "some.test");
  EXPECT_EQ(asked_for(hello(nullptr)), "");
  EXPECT_EQ(asked_for(""), "");
  EXPECT_EQ(asked_for("GET / HTTP/1.1\r\n\r\n"), "");
}

TEST(tls_client_hello, may_come_in_records_of_any_size) {
  const std::string whole = hello("some.test");
  for (std::size_t size = 1; size < 100; ++size)
    EXPECT_EQ(asked_for(in_records_of(size, whole)), "some.test") << size;
}

TEST(tls_client_hello, names_none_as_long_as_it_is_not_all_there) {
  const std::string whole = hello("some.test");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // As a new string: what is read behind its end is seen by AddressSanitizer.
    EXPECT_EQ(asked_for(std::string(whole, 0, size)), "") << size;
  }
}

}  // namespace
}  // namespace adieu::tests
