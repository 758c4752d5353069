// The options: aggregates with a default and a sentence for every member, to be given with
// designated initialisers. Checked when a websocket or server is constructed; know no Boost but a
// forward declaration.
#pragma once

#include <adieu/kept.hpp>
#include <adieu/trace.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace adieu::inline v1 {

/// How long each phase may take, so that `closed` always comes. Positive; only the two of the
/// keepalive may be 0, which turns all of it off.
struct deadlines {
  /// The whole opening: looking up the name, TCP (to whichever of its addresses answers), TLS and
  /// HTTP. Both roles.
  std::chrono::milliseconds opening = std::chrono::seconds(10);
  /// Sending what was queued before our Close: time in which the peer's TCP acknowledges nothing
  /// more (where the system does not tell: in which nothing leaves), not time in all.
  std::chrono::milliseconds flushing = std::chrono::seconds(10);
  /// How long a kept `closing_reply` may wait before our Close goes out without it.
  std::chrono::milliseconds last_words = std::chrono::seconds(3);
  /// From our Close having left to the peer's having come. It begins anew while the peer is seen to
  /// read what lies before our Close.
  std::chrono::milliseconds awaiting_close = std::chrono::seconds(5);
  /// Ending TLS and TCP once the Close frames are done with.
  std::chrono::milliseconds ending = std::chrono::seconds(2);
  /// The whole closing, whatever the peer does.
  std::chrono::milliseconds closing = std::chrono::seconds(60);
  /// While open: a ping is sent when for so long nothing was received, or nothing was sent (give or
  /// take a tenth, so that many connections do not ping at once). `by_role`: 20 s on a server, 25 s
  /// on a client, so that one of the two ends pings. 0: no keepalive. [RFC 6455 5.5.2]
  std::chrono::milliseconds ping_after = by_role;
  /// How long after that ping the peer may be silent before the connection is given up
  /// (keepalive_timed_out). Any byte received ends the wait; it begins anew while the peer is seen
  /// to read what lies before the ping. What this end sends is no sign of life. Also: output that
  /// the peer has not moved for `ping_after` + `pong_within` ends the connection. 0: no keepalive.
  std::chrono::milliseconds pong_within = std::chrono::seconds(20);

  /// A value of `ping_after`.
  static constexpr std::chrono::milliseconds by_role = std::chrono::milliseconds::min();
};

/// What happens when send() finds `buffered_amount()` at `max_buffered`, and the kernel takes no
/// more either. The call returns send_queue_full in both cases, and the message is counted.
enum class overflow : std::uint8_t {
  refuse,  ///< the connection lives: the application has to look at what send() returns
  close,   ///< the connection is closed with 1013, so that no stream goes on with a hole in it
};

/// What happens when a handler of the application throws.
enum class handler_exceptions : std::uint8_t {
  close_connection,  ///< that connection is closed with 1011; the loop and all others go on
  propagate,  ///< the same, and the exception leaves io_context::run(), as Asio's handlers' do
};

/// What happens to messages that come after our Close and before the peer's.
enum class late : std::uint8_t { deliver, discard };

/// Compression of messages: permessage-deflate. [RFC 7692] A client offers it, a server agrees to
/// the first offer that it can keep. The defaults take no memory from an idle connection.
struct deflate_options {
  /// Whether it is offered and agreed to at all.
  bool enabled = true;
  /// zlib's level, 1 (quick) to 9 (small).
  int level = 1;
  /// Bytes below which a message is sent as it is. Empty messages always are.
  std::size_t threshold = 256;
  /// Whether the server compresses with what it sent before as context: smaller messages, but a
  /// compressor and a decompressor of its own for each connection.
  bool server_context_takeover = false;
  /// The same for what the client sends.
  bool client_context_takeover = false;
  /// How far back the server refers, as a power of two, 8 to 15. 0: 15, with takeover 12.
  int server_max_window_bits = 0;
  /// The same for the client.
  int client_max_window_bits = 0;
  /// zlib's memLevel for our own context with takeover, 1 (little memory) to 9.
  int memory_level = 5;
  /// Bytes that both contexts of a connection may hold; takeover is given up where they would hold
  /// more, compression where a server insists (the client then connects anew). 0: no limit.
  std::size_t max_context_memory = 128 * 1024;
};

