// Every check that RFC 6455 4.2.1 asks of a server, in the order in which a client can mend them.
#include "protocol/server_opening.hpp"

#include "http/accept_key.hpp"
#include "http/authority.hpp"
#include "http/date.hpp"
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
  if (!bytes.empty()) begun_ = true;
  switch (const http::head_status how = reader_.feed(bytes.data(), bytes.size(), used)) {
    case http::head_status::incomplete: return verdict::incomplete;
    case http::head_status::complete: return examine();
    default: return refuse_unread(how);
  }
}

server_opening::verdict server_opening::refuse_unread(http::head_status how) {
  if (how == http::head_status::too_large)
    return refuse(431, "the request's head has more than " + std::to_string(limits_.bytes) +
                           " bytes: send fewer or shorter fields, or have the server allow more");
  if (how == http::head_status::too_many_fields)
    return refuse(431, "the request has more than " + std::to_string(limits_.fields) +
                           " header fields: send fewer, or have the server allow more");
  return refuse(400, std::string(http::request_fault_text(reader_.fault())));
}

// A HEAD is answered as a GET would be. [RFC 9110 9.3.2]
server_opening::verdict server_opening::examine() {
  const http::request_head& r = request();
  if (r.method != "GET" && r.method != "HEAD")
    return refuse(405, "the method is not GET: a WebSocket is opened with GET");
  if (r.version != 11)
    return refuse(400,
                  "HTTP/1.0 opens no WebSocket: send HTTP/1.1 (a proxy may have to be told to)");
  if (!names_a_host(*r.headers.find("Host")))
    return refuse(400, "the Host field names no host: send the URL's host and port");
  if (reader_.announces_body())
    return refuse(400, "an opening has no body: leave out Content-Length and Transfer-Encoding");
  if (!http::has_token(r.headers.list("Upgrade"), "websocket"))
    return refuse(426,
                  "no Upgrade to websocket: this server speaks only WebSocket, open it with a "
                  "ws:// or wss:// "
                  "URL (a proxy has to pass Upgrade on)");
  if (!http::has_token(r.headers.list("Connection"), "upgrade"))
    return refuse(
        426, "Connection does not say upgrade: send Connection: Upgrade (a proxy has to set it)");
  if (r.headers.count("Sec-WebSocket-Version") > 1)
    return refuse(400, "there is more than one Sec-WebSocket-Version field: send one, 13");
  const std::string* version = r.headers.find("Sec-WebSocket-Version");
  if (!version || *version != "13")
    return refuse(426, "the WebSocket version is not 13: send Sec-WebSocket-Version: 13");
  const std::string* key = r.headers.find("Sec-WebSocket-Key");
  if (r.headers.count("Sec-WebSocket-Key") != 1 || !http::is_opening_key(*key))
    return refuse(
        400,
        "there is not exactly one Sec-WebSocket-Key with 16 bytes in base64: send one, drawn at "
        "random for each opening");
  if (r.headers.count("Sec-WebSocket-Protocol") != 0) {
    auto offered = http::token_list(r.headers.list("Sec-WebSocket-Protocol"));
    if (!offered)
      return refuse(400, "Sec-WebSocket-Protocol is not a list of tokens: write name, name");
    subprotocols_ = std::move(*offered);
  }
  if (r.headers.count("Sec-WebSocket-Extensions") != 0) {
    auto offered = http::extension_list(r.headers.list("Sec-WebSocket-Extensions"));
    if (!offered)
      return refuse(400,
                    "Sec-WebSocket-Extensions is not a list of extensions: write name; "
                    "parameter=value, name");
    extensions_ = std::move(*offered);
  }
  if (r.method == "HEAD") return refuse(405, "the method is HEAD: a WebSocket is opened with GET");
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

std::string server_opening::refusal(wall_time now) const {
  return refusal(status_, {}, why_ + "\n", now);
}

std::string server_opening::refusal(unsigned status, const header_list& headers,
                                    std::string_view body, wall_time now) const {
  if (status < 200 || status > 599 || !may_be_added(headers)) return {};
  http::fields answer;
  for (const auto& [name, value] : headers) answer.add(name, value);
  const auto unless_there = [&](const char* name, std::string value) {
    if (answer.count(name) == 0) answer.add(name, std::move(value));
  };
  unless_there("Date", http::write_date(std::chrono::floor<std::chrono::seconds>(now)));
  if (!body.empty()) unless_there("Content-Type", "text/plain; charset=utf-8");
  if (status == 405) unless_there("Allow", "GET");  // [RFC 9110 15.5.6]
  // What is to be upgraded to, for which Connection speaks too. [RFC 9110 7.8, 15.5.22]
  answer.add("Connection", status == 426 ? "Upgrade, close" : "close");
  if (status == 426) {
    answer.add("Upgrade", "websocket");
    answer.add("Sec-WebSocket-Version", "13");  // [4.4]
  }
  if (!reader_.asks_for_head()) return http::write_response(status, answer, body);
  // That a HEAD opens nothing is not what GET would be told.
  const bool same_for_get = status_ != 405;
  return http::write_response(status, answer, body,
                              same_for_get ? http::content::measured : http::content::left_out);
}

}  // namespace adieu::inline v1::protocol
