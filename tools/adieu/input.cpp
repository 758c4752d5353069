// Standard input, a chunk at a time.
#include "input.hpp"

#include "thread_without_signals.hpp"

#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace adieu::tool {

namespace {

constexpr std::size_t chunk_size = 64 * 1024;

}  // namespace

input::input(boost::asio::any_io_executor where, int descriptor, handler<void(chunk)> on_chunk)
    : where_(std::move(where)), descriptor_(descriptor), on_chunk_(std::move(on_chunk)) {
  if (::pipe(wake_) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  for (const int end : wake_) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  thread_ = thread_without_signals([this] { run(); });
}

void input::want() {
  if (wake_[1] < 0) return;
  // Never blocks: there is at most one byte in it.
  const char go                       = 'w';
  [[maybe_unused]] const auto written = ::write(wake_[1], &go, 1);
}

void input::stop() {
  if (!thread_.joinable()) return;
  ::close(std::exchange(wake_[1], -1));
  thread_.join();
  ::close(std::exchange(wake_[0], -1));
}

void input::run() {
  char go = 0;
  while (::read(wake_[0], &go, 1) == 1) {
    std::array<pollfd, 2> watched{{{descriptor_, POLLIN, 0}, {wake_[0], POLLIN, 0}}};
    while (::poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
    }
    if (watched[1].revents != 0) return;
    boost::asio::post(where_, [this, came = read_one()]() mutable { on_chunk_(std::move(came)); });
  }
}

input::chunk input::read_one() const {
  chunk came;
  came.bytes.resize(chunk_size);
  const auto size = ::read(descriptor_, came.bytes.data(), came.bytes.size());
  const int error = errno;
  came.bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  came.ended = size == 0;
  // Somebody else may have made the descriptor non-blocking and been quicker: an empty chunk.
  if (size < 0 && error != EINTR && error != EAGAIN) {
    came.ended = true;
    came.error = error;
  }
  return came;
}

}  // namespace adieu::tool
