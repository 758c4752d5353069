// What the tests of compressed messages share: agreements, and frames as a peer's zlib makes them.
#pragma once

#include "protocol/script.hpp"
#include "wire/deflate_streams.hpp"

namespace adieu::inline v1::protocol {

using wire::noise;
using wire::peer_zlib;
using wire::some_json;
using wire::stored;

inline constexpr deflate_agreement plain_terms = {.on = true};
inline constexpr deflate_agreement takes_over  = {
     .on = true, .our_takeover = true, .their_takeover = true};

inline frame compressed(frame f) {
  f.rsv = 4;
  return f;
}

/// One frame, compressed as a peer's zlib does it.
inline frame compressed_text(const std::string& text) {
  return compressed({1, peer_zlib().message(text)});
}

inline std::string read_back(const std::string& payload) {
  wire::inflater with;
  byte_buffer out;
  EXPECT_EQ(with.piece(wire::as_bytes_of(payload), out, ~std::uint64_t{0}), wire::inflated::fine);
  EXPECT_EQ(with.end_message(out, ~std::uint64_t{0}), wire::inflated::fine);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

/// An end that has agreed on compression.
class deflating_end : public either_end {
 protected:
  script open(const connection_options& options = {}, deflate_agreement agreed = plain_terms) {
    return script::open(side(), options, agreed);
  }
};

}  // namespace adieu::inline v1::protocol
