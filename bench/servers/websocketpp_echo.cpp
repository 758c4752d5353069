// The echo server on websocketpp over Asio: without logging and without locks (one thread), else
// with the library's defaults. C++17: its headers are not valid C++20.
#include <system_error>
#include <websocketpp/concurrency/none.hpp>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/logger/stub.hpp>
#include <websocketpp/server.hpp>

#include "command_line.hpp"

namespace {

struct config : websocketpp::config::asio {
  using type             = config;
  using base             = websocketpp::config::asio;
  using concurrency_type = websocketpp::concurrency::none;
  using alog_type        = websocketpp::log::stub;
  using elog_type        = websocketpp::log::stub;

  struct transport_config : base::transport_config {
    using concurrency_type                  = type::concurrency_type;
    using alog_type                         = type::alog_type;
    using elog_type                         = type::elog_type;
    static bool const enable_multithreading = false;
  };
  using transport_type = websocketpp::transport::asio::endpoint<transport_config>;
};

using server = websocketpp::server<config>;

}  // namespace

int main(int argc, char** argv) {
  server endpoint;
  endpoint.init_asio();
  endpoint.set_reuse_addr(true);
  endpoint.set_listen_backlog(4096);
  endpoint.set_max_message_size(bench::max_message);
  endpoint.set_tcp_post_init_handler([&endpoint](websocketpp::connection_hdl handle) {
    endpoint.get_con_from_hdl(handle)->get_raw_socket().set_option(
        boost::asio::ip::tcp::no_delay(true));
  });
  endpoint.set_message_handler(
      [&endpoint](websocketpp::connection_hdl handle, const server::message_ptr& message) {
        websocketpp::lib::error_code error;
        endpoint.send(handle, message->get_payload(), message->get_opcode(), error);
      });
  endpoint.listen(boost::asio::ip::address_v4::loopback(), bench::port_wanted(argc, argv));
  endpoint.start_accept();
  boost::system::error_code error;
  bench::announce(endpoint.get_local_endpoint(error).port());
  endpoint.run();
}
