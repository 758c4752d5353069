// libwebsockets as a client or as a server of one connection, over TCP or TLS:
//
//     lws_peer client URL OPTIONS
//     lws_peer server OPTIONS
//
// The library tells a Close only when the peer's comes first. What answers its own Close, and
// whether anything does, it keeps to itself: such an end is told with "code": null. It cannot send
// a Close without a code. There is no compression unless OPTIONS want it: as a client it tells a
// message or a pong that is not compressed over and over.
#include "lines.hpp"

#include <libwebsockets.h>

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace {

using lines::emit;
using lines::json;

constexpr int too_big = 1009;

struct outgoing {
  enum class kind : std::uint8_t { message, ping, close, terminate } is = kind::message;
  std::string bytes = {};  // LWS_PRE bytes of room come first
  bool is_text      = false;
  int code          = 0;
};

std::string with_room(std::string_view content) {
  return std::string(LWS_PRE, '\0').append(content);
}

class peer {
 public:
  explicit peer(json options) : options_(std::move(options)) {}

  int on_event(lws* wsi, lws_callback_reasons reason, void* data, std::size_t size) {
    const std::string_view bytes(static_cast<const char*>(data), data == nullptr ? 0 : size);
    switch (reason) {
      case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: return asked(wsi);
      case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
        extensions_ = header(wsi, WSI_TOKEN_EXTENSIONS);
        return 0;
      case LWS_CALLBACK_ESTABLISHED:
      case LWS_CALLBACK_CLIENT_ESTABLISHED: return opened(wsi);
      case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        emit({{"event", "error"}, {"message", std::string(bytes)}});
        if (!std::exchange(is_over_, true)) told_close(1006, "", false);
        return 0;
      case LWS_CALLBACK_RECEIVE:
      case LWS_CALLBACK_CLIENT_RECEIVE: return received(wsi, bytes);
      case LWS_CALLBACK_RECEIVE_PONG:
      case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        emit({{"event", "pong"}, {"data", std::string(bytes)}});
        return 0;
      case LWS_CALLBACK_SERVER_WRITEABLE:
      case LWS_CALLBACK_CLIENT_WRITEABLE: return write(wsi);
      case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: return they_close(bytes);
      case LWS_CALLBACK_CLOSED:
      case LWS_CALLBACK_CLIENT_CLOSED: return closed(wsi);
      case LWS_CALLBACK_EVENT_WAIT_CANCELLED: return commanded();
      default: return 0;
    }
  }

  void listen() {
    const auto protocol = options_.value("protocol", std::string("none"));
    auto info           = context_info(protocol);
    info.iface          = "127.0.0.1";
    info.vhost_name     = "peer";
    info.options |= LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    const auto files       = options_.value("tls", json::object());
    const auto certificate = files.value("certificate", std::string());
    const auto key         = files.value("key", std::string());
    if (!files.empty()) {
      info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
      info.ssl_cert_filepath        = certificate.c_str();
      info.ssl_private_key_filepath = key.c_str();
    }
    context_         = lws_create_context(&info);
    lws_vhost* vhost = lws_create_vhost(context_, &info);
    emit({{"event", "listening"}, {"port", lws_get_vhost_listen_port(vhost)}});
    serve();
  }

  void connect(const std::string& url) {
    auto info = context_info("none");
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.client_ssl_ca_filepath = std::getenv("SSL_CERT_FILE");
    context_                    = lws_create_context(&info);

    const auto colon        = url.find(':', url.find("://") + 3);
    const auto slash        = url.find('/', colon);
    const auto path         = url.substr(slash);
    const auto begin        = url.find("://") + 3;
    const auto host         = url.substr(begin, slash - begin);
    const std::string names = [&] {
      std::string all;
      for (const auto& name : options_.value("protocols", json::array()))
        all += (all.empty() ? "" : ",") + name.get<std::string>();
      return all;
    }();
    lws_client_connect_info to = {};
    to.context                 = context_;
    to.address                 = "127.0.0.1";
    to.port                    = std::stoi(url.substr(colon + 1));
    to.path                    = path.c_str();
    to.host                    = host.c_str();
    to.protocol                = names.empty() ? nullptr : names.c_str();
    to.local_protocol_name     = "none";
    // It compares names only, no addresses.
    if (url.starts_with("wss:"))
      to.ssl_connection = LCCSCF_USE_SSL | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
    lws_client_connect_via_info(&to);
    serve();
  }

 private:
  lws_context_creation_info context_info(const std::string& protocol) {
    static lws_protocols protocols[2] = {};
    protocol_name_                    = protocol;
    protocols[0].name                 = protocol_name_.c_str();
    protocols[0].rx_buffer_size       = 65536;
    protocols[0].user                 = this;
    protocols[0].callback             = [](lws* wsi, lws_callback_reasons reason, void*, void* data,
                               std::size_t size) {
      const auto* of = wsi == nullptr ? nullptr : lws_get_protocol(wsi);
      auto* self     = static_cast<peer*>(of == nullptr ? protocols[0].user : of->user);
      return self == nullptr ? 0 : self->on_event(wsi, reason, data, size);
    };
    static const lws_extension extensions[] = {
        {"permessage-deflate", lws_extension_callback_pm_deflate,
         "permessage-deflate; client_max_window_bits"},
        {nullptr, nullptr, nullptr}};
    lws_context_creation_info info = {};
    info.protocols                 = protocols;
    info.extensions                = options_.value("deflate", false) ? extensions : nullptr;
    info.pt_serv_buf_size          = 65536;
    info.options                   = LWS_SERVER_OPTION_VALIDATE_UTF8;
    info.timeout_secs              = options_.value("close_timeout", 10U);
    return info;
  }

  static std::string header(lws* wsi, lws_token_indexes token) {
    std::string value(static_cast<std::size_t>(lws_hdr_total_length(wsi, token)) + 1, '\0');
    const int size = lws_hdr_copy(wsi, value.data(), static_cast<int>(value.size()), token);
    value.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return value;
  }

  int asked(lws* wsi) {
    if (options_.contains("refuse")) {
      lws_return_http_status(wsi, options_["refuse"].get<unsigned>(), nullptr);
      return -1;
    }
    headers_              = {{"origin", header(wsi, WSI_TOKEN_ORIGIN)}};
    char own[99]          = {};
    const char farewell[] = "x-farewell:";
    if (lws_hdr_custom_copy(wsi, own, sizeof own, farewell, sizeof farewell - 1) > 0)
      headers_["x-farewell"] = own;
    return 0;
  }

  int opened(lws* wsi) {
    wsi_                   = wsi;
    const auto* protocol   = lws_get_protocol(wsi);
    const std::string name = protocol == nullptr ? "" : protocol->name;
    json event             = {{"event", "open"}, {"protocol", name == "none" ? "" : name}};
    // A server is not told what it agreed to.
    if (headers_.is_null())
      event["extensions"] = extensions_;
    else
      event["headers"] = headers_;
    emit(event);
    return 0;
  }

  int received(lws* wsi, std::string_view bytes) {
    incoming_.append(bytes);
    if (incoming_.size() >
        options_.value("max_message", 1U << 27)) {  // it has no such limit itself
      lws_close_reason(wsi, static_cast<lws_close_status>(too_big), nullptr, 0);
      closed_by_us_ = true;
      return -1;
    }
    if (!lws_is_final_fragment(wsi)) return 0;
    const bool is_text = lws_frame_is_binary(wsi) == 0;
    emit(lines::describe(is_text, incoming_));
    if (options_.value("echo", false)) push({.bytes = with_room(incoming_), .is_text = is_text});
    incoming_.clear();  // not at the first piece: it does not say so of an empty message
    return 0;
  }

  void push(outgoing next) {
    outgoing_.push_back(std::move(next));
    if (wsi_ != nullptr) lws_callback_on_writable(wsi_);
  }

  int write(lws* wsi) {
    if (outgoing_.empty()) return 0;
    outgoing next = std::move(outgoing_.front());
    outgoing_.pop_front();
    if (!outgoing_.empty()) lws_callback_on_writable(wsi);
    const std::size_t size = next.bytes.size() < LWS_PRE ? 0 : next.bytes.size() - LWS_PRE;
    auto* payload          = reinterpret_cast<unsigned char*>(next.bytes.data()) + LWS_PRE;
    switch (next.is) {
      case outgoing::kind::message:
      case outgoing::kind::ping: {
        const auto type = next.is == outgoing::kind::ping ? LWS_WRITE_PING
                          : next.is_text                  ? LWS_WRITE_TEXT
                                                          : LWS_WRITE_BINARY;
        return lws_write(wsi, payload, size, type) < 0 ? -1 : 0;
      }
      case outgoing::kind::close:
        closed_by_us_ = true;
        lws_close_reason(wsi, static_cast<lws_close_status>(next.code), payload, size);
        return -1;
      case outgoing::kind::terminate:
        closed_by_us_ = false;
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
        return -1;
    }
    return 0;
  }

  int they_close(std::string_view payload) {
    they_closed_ = true;
    code_        = 1005;
    if (payload.size() >= 2)
      code_ = static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
    if (payload.size() > 2) reason_ = payload.substr(2);
    return 0;
  }

  int closed(lws* wsi) {
    if (wsi != wsi_ || std::exchange(is_over_, true)) return 0;
    wsi_ = nullptr;
    if (they_closed_)
      told_close(code_, reason_, true);
    else if (closed_by_us_)
      told_close(nullptr, "", nullptr);
    else
      told_close(1006, "", false);
    return 0;
  }

  static void told_close(const json& code, const std::string& reason, const json& clean) {
    emit({{"event", "close"}, {"code", code}, {"reason", reason}, {"was_clean", clean}});
  }

  int commanded() {
    std::deque<json> wanted;
    {
      const std::lock_guard guard(mutex_);
      wanted.swap(typed_);
    }
    for (const auto& command : wanted) act(command);
    return 0;
  }

  void act(const json& command) {
    const std::string what = command["do"];
    if (what == "send") {
      for (int left = command.value("count", 1); left > 0; --left)
        push({.bytes = with_room(lines::payload(command)), .is_text = command.contains("text")});
    } else if (what == "ping") {
      push({.is = outgoing::kind::ping, .bytes = with_room(command["data"].get<std::string>())});
    } else if (what == "close") {
      push({.is    = outgoing::kind::close,
            .bytes = with_room(command.value("reason", std::string())),
            .code  = command.value("code", static_cast<int>(LWS_CLOSE_STATUS_NORMAL))});
    } else if (what == "shutdown") {
      push({.is = outgoing::kind::close, .bytes = with_room("going away"), .code = 1001});
    } else if (what == "terminate") {
      push({.is = outgoing::kind::terminate});
    }
  }

  // Commands are typed in another thread; the library's own lets nothing else wait.
  void serve() {
    std::thread([this] {
      for (std::string line; std::getline(std::cin, line);) {
        {
          const std::lock_guard guard(mutex_);
          typed_.push_back(json::parse(line));
        }
        lws_cancel_service(context_);
      }
      std::_Exit(0);  // at the end of stdin, whatever the connection does
    }).detach();
    while (lws_service(context_, 0) >= 0) {
    }
  }

  json options_;
  lws_context* context_ = nullptr;
  lws* wsi_             = nullptr;
  std::string protocol_name_;
  std::string extensions_;
  json headers_;
  std::string incoming_;
  std::deque<outgoing> outgoing_;
  bool closed_by_us_ = false;
  bool they_closed_  = false;
  bool is_over_      = false;
  int code_          = 0;
  std::string reason_;
  std::mutex mutex_;
  std::deque<json> typed_;
};

}  // namespace

int main(int argc, char** argv) {
  lws_set_log_level(0, nullptr);
  peer it(json::parse(argv[argc - 1]));
  argc == 4 ? it.connect(argv[2]) : it.listen();
}
