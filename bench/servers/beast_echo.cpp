// The echo server on Boost.Beast, written for speed as its documentation teaches: one io_context
// without locks, a concrete executor, one flat_buffer a connection, a reply in one frame whatever
// its size (Beast cuts at 4 KiB unless told otherwise), no timeouts.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "command_line.hpp"

namespace {

namespace asio      = boost::asio;
namespace beast     = boost::beast;
namespace websocket = beast::websocket;
using executor      = asio::io_context::executor_type;
using tcp_socket    = asio::basic_stream_socket<asio::ip::tcp, executor>;
using tcp_acceptor  = asio::basic_socket_acceptor<asio::ip::tcp, executor>;
using beast::error_code;

using tls_stream = beast::ssl_stream<tcp_socket>;

// With Deflate: as whoever offers it wishes, at level 3, of the levels that a server would choose
// the quickest that Beast has without losing much.
template <typename Stream, bool Deflate>
class session : public std::enable_shared_from_this<session<Stream, Deflate>> {
 public:
  template <typename... Args>
  explicit session(tcp_socket socket, Args&... args) : ws_(std::move(socket), args...) {
    if constexpr (Deflate) {
      websocket::permessage_deflate deflate;
      deflate.server_enable = true;
      deflate.compLevel     = 3;
      ws_.set_option(deflate);
    }
    beast::get_lowest_layer(ws_).set_option(asio::ip::tcp::no_delay(true));
    ws_.auto_fragment(false);
    ws_.read_message_max(bench::max_message);
  }

  void start() {
    if constexpr (std::is_same_v<Stream, tls_stream>) {
      ws_.next_layer().async_handshake(asio::ssl::stream_base::server,
                                       [self = this->shared_from_this()](error_code error) {
                                         if (!error) self->open();
                                       });
    } else {
      open();
    }
  }

 private:
  void open() {
    ws_.async_accept([self = this->shared_from_this()](error_code error) {
      if (!error) self->read();
    });
  }

  void read() {
    ws_.async_read(buffer_, [self = this->shared_from_this()](error_code error, std::size_t) {
      if (!error) self->write();
    });
  }

  void write() {
    ws_.text(ws_.got_text());
    ws_.async_write(buffer_.data(),
                    [self = this->shared_from_this()](error_code error, std::size_t) {
                      if (error) return;
                      self->buffer_.consume(self->buffer_.size());
                      self->read();
                    });
  }

  websocket::stream<Stream, Deflate> ws_;
  beast::flat_buffer buffer_;
};

template <bool Deflate>
void accept_next(tcp_acceptor& acceptor, std::optional<asio::ssl::context>& tls) {
  acceptor.async_accept([&](error_code error, tcp_socket socket) {
    if (!error && tls)
      std::make_shared<session<tls_stream, Deflate>>(std::move(socket), *tls)->start();
    else if (!error)
      std::make_shared<session<tcp_socket, Deflate>>(std::move(socket))->start();
    accept_next<Deflate>(acceptor, tls);
  });
}

}  // namespace

int main(int argc, char** argv) {
  asio::io_context io(1);
  tcp_acceptor acceptor(io);
  const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(),
                                         bench::port_wanted(argc, argv));
  acceptor.open(endpoint.protocol());
  acceptor.set_option(asio::socket_base::reuse_address(true));
  acceptor.bind(endpoint);
  acceptor.listen(4096);
  std::optional<asio::ssl::context> tls;
  if (const char* certificate = bench::certificate_wanted(argc, argv)) {
    tls.emplace(asio::ssl::context::tls_server);
    tls->use_certificate_chain_file(certificate);
    tls->use_private_key_file(bench::key_wanted(argc, argv), asio::ssl::context::pem);
  }
  if (bench::deflate_wanted(argc, argv))
    accept_next<true>(acceptor, tls);
  else
    accept_next<false>(acceptor, tls);
  bench::announce(acceptor.local_endpoint().port());
  io.run();
}
