// A turn of the loop is short, however many connections flood: the io_context's other handlers have
// theirs in between. In CPU time of this thread, so that a busy machine does not matter.
#include "ledger.hpp"

#include <algorithm>
#include <ctime>
#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace adieu::tests {
namespace {

std::chrono::nanoseconds thread_time() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

/// A client that has asked to be opened and has sent as many messages as the kernel holds.
class flood {
 public:
  explicit flood(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family      = AF_INET;
    to.sin_port        = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
    const std::string request =
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    std::string frames;
    while (frames.size() < 64 * 1024) frames += std::string("\x82\x8a\0\0\0\0", 6) + "0123456789";
    static_cast<void>(::send(fd_, request.data(), request.size(), MSG_NOSIGNAL));
    for (std::size_t at = 0;;) {
      const ssize_t n = ::send(fd_, frames.data() + at, frames.size() - at, MSG_NOSIGNAL);
      if (n <= 0) break;
      at = (at + static_cast<std::size_t>(n)) % frames.size();
    }
  }
  flood(const flood&) = delete;
  ~flood() { ::close(fd_); }

 private:
  int fd_;
};

TEST(turns, of_other_handlers_come_beside_a_hundred_floods) {
  asio::io_context io;
  std::uint64_t messages = 0;
  server s(io, {}, {.on_message = [&](websocket&, message_view) { ++messages; }});
  std::vector<std::unique_ptr<flood>> all;
  for (int n = 0; n < 100; ++n) all.push_back(std::make_unique<flood>(s.port()));

  std::chrono::nanoseconds longest{}, last = thread_time();
  const auto begun              = last;
  bool over                     = false;
  std::function<void()> handler = [&] {
    const auto now = thread_time();
    longest        = std::max(longest, now - last);
    last           = now;
    if (!over) asio::post(io, handler);
  };
  asio::post(io, handler);
  std::uint64_t before = 0;
  asio::steady_timer quiet(io);
  std::function<void()> look = [&] {  // until nothing more comes
    over = messages != 0 && messages == std::exchange(before, messages);
    if (over) return;
    quiet.expires_after(200ms);
    quiet.async_wait([&](error_code) { look(); });
  };
  look();
  while (!over) io.run_one();
  // More than one turn's work, or this says nothing.
  EXPECT_GT(last - begun, 500ms);
  EXPECT_LT(longest, 100ms);
  RecordProperty("longest_us", static_cast<int>(longest / 1us));
}

}  // namespace
}  // namespace adieu::tests
