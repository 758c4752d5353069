// One byte stream over a non-blocking socket: receive, send, end one's own side, close. Decides
// nothing, waits for nothing, and knows neither frames nor Asio.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

struct iovec;

namespace adieu::inline v1::net {

enum class io_status : std::uint8_t {
  done,         ///< `bytes` were moved (for send perhaps fewer than asked)
  would_block,  ///< nothing now; wait for the poller
  ended,        ///< the peer has ended its side
  failed,       ///< the stream is gone; `error` is the system's errno
};

struct io_result {
  io_status status  = io_status::done;
  int error         = 0;
  std::size_t bytes = 0;
};

/// Owns the descriptor. EINTR is retried here; SIGPIPE never comes.
class stream {
 public:
  stream() = default;
  explicit stream(int descriptor) noexcept : descriptor_(descriptor) {}
  stream(stream&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  stream& operator=(stream&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~stream() { close(); }

  io_result receive(std::byte* to, std::size_t size) noexcept;
  /// `more`: the end of our side follows at once and may leave with these bytes.
  io_result send(std::span<const iovec> pieces, bool more = false) noexcept;

  /// FIN behind all that was sent; reading goes on.
  void shut_down_sending() noexcept;
  /// close(), never a forced RST. (With unread bytes the kernel makes one all the same.)
  void close() noexcept;
  /// Ends the stream with an RST: for peers that misbehave on purpose.
  void reset() noexcept;

  int descriptor() const noexcept { return descriptor_; }
  explicit operator bool() const noexcept { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

}  // namespace adieu::inline v1::net
