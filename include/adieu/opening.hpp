// A server's view of an opening: the request, the reply to it, and what a refused one was.
#pragma once

#include <adieu/config.hpp>
#include <adieu/endpoint.hpp>
#include <adieu/ending.hpp>
#include <adieu/error_code.hpp>
#include <adieu/options.hpp>
#include <adieu/session_ref.hpp>
#include <adieu/user_data.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1 {

/// An opening request that keeps the rules of RFC 6455 4.2.1. Valid until on_opening returns.
struct opening_request {
  /// Path and query as they came: "/chat?room=1"; of an absolute target ("ws://host/chat") its path
  /// and query.
  std::string target = {};
  /// All header fields as they came; of an absolute target Host is its host. [RFC 9112 3.2.2]
  header_list headers = {};
  /// The subprotocols offered, the client's favourite first.
  std::vector<std::string> subprotocols = {};
  endpoint remote_endpoint              = {};

  /// The target up to the '?'.
  std::string_view path() const noexcept {
    return std::string_view(target).substr(0, target.find('?'));
  }
  /// The target behind the '?', "" if there is none.
  std::string_view query() const noexcept {
    const auto at = target.find('?');
    return at == std::string::npos ? std::string_view() : std::string_view(target).substr(at + 1);
  }
  /// The value of the first field of that name, in any case; "" if there is none.
  ADIEU_API std::string_view header(std::string_view name) const noexcept;
};

/// How to accept.
struct acceptance {
  /// One of those offered, "" for none.
  kept<std::string> subprotocol = {};
  /// Further header fields of the answer.
  kept<header_list> headers = {};
};

/// How to refuse. Date, Connection: close and Content-Length are added; to 426 Upgrade and
/// Sec-WebSocket-Version, to 405 Allow: GET unless headers have another.
struct refused_with {
  std::uint16_t status      = 403;
  kept<header_list> headers = {};
  /// text/plain unless headers say otherwise.
  kept<std::string> body = {};
};

class opening_reply;
namespace api {
struct taken_stream;
std::optional<taken_stream> take_over(opening_reply reply, const acceptance& how);
}  // namespace api

/// The answer to an opening. Move-only: keep it to answer later, `deadlines::opening` runs. Dropped
/// undecided it refuses with 503. On the connection's executor only.
class ADIEU_API opening_reply {
 public:
  explicit opening_reply(session_ref kept) noexcept : session_(std::move(kept)) {}
  opening_reply(opening_reply&&) noexcept = default;
  opening_reply& operator=(opening_reply&& other) noexcept;
  ~opening_reply();

  /// Throws system_error(bad_option), with nothing sent, for a subprotocol that was not offered or
  /// a header that cannot be. Does nothing if the client has gone meanwhile.
  void accept(acceptance how = {});
  /// Throws system_error(bad_option) for a status outside 200–599 or a header that cannot be.
  void refuse(refused_with how = {});

  /// The application's own object on the connection to be; it becomes ws.data<T>().
  template <typename T, typename... Args>
  T& data(Args&&... args) {
    return own_data().template object<T>(std::forward<Args>(args)...);
  }

 private:
  friend std::optional<api::taken_stream> api::take_over(opening_reply, const acceptance&);
  user_data& own_data();

  session_ref session_;
};

/// An opening that did not become a connection: for logs and counts.
struct refusal {
  /// The status answered; 0 if there was no answer (the stream had ended).
  std::uint16_t status     = 0;
  adieu::cause cause       = adieu::cause::refused;
  std::string why          = {};
  std::string target       = {};
  endpoint remote_endpoint = {};
  error_code error         = {};
  /// What on_opening threw, if that refused it (with 500); else null.
  std::exception_ptr exception = {};
};

}  // namespace adieu::inline v1
