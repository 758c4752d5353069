// What every server of the benchmark has in common: `--port N` (0: any free one), for those that
// can
// `--deflate` or `--tls CERTIFICATE KEY`, and the line that says that it listens. Knows no network.
// C++17, for the peers that need it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace bench {

/// The port to listen on.
inline std::uint16_t port_wanted(int argc, char** argv) {
  if (argc >= 3 && std::string_view(argv[1]) == "--port") {
    return static_cast<std::uint16_t>(std::atoi(argv[2]));
  }
  std::fprintf(stderr, "usage: %s --port N [--deflate]\n", argv[0]);
  std::exit(2);
}

/// Whether to compress for those who offer it.
inline bool deflate_wanted(int argc, char** argv) {
  return argc == 4 && std::string_view(argv[3]) == "--deflate";
}

/// Where the certificate and the key are, or null: plain TCP.
inline const char* certificate_wanted(int argc, char** argv) {
  return argc == 6 && std::string_view(argv[3]) == "--tls" ? argv[4] : nullptr;
}
inline const char* key_wanted(int argc, char** argv) { return argc == 6 ? argv[5] : nullptr; }

/// Says that the server is ready.
inline void announce(unsigned port) {
  std::printf("listening %u\n", port);
  std::fflush(stdout);
}

/// Ends the program.
[[noreturn]] inline void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

/// Bytes of one message that every server accepts.
inline constexpr std::size_t max_message = 16 << 20;

}  // namespace bench
