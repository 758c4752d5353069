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

// With Deflate: as whoever offers it wishes, at level 3, of the levels that a server would choose
// the quickest that Beast has without losing much.
template <bool Deflate>
class session : public std::enable_shared_from_this<session<Deflate>> {
 public:
  explicit session(tcp_socket socket) : ws_(std::move(socket)) {
    if constexpr (Deflate) {
      websocket::permessage_deflate deflate;
      deflate.server_enable = true;
      deflate.compLevel     = 3;
      ws_.set_option(deflate);
    }
    ws_.next_layer().set_option(asio::ip::tcp::no_delay(true));
    ws_.auto_fragment(false);
    ws_.read_message_max(bench::max_message);
  }

  void start() {
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

  websocket::stream<tcp_socket, Deflate> ws_;
  beast::flat_buffer buffer_;
};

template <bool Deflate>
void accept_next(tcp_acceptor& acceptor) {
  acceptor.async_accept([&acceptor](error_code error, tcp_socket socket) {
    if (!error) std::make_shared<session<Deflate>>(std::move(socket))->start();
    accept_next<Deflate>(acceptor);
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
  if (bench::deflate_wanted(argc, argv))
    accept_next<true>(acceptor);
  else
    accept_next<false>(acceptor);
  bench::announce(acceptor.local_endpoint().port());
  io.run();
}
