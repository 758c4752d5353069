// A server's side of the opening: bytes of a request in, a verdict out, and the bytes of the
// answer. [RFC 6455 4.2] Knows no stream, no clock, and not whether the application accepts.
#pragma once

#include <adieu/options.hpp>

#include "http/head_reader.hpp"
#include "http/tokens.hpp"
#include "protocol/deflate_agreement.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1::protocol {

class server_opening {
 public:
  enum class verdict : std::uint8_t {
    incomplete,
    acceptable,  // keeps every rule
    refused,     // answer with refusal()
  };
  using wall_time = std::chrono::system_clock::time_point;

  explicit server_opening(http::head_limits limits = {}) : reader_(limits), limits_(limits) {}

  /// `used`: how many bytes belonged to the head; the rest are frames. [4.2.1]
  verdict receive(std::span<const std::byte> bytes, std::size_t& used);
  /// Whether any byte has come.
  bool begun() const noexcept { return begun_; }

  const http::request_head& request() const noexcept { return reader_.head(); }
  /// The subprotocols offered, in the client's order.
  const std::vector<std::string>& subprotocols() const noexcept { return subprotocols_; }

  /// The status with which a request that breaks the rules is refused, and what it did wrong.
  unsigned status() const noexcept { return status_; }
  const std::string& why() const noexcept { return why_; }

  /// What becomes of the extensions offered. [RFC 7692 5.1]
  deflate_answer deflate(const deflate_options& options) const {
    return answer_to(extensions_, options);
  }
  /// The bytes of a 101. Empty if a header cannot be, or the subprotocol was not offered. [4.2.2]
  /// `extension`: the element of deflate(), or "".
  std::string acceptance(std::string_view subprotocol, const header_list& headers,
                         const std::string& extension = {}) const;
  /// The bytes of the answer to a request that breaks the rules. `now` is for its Date.
  std::string refusal(wall_time now) const;
  /// The bytes of any answer that refuses and ends the connection, also before the request has come
  /// whole. Empty if a header cannot be or the status is none that refuses (200–599).
  std::string refusal(unsigned status, const header_list& headers, std::string_view body,
                      wall_time now) const;

 private:
  verdict refuse(unsigned status, std::string why);
  verdict examine();

  verdict refuse_unread(http::head_status how);

  http::request_reader reader_;
  http::head_limits limits_;
  std::vector<std::string> subprotocols_;
  std::vector<http::extension> extensions_;
  unsigned status_ = 0;
  std::string why_;
  bool begun_ = false;
};

}  // namespace adieu::inline v1::protocol
