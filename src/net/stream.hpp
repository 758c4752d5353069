// One byte stream over a non-blocking socket, plain or through TLS: receive, send, end one's own
// side, close. Decides nothing, waits for nothing, and knows neither frames nor Asio.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

struct iovec;

namespace adieu::inline v1::net {

class tls_session;

enum class io_status : std::uint8_t {
  done,         ///< `bytes` were moved (for send perhaps fewer than asked)
  would_block,  ///< nothing (more) now; wait for the poller
  ended,        ///< the peer has ended its side; with TLS it has said so (close_notify)
  truncated,    ///< TLS: the peer's side has ended without close_notify
  failed,       ///< the stream is gone; `error` is the system's errno
  broken,       ///< TLS has failed, here or with an alert of the peer's; `error` is OpenSSL's
};

struct io_result {
  io_status status  = io_status::done;
  int error         = 0;
  std::size_t bytes = 0;
};

/// Owns the descriptor. EINTR is retried here; SIGPIPE never comes.
class stream {
 public:
  stream() noexcept;
  explicit stream(int descriptor) noexcept;
  stream(stream&& other) noexcept;
  stream& operator=(stream&& other) noexcept;
  ~stream();

  io_result receive(std::byte* to, std::size_t size);
  /// `more`: the end of our side follows at once and may leave with these bytes. `bytes` of the
  /// result are handed to the kernel, before a failure too. With TLS some more may be encrypted
  /// already (sealed()): the next call must begin with the same bytes.
  io_result send(std::span<const iovec> pieces, bool more = false);

  /// FIN behind all that was sent, with TLS behind close_notify; reading goes on.
  void shut_down_sending();
  /// Nothing more will be sent: close_notify, if there is TLS.
  void notify_close();
  /// FIN at once, as if this process had died.
  void break_off() noexcept;
  /// close(), never a forced RST. (With unread bytes the kernel makes one all the same.)
  void close() noexcept;
  /// Ends the stream with an RST: for peers that misbehave on purpose.
  void reset() noexcept;

  // --- TLS ---
  /// From now on it goes through TLS; the handshake comes first.
  void secure(std::unique_ptr<tls_session> with) noexcept;
  tls_session* tls() const noexcept { return tls_.get(); }
  /// Something can be received although the poller reports nothing.
  bool holds_input() const noexcept { return tls_ && tls_holds_input(); }
  /// Something is left to be sent that was taken from the caller: wait for the poller, send again.
  bool holds_output() const noexcept { return tls_ && tls_holds_output(); }
  /// So many bytes of earlier send()s receive() has handed to the kernel. To be asked after it.
  std::size_t handed_over() noexcept { return tls_ ? tls_handed_over() : 0; }
  /// So many bytes behind those handed to the kernel are encrypted: they cannot be others any more.
  std::size_t sealed() const noexcept { return tls_ ? tls_sealed() : 0; }

  int descriptor() const noexcept { return descriptor_; }
  explicit operator bool() const noexcept { return descriptor_ >= 0; }

 private:
  struct freed {
    void operator()(tls_session* session) const noexcept;
  };
  bool tls_holds_input() const noexcept;
  bool tls_holds_output() const noexcept;
  std::size_t tls_sealed() const noexcept;
  std::size_t tls_handed_over() noexcept;

  std::unique_ptr<tls_session, freed> tls_;
  int descriptor_ = -1;
};

}  // namespace adieu::inline v1::net
