// What `adieu connect` was asked to do, checked. Knows no command line.
#pragma once

#include "terminal.hpp"

#include <adieu/options.hpp>
#include <adieu/reconnect_policy.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace adieu::tool {

struct connect_options {
  std::string url;
  /// Handed to the library as they are.
  websocket_options websocket = {};
  /// What websocket.tls points to; null: the system's authorities.
  std::shared_ptr<boost::asio::ssl::context> tls = {};

  /// Sent before the first line of stdin.
  std::vector<std::string> messages = {};
  /// Lines and `messages` are sent as binary messages.
  bool binary = false;

  std::uint16_t close_code = 1000;
  std::string close_reason = {};
  /// End of stdin terminates instead of closing.
  bool terminate = false;
  /// What to wait for behind the end of stdin; the first of the two.
  std::optional<std::chrono::milliseconds> wait = {};
  std::optional<std::uint64_t> wait_messages    = {};

  /// Come back when the connection is lost.
  bool reconnect = false;
  /// At most so many attempts without a stable connection; 0: no limit.
  std::uint32_t max_attempts = 0;
  reconnect_policy policy    = {};
  /// It has worked before: a certificate that expired, say, does not end it.
  bool known_good = false;

  bool json          = false;
  bool verbose       = false;
  bool show_secrets  = false;
  bool timestamps    = false;
  color_choice color = color_choice::automatic;
};

/// Connects, talks, closes, and returns the exit code. Throws system_error(bad_url | bad_option)
/// before anything was connected.
int run_connect(connect_options options);

}  // namespace adieu::tool
