// What a peer's zlib makes of messages and of what it gets, with the windows and contexts that were
// agreed on: as narrow as that, so that a reference too far back is an error. [RFC 7692 7.2] Shares
// no code with src/wire.
#pragma once

#include "protocol/deflate_agreement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <zlib.h>

namespace adieu::inline v1::protocol {

class zlib_deflater {
 public:
  zlib_deflater(int window_bits, bool takeover, int level = 6, int strategy = Z_DEFAULT_STRATEGY)
      : takeover_(takeover) {
    // zlib has no raw window of 8 bits to compress with; what is only stored needs none.
    const int l = window_bits == 8 ? 0 : level;
    EXPECT_EQ(deflateInit2(&stream_, l, Z_DEFLATED, -std::max(window_bits, 9), 8, strategy), Z_OK);
  }
  zlib_deflater(const zlib_deflater&)            = delete;
  zlib_deflater& operator=(const zlib_deflater&) = delete;
  ~zlib_deflater() { deflateEnd(&stream_); }

  /// The payload of a message. [7.2.1]
  std::string message(std::string text) {
    if (!takeover_) deflateReset(&stream_);
    std::string out(deflateBound(&stream_, text.size()) + 64, '\0');
    stream_.next_in   = reinterpret_cast<Bytef*>(text.data());
    stream_.avail_in  = static_cast<uInt>(text.size());
    stream_.next_out  = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream_, Z_SYNC_FLUSH);
    out.resize(out.size() - stream_.avail_out);
    if (out.empty()) return std::string(1, '\0');  // nothing new to flush [7.2.3.6]
    EXPECT_TRUE(out.ends_with(std::string("\0\0\xff\xff", 4)));
    out.resize(out.size() - 4);
    return out;
  }

 private:
  bool takeover_;
  z_stream stream_ = {};
};

class zlib_inflater {
 public:
  zlib_inflater(int window_bits, bool takeover) : takeover_(takeover), bits_(window_bits) {
    EXPECT_EQ(inflateInit2(&stream_, -window_bits), Z_OK);
  }
  zlib_inflater(const zlib_inflater&)            = delete;
  zlib_inflater& operator=(const zlib_inflater&) = delete;
  ~zlib_inflater() { inflateEnd(&stream_); }

  /// Nothing if it is no message. [7.2.2]
  std::optional<std::string> message(std::string payload) {
    if (!takeover_) inflateReset(&stream_);
    payload.append("\0\0\xff\xff", 4);
    std::string out;
    stream_.next_in  = reinterpret_cast<Bytef*>(payload.data());
    stream_.avail_in = static_cast<uInt>(payload.size());
    // In small steps: only what is in the window can be referred to.
    std::string step(bits_ < 15 ? 64 : 1 << 16, '\0');
    bool whole = false;  // between two blocks, at an octet
    for (int result = Z_OK;;) {
      stream_.next_out  = reinterpret_cast<Bytef*>(step.data());
      stream_.avail_out = static_cast<uInt>(step.size());
      result            = ::inflate(&stream_, Z_SYNC_FLUSH);
      out.append(step, 0, step.size() - stream_.avail_out);
      // A call that finds nothing to do forgets that it stands between blocks.
      whole = (stream_.data_type & 0xFF) == 128 || (whole && result == Z_BUF_ERROR);
      if (result == Z_STREAM_END) {  // another block may follow a last one
        inflateReset(&stream_);
        if (stream_.avail_in <= 4) return out;
        continue;
      }
      if (result == Z_BUF_ERROR && stream_.avail_in == 0) break;
      if (result != Z_OK) return {};
      if (stream_.avail_in == 0 && stream_.avail_out != 0) break;
    }
    if (!whole) return {};
    return out;
  }

 private:
  bool takeover_;
  int bits_;
  z_stream stream_ = {};
};

/// Both directions, named from the tested end's point of view.
class zlib_streams {
 public:
  explicit zlib_streams(const deflate_agreement& agreed) {
    if (!agreed.on) return;
    ours_.emplace(agreed.our_window_bits, agreed.our_takeover);
    theirs_.emplace(agreed.their_window_bits, agreed.their_takeover);
  }
  std::optional<std::string> inflate_ours(const std::string& payload) {
    return ours_->message(payload);
  }
  std::optional<std::string> inflate_theirs(const std::string& payload) {
    return theirs_->message(payload);
  }

 private:
  std::optional<zlib_inflater> ours_, theirs_;
};

}  // namespace adieu::inline v1::protocol
