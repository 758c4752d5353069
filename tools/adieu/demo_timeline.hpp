// The frames of one scenario in the order of their times, in two columns: what the client and what
// the server sent and received. Knows no scenario.
#pragma once

#include "misbehave.hpp"
#include "terminal.hpp"
#include "wire_reader.hpp"

#include "api/door.hpp"

#include <adieu/websocket_ref.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace adieu::tool {

/// Watches a loop from construction to destruction. What is not the client's is the server's.
class timeline final : public api::tap {
 public:
  explicit timeline(executor_of where);
  ~timeline() override;
  timeline(const timeline&)            = delete;
  timeline& operator=(const timeline&) = delete;

  /// To be told before the first byte of each connection.
  void client_is(websocket_ref client);
  /// The bytes of a peer in the server's place, which the tap does not see.
  void raw_peer(raw_connection::direction towards, std::span<const std::byte> bytes);

  void received(const session_ref& on, std::span<const std::byte> bytes) override;
  void sent(const session_ref& on, std::span<const std::byte> bytes) override;

  std::string print(const palette& colors) const;

 private:
  enum class column : std::uint8_t { client, server };
  using direction = raw_connection::direction;

  struct entry {
    column in;
    direction towards;
    wire_line line;
    std::chrono::microseconds at;
    std::uint64_t times = 1;  // the same again and again is told once
  };

  wire_reader reader(column in, direction towards, wire_reader::start at);
  void add(column in, direction towards, const wire_line& line);
  column column_of(const session_ref& on) const;

  executor_of where_;
  websocket_ref client_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::vector<entry> entries_;
  std::size_t latest_[2][2] = {};  // 1 + the index of an entry, by column and direction
  wire_reader client_in_, client_out_, server_in_, server_out_, raw_in_, raw_out_;
};

}  // namespace adieu::tool
