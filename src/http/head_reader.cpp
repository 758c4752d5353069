// Reads a head: the scanner finds its end and refuses what is not one, Boost.Beast's parser takes
// it apart, and what Beast lets through although RFC 9112 has a server refuse it is refused here.
// It does not know WebSocket.
#include "http/head_reader.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/optional.hpp>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "http/authority.hpp"
#include "http/characters.hpp"
#include "http/tokens.hpp"

namespace adieu::inline v1::http {
namespace {

namespace beast = boost::beast;

std::string to_string(beast::string_view s) { return std::string(s.data(), s.size()); }

// Beast calls back for every part of a message; only those of the head come here.
template <class Head>
class beast_parser final : public beast::http::basic_parser<std::is_same_v<Head, request_head>> {
 public:
  explicit beast_parser(Head& head) : head_(head) {
    // The limit would make Beast refuse a head for the length of the body it announces: not asked
    // here.
    this->body_limit(boost::none);
  }

  head_fault parse(std::string_view whole) {
    // The scanner has kept the limit.
    this->header_limit(static_cast<std::uint32_t>(whole.size() + 1));
    beast::error_code error;
    const std::size_t used = this->put({whole.data(), whole.size()}, error);
    if (!error && used == whole.size() && this->is_header_done()) return head_fault::none;
    using wrong = beast::http::error;
    if (error == wrong::bad_content_length || error == wrong::multiple_content_length)
      return head_fault::content_length;
    if (error == wrong::bad_transfer_encoding) return head_fault::transfer_encoding;
    // Of all values Beast looks only into that of Connection and Proxy-Connection.
    if (error == wrong::bad_value) return head_fault::connection;
    return head_fault::not_http;
  }

 private:
  using error_code  = beast::error_code;
  using string_view = beast::string_view;

  void on_request_impl(beast::http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    if constexpr (std::is_same_v<Head, request_head>) {
      head_.method  = to_string(method);
      head_.target  = to_string(target);
      head_.version = static_cast<unsigned>(version);
    }
  }

  void on_response_impl(int status, string_view reason, int version, error_code&) override {
    if constexpr (std::is_same_v<Head, response_head>) {
      head_.status  = static_cast<unsigned>(status);
      head_.reason  = to_string(reason);
      head_.version = static_cast<unsigned>(version);
    }
  }

  void on_field_impl(beast::http::field, string_view name, string_view value,
                     error_code&) override {
    head_.headers.add(to_string(name), to_string(value));
  }

  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  Head& head_;
};

// Whether a server of WebSockets may be asked for it.
bool is_scheme(std::string_view scheme) {
  constexpr std::array<std::string_view, 4> schemes = {"http", "https", "ws", "wss"};
  return std::any_of(schemes.begin(), schemes.end(),
                     [=](std::string_view one) { return equal_ignoring_case(scheme, one); });
}

// The four forms of a request target [RFC 9112 3.2]; that its characters are allowed is known. Of
// the absolute form path and query are left, and its authority, where that names a host, is what
// Host says instead of what it said [RFC 9112 3.2.2].
bool understand_target(request_head& head) {
  std::string& target = head.target;
  if (head.method == "CONNECT") return is_host_field(target);
  if (target.front() == '/') return true;
  if (target == "*") return head.method == "OPTIONS";
  const std::size_t colon = target.find("://");
  if (colon == std::string::npos || !is_scheme(target.substr(0, colon))) return false;
  const std::size_t begin = colon + 3;
  const std::size_t end   = std::min(target.find_first_of("/?", begin), target.size());
  std::string authority   = target.substr(begin, end - begin);
  if (authority.empty() || authority.front() == ':' || !is_host_field(authority)) return false;
  target.erase(0, end);
  if (!target.starts_with('/')) target.insert(0, "/");
  head.headers.set("Host", std::move(authority));
  return true;
}

// Exactly one, with a value that can be a host, is asked of HTTP/1.1; two are wrong in any version
// [RFC 9112 3.2].
head_fault fault_of_host(const request_head& head) {
  const std::size_t count = head.headers.count("Host");
  if (count > 1) return head_fault::many_hosts;
  if (count == 0) return head.version == 10 ? head_fault::none : head_fault::no_host;
  return is_host_field(*head.headers.find("Host")) ? head_fault::none : head_fault::bad_host;
}

// Both lengths at once, a coding that does not end the body, or codings in HTTP/1.0 are how
// requests are smuggled [RFC 9112 6.1, 6.3]. Beast sees only some of these, depending on the order
// of the fields.
bool has_sound_framing(const request_head& head) {
  if (head.headers.count("Transfer-Encoding") == 0) return true;
  if (head.version == 10 || head.headers.count("Content-Length") != 0) return false;
  const auto codings = token_list(head.headers.list("Transfer-Encoding"));
  if (!codings || !equal_ignoring_case(codings->back(), "chunked")) return false;
  return std::count_if(codings->begin(), codings->end(), [](const std::string& coding) {
           return equal_ignoring_case(coding, "chunked");
         }) == 1;
}

bool has_body(const fields& headers) {
  if (headers.count("Transfer-Encoding") != 0) return true;
  // Beast has seen to it that these are numbers and all the same; "0" and "000" are nothing.
  const std::string length = headers.list("Content-Length");
  return length.find_first_of("123456789") != std::string::npos;
}

// The head as one piece if it ends in these bytes: without a copy if it also began there.
std::optional<std::string_view> gather(head_scanner& scanner, std::string& kept,
                                       std::string_view bytes, std::size_t& used) {
  used = scanner.scan(bytes);
  if (scanner.status() == head_status::incomplete) {
    kept.append(bytes);
    return std::nullopt;
  }
  if (scanner.status() != head_status::complete) return std::nullopt;
  if (kept.empty()) return bytes.substr(0, used);
  kept.append(bytes.substr(0, used));
  return kept;
}

// The first bytes of what was read, enough to know others by them.
std::string beginning(std::string_view kept, std::string_view bytes) {
  constexpr std::size_t enough = 16;
  std::string all(kept.substr(0, enough));
  return all.append(bytes.substr(0, enough - all.size()));
}

// Who speaks something else shows it in the first line.
head_fault named(head_fault fault, std::string_view begin) {
  switch (fault) {
    case head_fault::not_http:
      if (begin.front() == 0x16) return head_fault::tls;  // of a ClientHello [RFC 8446 5.1]
      if (begin.starts_with("HTTP/")) return head_fault::response;
      break;
    case head_fault::request_line:
    case head_fault::no_version:
    case head_fault::version:
    case head_fault::target:
      if (begin.starts_with("PROXY ")) return head_fault::proxy_protocol;
      if (begin.starts_with("PRI * HTTP/2")) return head_fault::http2;  // [RFC 9113 3.4]
      break;
    default: return fault;
  }
  return begin.starts_with("SSH-") ? head_fault::ssh : fault;
}

// A head in which something was tolerated, as it should have been sent: lines end in CR LF, a
// status line has its second blank, and a folded field is one line [RFC 9112 2.2, 4, 5.2].
std::string mended(std::string_view head) {
  std::string out;
  for (std::size_t at = 0; at < head.size();) {
    const std::size_t end = head.find('\n', at);
    std::string_view line = head.substr(at, end - at);
    at                    = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && is_blank(line.front())) {
      out.resize(out.size() - 2);  // the line end before it
      out.append(" ").append(trim_blanks(line));
    } else {
      out.append(line);
    }
    constexpr std::size_t up_to_status = 12;  // HTTP/1.1 101
    if (out.size() == up_to_status) out.append(" ");
    out.append("\r\n");
  }
  return out;
}

}  // namespace

