// Reads a head: the scanner finds its end and refuses what is not one, Boost.Beast's parser takes
// it apart, and what Beast lets through although RFC 9112 has a server refuse it is refused here.
// It does not know WebSocket.
#include "http/head_reader.hpp"

#include <algorithm>
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
    this->header_limit(head_limit + 1);
    // The limit would make Beast refuse a head for the length of the body it announces: not asked
    // here.
    this->body_limit(boost::none);
  }

  bool parse(std::string_view whole) {
    beast::error_code error;
    const std::size_t used = this->put({whole.data(), whole.size()}, error);
    return !error && used == whole.size() && this->is_header_done();
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

// The four forms of a request target [RFC 9112 3.2]; that its characters are allowed is known.
bool is_target_of(std::string_view method, std::string_view target) {
  if (method == "CONNECT") return is_host_field(target);
  if (target.front() == '/') return true;
  if (target == "*") return method == "OPTIONS";
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos || scheme == 0 || !is_letter(target.front())) return false;
  const std::string_view letters = target.substr(0, scheme);
  return std::all_of(letters.begin(), letters.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

// Exactly one, with a value that can be a host, is asked of HTTP/1.1; two are wrong in any version
// [RFC 9112 3.2].
bool has_sound_host(const request_head& head) {
  const std::size_t count = head.headers.count("Host");
  if (count == 0) return head.version == 10;
  return count == 1 && is_host_field(*head.headers.find("Host"));
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
                                       const std::byte* data, std::size_t size, std::size_t& used) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
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

}  // namespace

head_status request_reader::feed(const std::byte* data, std::size_t size, std::size_t& used) {
  used = 0;
  if (status_ != head_status::incomplete) return status_;
  const auto whole = gather(scanner_, bytes_, data, size, used);
  status_          = whole ? understand(*whole) : scanner_.status();
  if (status_ != head_status::incomplete) bytes_ = std::string();
  return status_;
}

head_status request_reader::understand(std::string_view whole) {
  request_head head;
  if (!beast_parser<request_head>(head).parse(whole)) return head_status::malformed;
  if (!is_target_of(head.method, head.target)) return head_status::malformed;
  if (!has_sound_host(head) || !has_sound_framing(head)) return head_status::malformed;
  announces_body_ = has_body(head.headers);
  head_           = std::move(head);
  return head_status::complete;
}

head_status response_reader::feed(const std::byte* data, std::size_t size, std::size_t& used) {
  used = 0;
  if (status_ != head_status::incomplete) return status_;
  const auto whole = gather(scanner_, bytes_, data, size, used);
  status_          = whole ? understand(*whole) : scanner_.status();
  if (status_ != head_status::incomplete) bytes_ = std::string();
  return status_;
}

head_status response_reader::understand(std::string_view whole) {
  response_head head;
  if (!beast_parser<response_head>(head).parse(whole)) return head_status::malformed;
  head_ = std::move(head);
  return head_status::complete;
}

}  // namespace adieu::inline v1::http
