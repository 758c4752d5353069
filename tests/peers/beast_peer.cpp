// Boost.Beast as a client or as a server of one connection, over TCP or TLS:
//
//     beast_peer client URL OPTIONS
//     beast_peer server OPTIONS
//
// Commands are done one after the other: a Close that overtakes a write cuts Beast's message in
// two.
#include "lines.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <unistd.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace {

namespace asio      = boost::asio;
namespace beast     = boost::beast;
namespace http      = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using beast::error_code;
using lines::emit;
using lines::json;

class connection {
 public:
  virtual ~connection()                    = default;
  virtual void command(const json& wanted) = 0;
};

template <typename Stream>
class session final : public connection, public std::enable_shared_from_this<session<Stream>> {
 public:
  session(Stream stream, json options) : ws_(std::move(stream)), options_(std::move(options)) {
    ws_.read_message_max(options_.value("max_message", 1U << 27));
    ws_.auto_fragment(false);
    auto timeout = websocket::stream_base::timeout::suggested(beast::role_type::client);
    timeout.handshake_timeout = std::chrono::seconds(options_.value("close_timeout", 10));
    timeout.idle_timeout      = websocket::stream_base::none();
    ws_.set_option(timeout);
    websocket::permessage_deflate deflate;
    deflate.client_enable = deflate.server_enable = options_.value("deflate", true);
    ws_.set_option(deflate);
    ws_.control_callback([](websocket::frame_type type, beast::string_view data) {
      if (type == websocket::frame_type::pong)
        emit({{"event", "pong"}, {"data", std::string(data)}});
    });
  }

  void connect(const std::string& host, const std::string& path) {
    secured(asio::ssl::stream_base::client, [this, self = this->shared_from_this(), host, path] {
      if (options_.contains("protocols"))
        ws_.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
          std::string offered;
          for (const auto& name : options_["protocols"])
            offered += (offered.empty() ? "" : ", ") + name.template get<std::string>();
          if (!offered.empty()) request.set(http::field::sec_websocket_protocol, offered);
        }));
      ws_.async_handshake(response_, host, path, [this, self](error_code failed) {
        if (failed) return emit({{"event", "error"}, {"message", failed.message()}});
        opened(response_, {});
      });
    });
  }

  void accept() {
    secured(asio::ssl::stream_base::server, [this, self = this->shared_from_this()] {
      http::async_read(ws_.next_layer(), buffer_, request_,
                       [this, self](error_code failed, std::size_t) {
                         if (!failed) answer();
                       });
    });
  }

  void command(const json& wanted) override {
    waiting_.push_back(wanted);
    if (!busy_) next();
  }

 private:
  static constexpr bool is_secure = !std::is_same_v<Stream, beast::tcp_stream>;

  template <typename Then>
  void secured(asio::ssl::stream_base::handshake_type side, Then then) {
    if constexpr (is_secure) {
      ws_.next_layer().async_handshake(side, [then](error_code failed) {
        failed ? emit({{"event", "error"}, {"message", failed.message()}}) : then();
      });
    } else {
      then();
    }
  }

  void answer() {
    if (options_.contains("refuse")) {
      refusal_.result(options_["refuse"].get<unsigned>());
      refusal_.body() = "no\n";
      refusal_.prepare_payload();
      refusal_.keep_alive(false);
      return http::async_write(
          ws_.next_layer(), refusal_,
          [this, self = this->shared_from_this()](error_code, std::size_t) { disconnect(); });
    }
    ws_.set_option(websocket::stream_base::decorator([this](websocket::response_type& response) {
      if (request_.count(http::field::sec_websocket_protocol) && options_.contains("protocol"))
        response.set(http::field::sec_websocket_protocol, options_["protocol"].get<std::string>());
      response_.base() = response.base();
    }));
    ws_.async_accept(request_, [this, self = this->shared_from_this()](error_code failed) {
      if (failed) return emit({{"event", "error"}, {"message", failed.message()}});
      json headers = json::object();
      for (const auto& field : request_) {
        std::string name(field.name_string());
        for (char& letter : name) letter = static_cast<char>(std::tolower(letter));
        headers[name] = std::string(field.value());
      }
      opened(response_, headers);
    });
  }

  void opened(const websocket::response_type& response, json headers) {
    json event = {{"event", "open"},
                  {"protocol", std::string(response[http::field::sec_websocket_protocol])},
                  {"extensions", std::string(response[http::field::sec_websocket_extensions])}};
    if (!headers.is_null()) event["headers"] = std::move(headers);
    emit(event);
    is_open_ = true;
    read();
    if (!busy_) next();
  }

  void read() {
    ws_.async_read(
        incoming_, [this, self = this->shared_from_this()](error_code failed, std::size_t) {
          // A read that async_close has taken over from: that one tells how it ended.
          if (failed == asio::error::operation_aborted && is_closing_) return;
          if (failed) return closed(failed);
          const auto bytes = incoming_.cdata();
          const std::string_view content(static_cast<const char*>(bytes.data()), bytes.size());
          emit(lines::describe(ws_.got_text(), content));
          if (options_.value("echo", false)) {
            kept_.emplace_back(content);
            command({{"do", "echo"}, {"is_text", ws_.got_text()}});
          }
          incoming_.consume(incoming_.size());
          read();
        });
  }

  // error::closed: both Closes were there.
  void closed(error_code failed) {
    if (std::exchange(is_over_, true)) return;
    const bool clean = failed == websocket::error::closed;
    const auto& why  = ws_.reason();
    const int code   = !clean ? 1006 : why.code == websocket::close_code::none ? 1005 : why.code;
    if (!clean) emit({{"event", "error"}, {"message", failed.message()}});
    emit({{"event", "close"},
          {"code", code},
          {"reason", clean ? std::string(why.reason.c_str()) : std::string()},
          {"was_clean", clean}});
  }

  void next() {
    busy_ = false;
    if (!is_open_ || waiting_.empty()) return;
    busy_             = true;
    const json wanted = std::move(waiting_.front());
    waiting_.pop_front();
    const auto then = [this, self = this->shared_from_this()](error_code, std::size_t = 0) {
      next();
    };
    const std::string what = wanted["do"];
    if (what == "send")
      return send(lines::payload(wanted), wanted.contains("text"), wanted.value("count", 1));
    if (what == "echo") {
      const std::string content = std::move(kept_.front());
      kept_.pop_front();
      return send(content, wanted["is_text"], 1);
    }
    if (what == "ping") {
      ws_.async_ping(websocket::ping_data(wanted["data"].get<std::string>()), then);
    } else if (what == "close" || what == "shutdown") {
      websocket::close_reason why;
      why.code   = static_cast<websocket::close_code>(wanted.value("code", 0));
      why.reason = wanted.value("reason", std::string());
      if (what == "shutdown") why = {websocket::close_code::going_away, "going away"};
      is_closing_ = true;
      ws_.async_close(why, [this, self = this->shared_from_this()](error_code failed) {
        is_closing_ = false;
        if (!failed) closed(websocket::error::closed);
        // Aborted: their Close was first, and the read tells it.
        if (failed && failed != asio::error::operation_aborted) closed(failed);
        next();
      });
    } else if (what == "terminate") {
      disconnect();
      next();
    }
  }

  void send(const std::string& content, bool is_text, int count) {
    outgoing_ = content;
    ws_.text(is_text);
    ws_.async_write(asio::buffer(outgoing_), [this, self = this->shared_from_this(), content,
                                              is_text, count](error_code failed, std::size_t) {
      if (failed || count <= 1) return next();
      send(content, is_text, count - 1);
    });
  }

  void disconnect() {
    error_code ignored;
    beast::get_lowest_layer(ws_).socket().close(ignored);
  }

  websocket::stream<Stream> ws_;
  json options_;
  beast::flat_buffer buffer_;
  beast::flat_buffer incoming_;
  http::request<http::string_body> request_;
  http::response<http::string_body> refusal_;
  websocket::response_type response_;
  std::deque<json> waiting_;
  std::deque<std::string> kept_;
  std::string outgoing_;
  bool busy_       = false;
  bool is_open_    = false;
  bool is_closing_ = false;
  bool is_over_    = false;
};

