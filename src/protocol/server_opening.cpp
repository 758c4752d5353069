// Every check that RFC 6455 4.2.1 asks of a server, in the order in which a client can mend them.
#include "protocol/server_opening.hpp"

#include "http/accept_key.hpp"
#include "http/authority.hpp"
#include "http/tokens.hpp"
#include "http/write_head.hpp"
#include "protocol/opening_headers.hpp"

#include <algorithm>

namespace adieu::inline v1::protocol {
namespace {

// HTTP lets the field be empty where a URL has no authority; a WebSocket's always has one.
// [3, 4.2.1]
bool names_a_host(std::string_view host_field) {
  return !host_field.empty() && host_field.front() != ':';
}

}  // namespace

server_opening::verdict server_opening::receive(std::span<const std::byte> bytes,
                                                std::size_t& used) {
  const bool tls = !begun_ && !bytes.empty() && bytes[0] == std::byte{0x16};
  if (!bytes.empty()) begun_ = true;
  switch (reader_.feed(bytes.data(), bytes.size(), used)) {
    case http::head_status::incomplete: return verdict::incomplete;
    case http::head_status::complete: return examine();
    case http::head_status::malformed:
      // The first byte of a ClientHello. [RFC 8446 5.1]
      return refuse(400, tls ? "a client spoke TLS: this server does not, it has to use ws://"
                             : "not an HTTP/1.1 request");
    case http::head_status::too_large: return refuse(431, "the request's head is too large");
    case http::head_status::too_many_fields: return refuse(431, "too many header fields");
  }
  return refuse(400, "not an HTTP/1.1 request");
}

server_opening::verdict server_opening::examine() {
  const http::request_head& r = request();
  if (r.method != "GET") return refuse(405, "the method is not GET");
  if (r.version != 11) return refuse(400, "the version is not HTTP/1.1");
  const std::string* host = r.headers.find("Host");
  if (r.headers.count("Host") != 1 || !http::is_host_field(*host) || !names_a_host(*host))
    return refuse(400, "not exactly one valid Host field");
  if (reader_.announces_body()) return refuse(400, "an opening has no body");
  if (!http::has_token(r.headers.list("Upgrade"), "websocket"))
    return refuse(426, "no Upgrade to websocket: this server speaks only WebSocket");
  if (!http::has_token(r.headers.list("Connection"), "upgrade"))
    return refuse(426, "Connection does not say upgrade");
  if (r.headers.count("Sec-WebSocket-Version") > 1)
    return refuse(400, "more than one Sec-WebSocket-Version field");
  const std::string* version = r.headers.find("Sec-WebSocket-Version");
  if (!version || *version != "13") return refuse(426, "the WebSocket version is not 13");
  const std::string* key = r.headers.find("Sec-WebSocket-Key");
  if (r.headers.count("Sec-WebSocket-Key") != 1 || !http::is_opening_key(*key))
    return refuse(400, "not exactly one Sec-WebSocket-Key field with 16 bytes in base64");
  if (r.headers.count("Sec-WebSocket-Protocol") != 0) {
    auto offered = http::token_list(r.headers.list("Sec-WebSocket-Protocol"));
    if (!offered) return refuse(400, "Sec-WebSocket-Protocol is not a list of tokens");
    subprotocols_ = std::move(*offered);
  }
  if (r.headers.count("Sec-WebSocket-Extensions") != 0) {
    auto offered = http::extension_list(r.headers.list("Sec-WebSocket-Extensions"));
    if (!offered) return refuse(400, "Sec-WebSocket-Extensions is not a list of extensions");
    extensions_ = std::move(*offered);
  }
  return verdict::acceptable;
}

server_opening::verdict server_opening::refuse(unsigned status, std::string why) {
  status_ = status;
  why_    = std::move(why);
  return verdict::refused;
}

std::string server_opening::acceptance(std::string_view subprotocol, const header_list& headers,
                                       const std::string& extension) const {
  if (!may_be_added(headers)) return {};
  if (!subprotocol.empty() &&
      std::find(subprotocols_.begin(), subprotocols_.end(), subprotocol) == subprotocols_.end())
    return {};
  http::fields answer{
      {"Upgrade", "websocket"},
      {"Connection", "Upgrade"},
      {"Sec-WebSocket-Accept", http::accept_key(*request().headers.find("Sec-WebSocket-Key"))},
  };
  if (!subprotocol.empty()) answer.add("Sec-WebSocket-Protocol", std::string(subprotocol));
  if (!extension.empty()) answer.add("Sec-WebSocket-Extensions", extension);
  for (const auto& [name, value] : headers) answer.add(name, value);
  return http::write_response(101, answer);
}

std::string server_opening::refusal() const {
  http::fields answer{{"Connection", "close"}, {"Content-Type", "text/plain"}};
  if (status_ == 405) answer.add("Allow", "GET");
  if (status_ == 426) {
    answer.add("Upgrade", "websocket");
    answer.add("Sec-WebSocket-Version", "13");  // [4.4]
  }
  return http::write_response(status_, answer, why_ + "\n");
}

std::string refusing_answer(unsigned status, const header_list& headers, std::string_view body) {
  if (status < 200 || status > 599 || !may_be_added(headers)) return {};
  http::fields answer{{"Connection", "close"}};
  bool typed = body.empty();
  for (const auto& [name, value] : headers) answer.add(name, value);
  if (answer.count("Content-Type") != 0) typed = true;
  if (!typed) answer.add("Content-Type", "text/plain; charset=utf-8");
  return http::write_response(status, answer, body);
}

}  // namespace adieu::inline v1::protocol
