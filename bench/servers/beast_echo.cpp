// The echo server on Boost.Beast, written for speed as its documentation teaches: one io_context
// without locks, a concrete executor, one flat_buffer a connection, a reply in one frame whatever
// its size (Beast cuts at 4 KiB unless told otherwise), no timeouts.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <memory>
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

class session : public std::enable_shared_from_this<session> {
 public:
  explicit session(tcp_socket socket) : ws_(std::move(socket)) {
    ws_.next_layer().set_option(asio::ip::tcp::no_delay(true));
    ws_.auto_fragment(false);
    ws_.read_message_max(bench::max_message);
  }

  void start() {
    ws_.async_accept([self = shared_from_this()](error_code error) {
      if (!error) self->read();
    });
  }

 private:
  void read() {
    ws_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->write();
    });
  }

  void write() {
    ws_.text(ws_.got_text());
    ws_.async_write(buffer_.data(), [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return;
      self->buffer_.consume(self->buffer_.size());
      self->read();
    });
  }

  websocket::stream<tcp_socket, false> ws_;
  beast::flat_buffer buffer_;
};

void accept_next(tcp_acceptor& acceptor) {
  acceptor.async_accept([&acceptor](error_code error, tcp_socket socket) {
    if (!error) std::make_shared<session>(std::move(socket))->start();
    accept_next(acceptor);
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
  accept_next(acceptor);
  bench::announce(acceptor.local_endpoint().port());
  io.run();
}
