// A client's side of the opening: the bytes of the request, and the verdict on the answer.
// [RFC 6455 4.1] Knows no stream and no clock.
#pragma once

#include <adieu/options.hpp>

#include "http/head_reader.hpp"
#include "http/url.hpp"
#include "protocol/deflate_agreement.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace adieu::inline v1::protocol {

/// "" if all the options of an opening can be; else what cannot and why.
std::string wrong_with(const websocket_options& options);

class client_opening {
 public:
  enum class verdict : std::uint8_t {
    incomplete,
    open,
    refused,
    /// Open, but the server compresses with a context that max_context_memory has no room for: it
    /// has to be asked once more, over another connection and without the extension.
    no_room_for_context,
  };

  /// The options must be right (wrong_with). `key`: 16 random bytes.
  client_opening(const http::url& to, const websocket_options& options,
                 const std::array<std::byte, 16>& key);

  const std::string& request() const noexcept { return request_; }
  /// `used`: how many bytes belonged to the head; the rest are frames.
  verdict receive(std::span<const std::byte> bytes, std::size_t& used);

  // Of the answer, once there is a verdict.
  unsigned status() const noexcept { return reader_.head().status; }
  /// Its head, empty if it could not be read; to be given away last.
  http::response_head& head() noexcept { return reader_.head(); }
  const std::string& subprotocol() const noexcept { return subprotocol_; }
  const deflate_agreement& deflate() const noexcept { return deflate_; }
  /// The answer's Retry-After: seconds as they are (capped at a day), a date counted from `now`;
  /// one that is negative, past or unreadable is as none. [RFC 9110 10.2.3]
  std::optional<std::chrono::seconds> retry_after(std::chrono::system_clock::time_point now) const;
  const std::string& why() const noexcept { return why_; }

 private:
  verdict refuse(std::string why);
  verdict refuse_unread(http::head_status how);
  verdict examine();
  bool examine_extensions();

  std::string request_;
  std::string expected_accept_;
  std::vector<std::string> offered_;
  deflate_options deflate_offered_;
  http::head_limits limits_;
  http::response_reader reader_;
  unsigned interim_ = 0;  // answers 1xx that came first
  std::string subprotocol_;
  deflate_agreement deflate_;
  std::string why_;
};

}  // namespace adieu::inline v1::protocol
