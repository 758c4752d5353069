// A peer made of raw bytes, on the test's own io_context: it opens by hand, sends what it is told
// in pieces of any size, ends or resets the stream, stops reading, and tells exactly what it saw.
// Keeps no rule of the protocol. Where tests go over TLS its bytes are those inside.
#pragma once

#include "tls_filter.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::tests {

namespace asio = boost::asio;
using asio::ip::tcp;

/// A frame as bytes. Masked ones (a client's) have the key 1 2 3 4.
std::string raw_frame(std::uint8_t first_byte, std::string_view payload, bool masked);
std::string raw_text(std::string_view payload, bool masked);
std::string raw_close(std::optional<std::uint16_t> code, std::string_view reason, bool masked);

struct seen_frame {
  bool fin            = true;
  std::uint8_t opcode = 0;
  bool masked         = false;
  std::string payload = {};
  /// Of a Close: its code, 1005 if it has none.
  std::uint16_t code() const;
};

/// With TLS `fin` is close_notify; `truncated`, that the stream ended without.
enum class stream_end { none, fin, truncated, reset };

/// What came until the stream ended.
struct sighting {
  std::vector<seen_frame> frames = {};
  std::string rest               = {};  // bytes that are no whole frame
  stream_end end                 = stream_end::none;

  /// How many frames with this opcode.
  std::size_t count(std::uint8_t opcode) const;
  /// The code of the last frame if it is a Close, else 0.
  std::uint16_t last_close() const;
};

class raw_peer {
 public:
  explicit raw_peer(tcp::socket connected);
  raw_peer(tcp::socket connected, std::unique_ptr<tls_filter> with);

  static asio::awaitable<raw_peer> accept(tcp::acceptor& at);
  /// A small receive buffer makes a slow reader.
  static asio::awaitable<raw_peer> connect(std::uint16_t port, int receive_buffer = 0);

  /// As a client: sends a request, expects 101.
  asio::awaitable<void> ask_to_open(std::string target = "/");
  static std::string request(std::string_view target = "/", std::string_view more = "");
  /// As a server: reads the request, answers 101. `glued` goes in the same write.
  asio::awaitable<void> let_open(std::string glued = {});
  asio::awaitable<std::string> read_head();
  /// The answer to that request.
  static std::string answer(std::string_view request);

  asio::awaitable<void> handshake();
  asio::awaitable<void> send(std::string bytes);
  /// Within the caller's turn: the bytes are few.
  void send_now(std::string bytes);
  /// As they are, also over TLS.
  asio::awaitable<void> send_raw(std::string bytes);
  /// `size` bytes in each write.
  asio::awaitable<void> send_in_pieces(std::string bytes, std::size_t size);
  /// With TLS behind close_notify.
  void end_sending();
  /// FIN, whatever TLS would have.
  void cut();
  /// An RST.
  void reset();
  void close();

  /// Some bytes, as they come; empty at the end, or at TLS's close_notify.
  asio::awaitable<std::string> read_some();
  /// Reads on until `n` frames have come.
  asio::awaitable<sighting> read_frames(std::size_t n);
  asio::awaitable<sighting> read_to_end();

  tcp::socket socket;
  std::unique_ptr<tls_filter> tls;

 private:
  asio::awaitable<bool> fill();
  bool take_frame(seen_frame& to);

  std::string unread_;
  stream_end end_ = stream_end::none;
};

/// Listens on 127.0.0.1, any port.
tcp::acceptor listen_here(asio::io_context& io);
std::string url_of(const tcp::acceptor& at);

}  // namespace adieu::tests