/// What both roles share.
struct connection_options {
  adieu::deadlines deadlines = {};
  /// Bytes of the HTTP head that opens the connection: of the request on a server, which answers
  /// 431 over it, of the answer on a client, which gives up (refused). First line, all fields and
  /// the empty line count. 512 to 1048576. Held only while the head is read.
  std::uint32_t max_head = 16 << 10;
  /// Fields in that head; over it the same happens. 8 to 65535.
  std::uint32_t max_head_fields = 128;
  /// Bytes of one message received, decompressed; over it the peer is sent 1009. 0: no limit.
  std::uint64_t max_message = 16 << 20;
  /// Bytes of received messages that wait for async_receive before reading pauses; it also pauses
  /// at 128 messages and one more for every 32 bytes of this, however small they are. 0: no limit.
  std::uint64_t max_unread = 16 << 20;
  /// Bytes accepted by send() that the kernel has not taken, at which send() refuses; it also
  /// refuses at 128 messages and one more for every 32 bytes of this, however small they are. A
  /// send() that finds the limit reached hands over what the kernel takes now, before it refuses.
  /// 0: no limit.
  std::uint64_t max_buffered = 16 << 20;
  /// on_drain and async_send wait until `buffered_amount()` is at or below this, and no more than
  /// 128 messages and one for every 32 bytes of this are queued.
  std::uint64_t low_water = 1 << 20;
  /// What send() does at `max_buffered`.
  overflow on_overflow = overflow::close;
  /// Whether messages that cross our Close are delivered or counted and dropped.
  late late_messages = late::deliver;
  /// What becomes of an exception that leaves a handler. Its what() is in the close event and in
  /// the log; it never goes over the wire.
  adieu::handler_exceptions handler_exceptions = adieu::handler_exceptions::close_connection;
  /// Pings and pongs received within one second; over it the peer is sent 1008. 0: no limit.
  std::uint32_t max_control_frames_per_second = 10'000;
  /// Compression of messages.
  deflate_options deflate = {};
  /// Who is told of every head and frame. Nobody.
  trace_options trace = {};
};

/// Header fields, in order.
using header_list = std::vector<std::pair<std::string, std::string>>;

/// A client's options.
struct websocket_options {
  /// Further header fields of the opening request. Not those of the opening itself.
  kept<header_list> headers = {};
  /// Subprotocols offered, most wanted first. [RFC 6455 1.9]
  kept<std::vector<std::string>> subprotocols = {};
  /// The Origin header; "" sends none, as is usual outside a browser.
  kept<std::string> origin = {};
  /// For wss: certificates and settings. Read by the constructor, which takes OpenSSL's own
  /// reference (but a verify callback dies with the context). Null: the system's roots.
  boost::asio::ssl::context* tls = nullptr;
  /// Whether the server's certificate is verified, and whether it is for the URL's host, whatever
  /// the context's verify mode. False takes any certificate from anybody: only for tests.
  bool verify_peer = true;

  connection_options connection = {};
};

/// A server's options.
struct server_options {
  /// The address to listen on, numeric: "127.0.0.1", "0.0.0.0", "::1", "::".
  kept<std::string> address = "127.0.0.1";
  /// 0: any free one; server::port() tells which.
  std::uint16_t port = 0;
  /// Connections that the kernel holds until they are accepted.
  int backlog = 4096;
  /// SO_REUSEPORT, so that one server a thread can share the port.
  bool reuse_port = false;
  /// Subprotocols that the server speaks: the client's first that is among them is chosen, unless
  /// on_opening chooses. [RFC 6455 4.2.2]
  kept<std::vector<std::string>> subprotocols = {};
  /// Origins that browsers may connect from ("https://example.com"); others get 403. Empty: not
  /// checked. A request without Origin does not come from a browser's page and passes.
  kept<std::vector<std::string>> origins = {};
  /// For wss: certificate, key and settings; read by the constructor. Null: plain TCP.
  boost::asio::ssl::context* tls = nullptr;
  /// What TLS sessions are called that begin here (OpenSSL's session id context): only a server
  /// that calls its own the same resumes them. At most 32 bytes, else bad_option. "": a name drawn
  /// at random for each context, which all its servers in this process share, and processes forked
  /// later. Several processes whose contexts have the same ticket keys, or the same session cache,
  /// resume each other's sessions if this is given, and the same, in all of them. The name that the
  /// context has by SSL_CTX_set_session_id_context stays for its other uses, and is not used here.
  kept<std::string> tls_session_context = {};

  connection_options connection = {};
};

}  // namespace adieu::inline v1