class program {
 public:
  void client(const std::string& url, const json& options) {
    const auto scheme = url.find("://");
    const auto colon  = url.find(':', scheme + 3);
    const auto slash  = url.find('/', colon);
    const auto port   = static_cast<unsigned short>(std::stoi(url.substr(colon + 1)));
    beast::tcp_stream stream(io_);
    stream.socket().connect(
        {asio::ip::make_address(url.substr(scheme + 3, colon - scheme - 3)), port});
    tls_.set_default_verify_paths();
    tls_.set_verify_mode(asio::ssl::verify_peer);
    with(std::move(stream), url.starts_with("wss:"), options, [&](auto& made) {
      made.connect(url.substr(scheme + 3, slash - scheme - 3), url.substr(slash));
    });
  }

  void server(const json& options) {
    acceptor_.emplace(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    const bool secure = options.contains("tls");
    if (secure) {
      tls_.use_certificate_chain_file(options["tls"]["certificate"]);
      tls_.use_private_key_file(options["tls"]["key"], asio::ssl::context::pem);
    }
    acceptor_->async_accept([this, secure, options](error_code failed, tcp::socket socket) {
      if (failed) return;
      with(beast::tcp_stream(std::move(socket)), secure, options,
           [](auto& made) { made.accept(); });
    });
    emit({{"event", "listening"}, {"port", acceptor_->local_endpoint().port()}});
  }

  void run() {
    read_command();
    io_.run();
  }

 private:
  template <typename Begin>
  void with(beast::tcp_stream stream, bool secure, const json& options, Begin begin) {
    stream.socket().set_option(tcp::no_delay(true));
    if (secure) {
      using secure_stream = beast::ssl_stream<beast::tcp_stream>;
      const auto made =
          std::make_shared<session<secure_stream>>(secure_stream(std::move(stream), tls_), options);
      connection_ = made;
      begin(*made);
    } else {
      const auto made = std::make_shared<session<beast::tcp_stream>>(std::move(stream), options);
      connection_     = made;
      begin(*made);
    }
  }

  // At the end of stdin the program ends, whatever the connection does.
  void read_command() {
    asio::async_read_until(stdin_, typed_, '\n', [this](error_code failed, std::size_t) {
      if (failed) return io_.stop();
      std::string line;
      std::istream from(&typed_);
      std::getline(from, line);
      if (connection_) connection_->command(json::parse(line));
      read_command();
    });
  }

  asio::io_context io_{1};
  asio::ssl::context tls_{asio::ssl::context::tls};
  asio::posix::stream_descriptor stdin_{io_, ::dup(STDIN_FILENO)};
  asio::streambuf typed_;
  std::optional<tcp::acceptor> acceptor_;
  std::shared_ptr<connection> connection_;
};

}  // namespace

int main(int argc, char** argv) {
  program it;
  if (argc == 4) it.client(argv[2], json::parse(argv[3]));
  if (argc == 3) it.server(json::parse(argv[2]));
  it.run();
}
