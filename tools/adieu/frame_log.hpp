// `-v`: the heads and frames of connections as lines. Knows the trace hook that brings them and who
// prints the lines.
#pragma once

#include "terminal.hpp"

#include "protocol/wire_reader.hpp"

#include <adieu/trace.hpp>
#include <adieu/websocket_ref.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace adieu::tool {

/// Lines have `>` for what this process sent and `<` for what it received. For any thread.
class frame_log : public std::enable_shared_from_this<frame_log> {
 public:
  enum class label : std::uint8_t { none, number };

  struct look {
    adieu::tool::palette palette = {};
    /// `number`: each line tells which connection, counted from 1, for a server.
    label connections = label::none;
    bool timestamps   = false;
    bool secrets      = false;
  };

  /// `print` is given lines without their newline.
  frame_log(look how, std::function<void(std::string_view)> print)
      : how_(how), print_(std::move(print)) {}

  /// For connections; the hook keeps this alive.
  trace_options of_connections();
  /// For one direction of a stream that was taken from the library, which does not trace it then.
  /// Its number is one of its own, and marked with `~`.
  protocol::wire_reader of_taken_stream(trace_direction towards, std::uint64_t number);

  /// To be called when a connection has ended, so that nothing of it is kept.
  void forget(const websocket_ref& gone);

 private:
  std::uint64_t number_of(const websocket_ref& connection);
  void print(std::string_view label, const trace_event& event) const;

  look how_;
  std::function<void(std::string_view)> print_;
  std::mutex lock_;
  std::uint64_t count_ = 0;
  std::map<websocket_ref, std::uint64_t> known_;
};

/// What a line is painted with.
tone tone_of(const trace_event& event);

}  // namespace adieu::tool
