// What one run of the generator is to do, as told on its command line. Knows no socket.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace load {

enum class mode : std::uint8_t { echo, memory, closing, cycle };
enum class payload_kind : std::uint8_t { binary, ascii, non_ascii, json };

struct options {
  load::mode mode    = load::mode::echo;
  std::uint16_t port = 0;
  /// The server's process: whose CPU time and memory are read.
  pid_t server            = 0;
  std::size_t connections = 1;
  /// Messages sent together on a connection; the next ones go out when all replies are in.
  std::size_t in_flight    = 1;
  std::size_t payload_size = 20;
  payload_kind payload     = payload_kind::binary;
  /// No HTTP and no frames: the same payload bytes for a plain TCP echo.
  bool raw = false;
  /// Compressed both ways, without context takeover: permessage-deflate is offered, and has to be
  /// agreed to. [RFC 7692]
  bool deflate = false;
  /// Through TLS, with whatever certificate the server shows.
  bool tls = false;
  std::chrono::milliseconds warm_up{300};
  std::chrono::milliseconds duration{1200};
  /// closing: how often all connections are opened and closed again. cycle: see max_cycles.
  std::size_t repeat = 1;
  /// cycle: at most so many, that local ports do not run out.
  std::size_t max_cycles = 12'000;
};

options parse_options(int argc, char** argv);

}  // namespace load
