// TLS over one non-blocking socket, on OpenSSL, which sees no socket: it is given the bytes that
// were read, and what it writes is queued. So an alert, a KeyUpdate or close_notify never waits for
// the peer, a blocked write loses nothing, and the end of the stream is judged here: without
// close_notify it is a truncation. [RFC 8446 6.1] An idle session owns no buffers of ours.
#pragma once

#include "base/byte_buffer.hpp"
#include "net/sealed_queue.hpp"
#include "net/stream.hpp"
#include "net/tls_context.hpp"
#include "net/tls_resumption.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

struct ssl_st;
struct ssl_session_st;

namespace adieu::inline v1::net {

struct tls_workplace;

class tls_session {
 public:
  /// Null if OpenSSL has no memory. The verify mode is the context's. All calls but the destructor
  /// need the workplace.
  static std::unique_ptr<tls_session> of_server(const tls_context& with, tls_workplace& at);
  /// `host` is a name or an address, as a URL has it: named to the server (SNI) if it is a name,
  /// and looked for in its certificate, unless it is not to be verified.
  static std::unique_ptr<tls_session> of_client(const tls_context& with, tls_workplace& at,
                                                const std::string& host, bool verified);
  tls_session(const tls_session&)            = delete;
  tls_session& operator=(const tls_session&) = delete;
  ~tls_session();

  /// To be called until it is no longer would_block, whenever the socket is ready: each call reads
  /// once, a bounded amount. broken: see failure(); also a handshake that is longer than any.
  io_result handshake(int socket);
  /// What failed the handshake, in more words than its error; "" if there are none.
  std::string failure() const;
  /// The last that came asked for another handshake, as TLS 1.2 lets a peer do. It is refused, and
  /// who insists ends the stream. [RFC 5246 7.2.2, no_renegotiation]
  bool was_asked_to_renegotiate() const noexcept { return asked_again_; }

  io_result receive(int socket, std::byte* to, std::size_t size);
  /// `bytes` are those that count as handed over; the pieces must begin with those that do not yet,
  /// unchanged: sealed() of them are encrypted already.
  io_result send(int socket, std::span<const iovec> pieces, bool more);
  void notify_close(int socket, bool and_end);
  /// What counts as handed over since the last send(): what OpenSSL answers in receive() takes
  /// along what waits.
  std::size_t handed_over() noexcept { return std::exchange(counted_, 0); }

  /// Something can be received although the socket has nothing more.
  bool holds_input() const noexcept;
  bool holds_output() const noexcept { return queue_ != nullptr; }
  std::size_t sealed() const noexcept { return counted_ + (queue_ ? queue_->plaintext() : 0); }

  // --- resumption, for clients ---
  void resume(ssl_session_st* earlier);          // null: none
  ssl_session_st* ssl_session() const noexcept;  // not counted; null if it cannot be resumed
  bool resumed() const noexcept;
  ssl_st* handle() const noexcept { return ssl_; }

 private:
  friend struct tls_bytes;  // OpenSSL's way to them

  explicit tls_session(tls_workplace& at) noexcept : workplace_(at) {}
  static std::unique_ptr<tls_session> make(const tls_context& with, tls_workplace& at);
  bool become_one_of(ssl_ctx_st* context);

  void begin_record(int type) noexcept;
  bool begins_anew(std::span<const std::byte> read, std::size_t waiting);
  bool read_socket(int socket, std::size_t most, io_result& outcome);
  std::size_t open_records(std::byte* to, std::size_t size);
  void seal(std::span<const iovec> pieces, std::size_t& at, std::size_t& offset);
  io_status push(int socket, int& error, bool more = false);
  void fail();
  void borrow_queue();
  void return_queue() noexcept;
  void keep_input();

  ssl_st* ssl_ = nullptr;
  tls_workplace& workplace_;
  std::span<const std::byte> input_;            // read from the socket, not yet taken by OpenSSL
  std::unique_ptr<tls_resumption> resumption_;  // a server's, during the handshake
  byte_buffer kept_;                     // where it is between two calls; usually there is none
  std::unique_ptr<sealed_queue> queue_;  // only while there is ciphertext that has to wait
  std::size_t counted_  = 0;             // plaintext that counts and is not told yet
  int broken_           = 0;             // the error after which OpenSSL may not be asked any more
  int idle_records_     = 0;             // in a row that brought no data
  int send_error_       = 0;             // the error of the system after which nothing is sent
  bool secured_ : 1     = false;         // the handshake is over
  bool starved_ : 1     = false;         // there was no memory for what OpenSSL wrote
  bool over_ : 1        = false;         // close_notify has come
  bool notified_ : 1    = false;         // ours is sent, or queued
  bool end_wanted_ : 1  = false;         // FIN behind what is queued
  bool asked_again_ : 1 = false;         // for another handshake, and nothing else came since
  std::uint32_t heard_  = 0;             // bytes, in the handshake
};

}  // namespace adieu::inline v1::net