head_status request_reader::feed(const std::byte* data, std::size_t size, std::size_t& used) {
  used = 0;
  if (status_ != head_status::incomplete) return status_;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = gather(scanner_, bytes_, bytes, used);
  status_          = whole ? understand(*whole) : scanner_.status();
  if (scanner_.status() == head_status::malformed)
    fault_ = named(scanner_.fault(), beginning(bytes_, bytes.substr(0, used)));
  if (status_ != head_status::incomplete) bytes_ = std::string();
  return status_;
}

head_status request_reader::understand(std::string_view whole) {
  if (whole.starts_with("\r\n")) whole.remove_prefix(2);
  request_head head;
  fault_ = beast_parser<request_head>(head).parse(whole);
  // Beast blames whichever of the two came last.
  if (fault_ == head_fault::content_length && head.headers.count("Transfer-Encoding") != 0)
    fault_ = head_fault::transfer_encoding;
  if (fault_ == head_fault::none) fault_ = fault_of_host(head);
  if (fault_ == head_fault::none && !understand_target(head)) fault_ = head_fault::target;
  if (fault_ == head_fault::none && !has_sound_framing(head))
    fault_ = head_fault::transfer_encoding;
  if (fault_ != head_fault::none) return head_status::malformed;
  announces_body_ = has_body(head.headers);
  head_           = std::move(head);
  return head_status::complete;
}

head_status response_reader::feed(const std::byte* data, std::size_t size, std::size_t& used) {
  used = 0;
  if (status_ != head_status::incomplete) return status_;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = gather(scanner_, bytes_, bytes, used);
  status_          = whole ? understand(*whole) : scanner_.status();
  if (scanner_.status() == head_status::malformed) {
    fault_ = scanner_.fault();
    // The first byte of an alert [RFC 8446 5.1].
    if (fault_ == head_fault::not_http && beginning(bytes_, bytes).front() == 0x15)
      fault_ = head_fault::tls;
  }
  if (status_ != head_status::incomplete) bytes_ = std::string();
  return status_;
}

head_status response_reader::understand(std::string_view whole) {
  response_head head;
  const std::string as_sent = scanner_.is_odd() ? mended(whole) : std::string();
  fault_ = beast_parser<response_head>(head).parse(scanner_.is_odd() ? as_sent : whole);
  if (fault_ != head_fault::none) return head_status::malformed;
  head_ = std::move(head);
  return head_status::complete;
}

}  // namespace adieu::inline v1::http
