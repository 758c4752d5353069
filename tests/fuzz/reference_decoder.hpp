// A slow decoder of what one end of a WebSocket sends, written from RFC 6455 (5 to 8) and RFC 7692
// (7.2) alone: it is given all bytes that have come so far and reads them from the first one on. It
// keeps nothing between two calls and shares no code with src/. DEFLATE itself it leaves to zlib.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// What the reader has agreed on, and its limits.
struct reading {
  bool masked               = false;  // the reader is a server
  std::uint64_t max_message = 0;      // 0: none
  std::uint32_t max_control = 0;      // pings and pongs in all; 0: none
  bool deflate              = false;
  bool takeover             = false;  // of the sender's context
  int window_bits           = 15;
};

struct told {
  enum class kind : std::uint8_t { text, binary, ping, pong, close, broken };
  kind what;
  std::string bytes;     // the payload; of a close its reason
  unsigned code = 1005;  // of a close, and the one that a broken rule is answered by

  bool operator==(const told&) const = default;
};

struct decoded {
  std::vector<told> all;  // nothing follows a close or a broken rule
  std::size_t used = 0;   // up to the end of the last whole frame
  /// Compressed data that is wrong in a way that need not be noticed: see inflate(), and what
  /// libdeflate takes for valid (src/wire/whole_libdeflate.cpp).
  bool doubtful = false;
};

decoded decode(std::string_view wire, const reading& by);

/// 0 to 4 bytes more make this text valid UTF-8; 0: it is. -1: nothing does. [RFC 3629 4]
int utf8_lacks(std::string_view text);
/// [RFC 6455 7.4, and IANA's registry]
bool is_code_on_the_wire(unsigned code);

/// What one message's compressed payload gives, behind those of `earlier` messages. Doubtful is
/// what ends within a block that says it is the last one, as what is appended to it may then be
/// taken for data; and what refers further back than the window that was agreed on, as that is
/// noticed only if the bytes are not there any more.
struct inflated_text {
  enum class kind : std::uint8_t { fine, invalid, too_big };
  kind how = kind::fine;
  std::string text;  // what came before it went wrong as well, at most `most` bytes
  bool doubtful = false;
};
inflated_text inflate(const std::vector<std::string>& earlier, std::string_view payload, bool whole,
                      int window_bits, std::uint64_t most);

}  // namespace fuzz
