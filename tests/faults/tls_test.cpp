// A server's handshake that begins anew, because what its client resumes is another host's, with
// every allocation of ours failing once. OpenSSL's own do not fail.
#include "faults/strike.hpp"
#include "net/tls_session.hpp"
#include "net/tls_workplace.hpp"
#include "tls_filter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <openssl/ssl.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace adieu::tests {
namespace {

using session = std::shared_ptr<SSL_SESSION>;

/// One visit over a pair of sockets; the first flight comes in two pieces.
class visit {
 public:
  visit(boost::asio::ssl::context& client, const session& earlier, const char* host)
      : peer_(client, tls_filter::role::client) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    SSL_set_tlsext_host_name(peer_.handle(), host);
    if (earlier) SSL_set_session(peer_.handle(), earlier.get());
  }
  ~visit() {
    SSL_set_shutdown(peer_.handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    for (const int end : ends_) ::close(end);
  }

  /// Throws std::bad_alloc.
  void play() {
    auto served = net::tls_session::of_server(
        net::tls_context::of_server(&test_server_context(), "faults"), place_);
    {
      const out_of_reach its_own;
      peer_.handshake();
      unsaid_ = peer_.to_send();
      say(100);
    }
    while (served->handshake(ends_[0]).status == net::io_status::would_block) carry();
    carry();
  }
  bool secured() const { return SSL_is_init_finished(peer_.handle()) && peer_.failed().empty(); }
  bool resumed() const { return peer_.resumed(); }
  session begun() const { return {SSL_get1_session(peer_.handle()), SSL_SESSION_free}; }

 private:
  void say(std::size_t most) {
    const std::size_t n = std::min(most, unsaid_.size());
    EXPECT_EQ(::send(ends_[1], unsaid_.data(), n, 0), static_cast<ssize_t>(n));
    unsaid_.erase(0, n);
  }
  void carry() {
    const out_of_reach its_own;
    char some[65536];
    for (ssize_t n; (n = ::recv(ends_[1], some, sizeof some, 0)) > 0;)
      peer_.received({some, static_cast<std::size_t>(n)});
    peer_.handshake();
    peer_.open();
    unsaid_ += peer_.to_send();
    say(unsaid_.size());
  }

  int ends_[2] = {-1, -1};
  net::tls_workplace place_;
  tls_filter peer_;
  std::string unsaid_;
};

TEST(failing_allocation_in_tls, of_a_handshake_that_begins_anew_ends_it_or_not_and_leaves_nothing) {
  boost::asio::ssl::context client(boost::asio::ssl::context::tls_client);
  test_server_context().set_verify_mode(boost::asio::ssl::verify_peer);
  session earlier;
  for (const bool resumes : {false, true}) {
    visit one(client, earlier, "one.test");
    one.play();
    EXPECT_EQ(one.resumed(), resumes);
    earlier = one.begun();
  }
  bool struck = true;
  int n       = 1;
  for (; struck; ++n) {
    const std::ptrdiff_t blocks = blocks_alive();
    {
      visit other(client, earlier, "other.test");
      bool threw = false;
      arm({call::allocation, 0}, n);
      try {
        other.play();
      } catch (const std::bad_alloc&) {
        threw = true;
      }
      struck = disarm();
      EXPECT_EQ(threw, struck) << n;
      EXPECT_EQ(other.secured(), !threw) << n;
      EXPECT_FALSE(other.resumed()) << n;
    }
    ASSERT_EQ(blocks_alive(), blocks) << "allocation " << n << ": memory is left over";
  }
  EXPECT_GT(n, 4);
  test_server_context().set_verify_mode(boost::asio::ssl::verify_none);
}

}  // namespace
}  // namespace adieu::tests
