// `-v`: the heads and frames of all connections of a loop on stderr. Knows the tap and where the
// lines go; wire_reader makes them.
#pragma once

#include "terminal.hpp"
#include "wire_reader.hpp"

#include "api/door.hpp"

#include <adieu/websocket_ref.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace adieu::tool {

/// Watches from construction to destruction; one for each loop. Lines begin with `>` for what this
/// process sent and `<` for what it received.
class frame_log final : public api::tap {
 public:
  enum class label : std::uint8_t { none, number };

  struct look {
    adieu::tool::palette palette = {};
    /// `number`: each line tells which connection, counted from 1, for a server.
    label connections = label::none;
    bool timestamps   = false;
  };

  frame_log(executor_of where, look how);
  ~frame_log() override;
  frame_log(const frame_log&)            = delete;
  frame_log& operator=(const frame_log&) = delete;

  void received(const session_ref& on, std::span<const std::byte> bytes) override;
  void sent(const session_ref& on, std::span<const std::byte> bytes) override;

  /// To be called when a connection has ended, so that nothing of it is kept.
  void forget(const websocket_ref& gone) { known_.erase(gone); }

 private:
  struct connection {
    std::uint64_t number;
    wire_reader in;
    wire_reader out;
  };

  connection& known(const session_ref& on);
  void print(std::uint64_t number, char direction, const wire_line& line) const;

  executor_of where_;
  look how_;
  std::uint64_t count_ = 0;
  std::map<websocket_ref, connection> known_;
};

}  // namespace adieu::tool
