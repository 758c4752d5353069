// One session of TLS over a pair of sockets: what counts as handed over, and when, and how much of
// a handshake is heard.
#include "net/tls_session.hpp"
#include "net/tls_workplace.hpp"

#include "tls_filter.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace adieu::tests {
namespace {

class tls_session_over_a_pair : public ::testing::Test {
 protected:
  tls_session_over_a_pair() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    session_ = net::tls_session::of_server(net::tls_context::of(&test_server_context()), place_);
    while (session_->handshake(ends_[0]).status == net::io_status::would_block) carry();
    carry();
  }
  ~tls_session_over_a_pair() override {
    for (const int end : ends_) ::close(end);
  }
  /// All that the session has written, to the peer, and the peer's answers back.
  void carry() {
    char some[65536];
    for (ssize_t n; (n = ::recv(ends_[1], some, sizeof some, 0)) > 0;)
      peer_.received({some, static_cast<std::size_t>(n)});
    peer_.handshake();
    came_ += peer_.open();
    say(peer_.to_send());
  }
  void say(const std::string& bytes) {
    EXPECT_EQ(::send(ends_[1], bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  /// What of `all` behind `from` is handed over by that.
  std::size_t send(const std::string& all, std::size_t from) {
    const iovec rest{const_cast<char*>(all.data() + from), all.size() - from};
    return session_->send(ends_[0], {&rest, 1}, false).bytes;
  }

  int ends_[2] = {-1, -1};
  net::tls_workplace place_;
  std::unique_ptr<net::tls_session> session_;
  boost::asio::ssl::context mine_{boost::asio::ssl::context::tls_client};
  tls_filter peer_{mine_, tls_filter::role::client};
  std::string came_;
};

TEST_F(tls_session_over_a_pair, what_receive_hands_over_is_told_without_another_send) {
  std::string all(2'000'000, ' ');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>('a' + i * i % 26);
  std::size_t handed = send(all, 0);
  ASSERT_LT(handed, all.size()) << "the kernel takes all of it";
  EXPECT_EQ(session_->handed_over(), 0u);
  carry();  // there is room again
  say(peer_.seal("something"));
  std::byte to[100];
  EXPECT_EQ(session_->receive(ends_[0], to, sizeof to).bytes, 9u);
  const std::size_t by_receiving = session_->handed_over();
  EXPECT_GT(by_receiving, 0u);
  handed += by_receiving;
  while (handed < all.size()) {
    carry();
    handed += send(all, handed);
  }
  carry();
  EXPECT_EQ(came_, all);
}

// The record of TLS that is full of HelloRequests, which a client ignores. [RFC 5246 7.4.1.1]
std::string hello_requests() {
  return std::string("\x16\x03\x03\x40\x00", 5) + std::string(16384, '\0');
}

class tls_client_in_a_flood : public ::testing::Test {
 protected:
  tls_client_in_a_flood() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    session_ = net::tls_session::of_client(net::tls_context::of(&mine_), place_, "a.test", false);
    EXPECT_EQ(session_->handshake(ends_[0]).status, net::io_status::would_block);
  }
  ~tls_client_in_a_flood() override {
    for (const int end : ends_) ::close(end);
  }
  void fill() {
    const std::string all = hello_requests();
    do {
      const ssize_t n = ::send(ends_[1], all.data() + at_, all.size() - at_, 0);
      if (n <= 0) return;
      at_ = (at_ + static_cast<std::size_t>(n)) % all.size();
    } while (true);
  }
  int unread() const {
    int n = 0;
    ::ioctl(ends_[0], FIONREAD, &n);
    return n;
  }

  int ends_[2]    = {-1, -1};
  std::size_t at_ = 0;
  boost::asio::ssl::context mine_{boost::asio::ssl::context::tls_client};
  net::tls_workplace place_;
  std::unique_ptr<net::tls_session> session_;
};

TEST_F(tls_client_in_a_flood, one_call_of_the_handshake_reads_once) {
  fill();
  const int all = unread();
  ASSERT_GT(all, 3 * 16384);
  EXPECT_EQ(session_->handshake(ends_[0]).status, net::io_status::would_block);
  EXPECT_GE(unread(), all - 16384);
  EXPECT_LT(unread(), all);
}

TEST_F(tls_client_in_a_flood, a_handshake_without_end_is_given_up) {
  net::io_result how{net::io_status::would_block, 0, 0};
  int calls = 0;
  for (; how.status == net::io_status::would_block && calls < 100; ++calls) {
    fill();
    how = session_->handshake(ends_[0]);
  }
  EXPECT_EQ(how.status, net::io_status::broken);
  EXPECT_GT(calls, 16) << "a long chain of certificates has room";
  EXPECT_EQ(session_->handshake(ends_[0]).status, net::io_status::broken);
}

}  // namespace
}  // namespace adieu::tests
