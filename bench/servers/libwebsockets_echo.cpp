// The echo server on libwebsockets with its default event loop. A message comes in pieces of at
// most piece_size; they are put together and echoed as one frame when the library says that the
// connection can be written to, one message a turn, as its examples do. Text is checked, as all the
// others do unasked.
#include <libwebsockets.h>

#include <cstddef>
#include <deque>
#include <new>
#include <string>

#include "command_line.hpp"

namespace {

// The default is 4 KiB. This is cheaper for large messages, and what is not touched costs an idle
// connection nothing.
constexpr unsigned piece_size = 64 * 1024;

struct message {
  // LWS_PRE bytes of room come first, where the library lays the frame's header.
  std::string bytes       = std::string(LWS_PRE, '\0');
  lws_write_protocol type = LWS_WRITE_BINARY;
};

struct session {
  message incoming;
  std::deque<message> outgoing;
};

int receive(lws* connection, session& s, const void* data, std::size_t size) {
  if (lws_is_first_fragment(connection) != 0) {
    s.incoming.type = lws_frame_is_binary(connection) != 0 ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
    s.incoming.bytes.reserve(LWS_PRE + size + lws_remaining_packet_payload(connection));
  }
  s.incoming.bytes.append(static_cast<const char*>(data), size);
  if (s.incoming.bytes.size() > LWS_PRE + bench::max_message) return -1;
  if (lws_is_final_fragment(connection) == 0) return 0;
  s.outgoing.push_back(std::move(s.incoming));
  s.incoming = {};
  lws_callback_on_writable(connection);
  return 0;
}

int write(lws* connection, session& s) {
  if (s.outgoing.empty()) return 0;
  message& first         = s.outgoing.front();
  const std::size_t size = first.bytes.size() - LWS_PRE;
  auto* payload          = reinterpret_cast<unsigned char*>(first.bytes.data()) + LWS_PRE;
  if (lws_write(connection, payload, size, first.type) < static_cast<int>(size)) return -1;
  s.outgoing.pop_front();
  if (!s.outgoing.empty()) lws_callback_on_writable(connection);
  return 0;
}

int on_event(lws* connection, lws_callback_reasons reason, void* user, void* data,
             std::size_t size) {
  auto* s = static_cast<session*>(user);
  switch (reason) {
    case LWS_CALLBACK_ESTABLISHED: new (s) session; return 0;
    case LWS_CALLBACK_CLOSED: s->~session(); return 0;
    case LWS_CALLBACK_RECEIVE: return receive(connection, *s, data, size);
    case LWS_CALLBACK_SERVER_WRITEABLE: return write(connection, *s);
    default: return 0;
  }
}

}  // namespace

int main(int argc, char** argv) {
  lws_set_log_level(0, nullptr);
  lws_protocols protocols[2]         = {};
  protocols[0].name                  = "echo";
  protocols[0].callback              = on_event;
  protocols[0].per_session_data_size = sizeof(session);
  protocols[0].rx_buffer_size        = piece_size;

  lws_context_creation_info info = {};
  info.port                      = bench::port_wanted(argc, argv);
  info.iface                     = "127.0.0.1";
  info.protocols                 = protocols;
  info.vhost_name                = "echo";
  info.pt_serv_buf_size          = piece_size;
  info.options         = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_VALIDATE_UTF8;
  lws_context* context = lws_create_context(&info);
  lws_vhost* vhost     = context == nullptr ? nullptr : lws_create_vhost(context, &info);
  if (vhost == nullptr) bench::give_up("libwebsockets");
  bench::announce(static_cast<unsigned>(lws_get_vhost_listen_port(vhost)));
  while (lws_service(context, 0) >= 0) {
  }
}
