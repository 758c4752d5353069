// The frames of one scenario in the order of their times, in two columns: what the client and what
// the server sent and received. Knows no scenario.
#pragma once

#include "misbehave.hpp"
#include "terminal.hpp"

#include "protocol/wire_reader.hpp"

#include <adieu/trace.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace adieu::tool {

/// Must outlive the loop of the connections that it is told of.
class timeline {
 public:
  timeline();
  timeline(const timeline&)            = delete;
  timeline& operator=(const timeline&) = delete;

  enum class column : std::uint8_t { client, server };
  /// What the end in that column is to be traced with.
  trace_options of(column in);
  /// To be told before the first byte of each connection but the first.
  void new_connection();
  /// The bytes of a peer in the server's place, which the library does not trace.
  void raw_peer(raw_connection::direction towards, std::span<const std::byte> bytes);

  std::string print(const palette& colors) const;

 private:
  struct entry {
    column in;
    trace_direction towards;
    adieu::tool::tone tone;
    std::string text;
    std::chrono::microseconds at;
    std::uint64_t times = 1;  // the same again and again is told once
  };

  protocol::wire_reader of_raw_peer(trace_direction towards);
  void add(column in, const trace_event& event);

  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::vector<entry> entries_;
  std::size_t latest_[2][2] = {};  // 1 + the index of an entry, by column and direction
  protocol::wire_reader raw_in_, raw_out_;
};

}  // namespace adieu::tool
