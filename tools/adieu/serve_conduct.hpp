// How a well-behaved path treats its connection, by the public interface only: echo, last words,
// talk, close. Knows no path and no option.
#pragma once

#include <adieu/websocket.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace adieu::tool {

/// Called as the server's handlers are. Lives as long as the connection's data.
class conduct {
 public:
  virtual ~conduct() = default;
  virtual void opened(websocket&) {}
  virtual void received(websocket&, message_view) {}
  virtual void drained(websocket&) {}
  virtual void closing(websocket&, closing_reply) {}
  /// May take out of `told` what it knows better.
  virtual void closed(close_event& /*told*/) {}
};

/// What a served connection keeps as its data.
struct served {
  served() = default;
  served(std::string asked, std::unique_ptr<conduct> how)
      : target(std::move(asked)), does(std::move(how)) {}

  std::string target;
  std::unique_ptr<conduct> does;
};

std::unique_ptr<conduct> echo();

/// Says nothing until the peer closes; then so many texts before the answer.
std::unique_ptr<conduct> say_last_words(std::uint64_t count);

/// So many binary messages of so many bytes as fast as the transport takes them, then close(1000).
std::unique_ptr<conduct> talk(std::uint64_t count, std::uint64_t bytes);

/// Closes after the time or the messages, whichever comes first; neither: at once.
struct close_plan {
  std::optional<std::uint16_t> code = {};  // none: an empty Close
  std::string reason                = {};

  std::optional<std::chrono::milliseconds> after = {};
  std::optional<std::uint64_t> after_messages    = {};
};
std::unique_ptr<conduct> close_by(close_plan plan);

}  // namespace adieu::tool
